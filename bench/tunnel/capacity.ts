/** How much a UDP forward carries one way, what a datagram costs, and what becomes of an overload. */
import type { TwoHosts } from './hosts.ts';
import { cpuUs, FAR_PORT, type Report, type Sent, sendThrough, withFar } from './measure.ts';
import type { WayOfProcesses } from './ours.ts';
import type { Way } from './references.ts';
import { ms, printTable } from './table.ts';
import { eachWay } from './ways.ts';

const SIZES = [100, 1200] as const;
/** Datagrams a second, until too many are lost. */
const RATES = [10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 80_000, 100_000] as const;
const SECONDS = 2;
/** Carried means: at most this share is lost. */
const LOSS = 0.001;
/** Where the cost of a datagram is taken: below everybody's capacity. */
const CALM = 20_000;

export async function capacity(hosts: TwoHosts, directory: string): Promise<void> {
  for (const bytes of SIZES) {
    const rows: string[][] = [];
    await eachWay(hosts, directory, FAR_PORT, (way) =>
      withFar(hosts, 'sink', way.far, async (sink) => {
        const at = (perSecond: number): Promise<Sent & Report> =>
          sendThrough(hosts, way, sink, { count: perSecond * SECONDS, bytes, perSecond });
        await at(CALM);
        const [client, station] = await costs(way, () => at(CALM));
        let carried = 0;
        for (const rate of RATES) {
          const { sent, received } = await at(rate);
          if (sent - received > sent * LOSS) break;
          carried = rate;
        }
        const over = await at(100_000);
        const share = `${((100 * over.received) / over.sent).toFixed(0)} %`;
        const rate = (over.received / Math.max(over.seconds, SECONDS)).toFixed(0);
        rows.push([
          way.name,
          `${carried}`,
          client,
          station,
          share,
          rate,
          ms(over.delayMs.p50),
          ms(over.delayMs.p99),
        ]);
      }),
    );
    printTable(
      `One way, ${bytes} bytes: datagrams/s carried at under 0.1 % loss, CPU us a datagram at ${CALM}/s, and at an overload of 100,000/s`,
      ['', 'carried/s', 'client us', 'station us', 'arrived', 'arrived/s', 'delay p50 ms', 'p99'],
      rows,
    );
  }
}

/** CPU microseconds a datagram of both ends, where they are processes. */
async function costs(way: Way, work: () => Promise<Sent & Report>): Promise<[string, string]> {
  if (!isOfProcesses(way)) {
    await work();
    return ['-', '-'];
  }
  const before = [cpuUs(way.client), cpuUs(way.station)] as const;
  const { received } = await work();
  const each = (from: number, to: number): string => ((to - from) / received).toFixed(1);
  return [each(before[0], cpuUs(way.client)), each(before[1], cpuUs(way.station))];
}

function isOfProcesses(way: Way): way is WayOfProcesses {
  return 'client' in way;
}
