/** A burst of 10,000 datagrams of 1,000 bytes, as the 2014 thesis sent it: paced, and flat out. */
import type { TwoHosts } from './hosts.ts';
import { FAR_PORT, median, sendThrough, withFar } from './measure.ts';
import { printTable } from './table.ts';
import { eachWay } from './ways.ts';

const COUNT = 10_000;
const BYTES = 1000;
const RUNS = 5;
/** Datagrams a second; 0 is as fast as the sender can. */
const RATES = [20_000, 30_000, 0] as const;
/** What the 2014 thesis lost of as many. */
const THESIS_LOST = 82;

export async function bursts(hosts: TwoHosts, directory: string): Promise<void> {
  const rows: string[][] = [];
  await eachWay(hosts, directory, FAR_PORT, (way) =>
    withFar(hosts, 'sink', way.far, async (sink) => {
      const cells: string[] = [way.name];
      for (const perSecond of RATES) {
        const lost: number[] = [];
        const reached: number[] = [];
        for (let round = 0; round < RUNS; round++) {
          const { sent, received, seconds } = await sendThrough(hosts, way, sink, {
            count: COUNT,
            bytes: BYTES,
            perSecond,
          });
          lost.push(sent - received);
          reached.push(sent / seconds);
        }
        cells.push(`${median(lost)}`, `${Math.max(...lost)}`);
        if (perSecond === 0) cells.push(median(reached).toFixed(0));
      }
      rows.push(cells);
    }),
  );
  printTable(
    `Lost of a burst of ${COUNT} datagrams of ${BYTES} bytes (median and worst of ${RUNS}; the 2014 thesis lost ${THESIS_LOST})`,
    ['', '20,000/s', 'worst', '30,000/s', 'worst', 'flat out', 'worst', 'sent/s flat out'],
    rows,
  );
}
