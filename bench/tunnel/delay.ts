/** What a tunnel adds to the round trip of a small datagram at a calm rate. */
import type { TwoHosts } from './hosts.ts';
import { FAR_PORT, pingThrough, type Quantiles, withFar } from './measure.ts';
import { ms, printTable } from './table.ts';
import { eachWay } from './ways.ts';

const TRIPS = { count: 2000, bytes: 100, perSecond: 200 };
/** Code that has not run yet is slow: these do not count. */
const WARM_UP = { count: 500, bytes: 100, perSecond: 500 };

export async function delay(hosts: TwoHosts, directory: string): Promise<void> {
  const rows: string[][] = [];
  let reference: Quantiles | undefined;
  await eachWay(hosts, directory, FAR_PORT, (way) =>
    withFar(hosts, 'echo', way.far, async () => {
      await pingThrough(hosts, way, WARM_UP);
      const { rttMs, received } = await pingThrough(hosts, way, TRIPS);
      reference ??= rttMs;
      const added = (key: 'p50' | 'p99'): string => ms((rttMs[key] ?? Number.NaN) - (reference?.[key] ?? 0));
      rows.push([
        way.name,
        ms(rttMs.p50),
        ms(rttMs.p99),
        added('p50'),
        added('p99'),
        `${TRIPS.count - received}`,
      ]);
    }),
  );
  printTable(
    `Round trip of ${TRIPS.bytes} bytes, ${TRIPS.perSecond} a second, ms`,
    ['', 'p50', 'p99', 'added p50', 'added p99', 'lost'],
    rows,
  );
}
