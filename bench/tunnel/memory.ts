/** What a station needs for those who do nothing: memory for idle flows and sessions, CPU for idle sessions. */
import { fileURLToPath } from 'node:url';
import { ADDRESS, type TwoHosts } from './hosts.ts';
import { cpuUs, FAR_PORT, pingThrough, residentMb, settle, withFar } from './measure.ts';
import { LOAD, voipterm } from './ours.ts';
import { printTable } from './table.ts';

const SESSIONS = 500;
const FLOWS = 5000;
/** Sessions rest after ten seconds in which nothing happens. */
const SETTLE_SECONDS = 15;
const IDLE_SECONDS = 60;
const MANY = fileURLToPath(new URL('./sessions.ts', import.meta.url));

export async function memory(hosts: TwoHosts, directory: string): Promise<void> {
  const rows: string[][] = [];
  const way = await voipterm(hosts, directory, FAR_PORT);
  await withFar(hosts, 'echo', way.far, async () => {
    const { port, address } = way.target(FAR_PORT);
    await pingThrough(hosts, way, { count: 10, bytes: 100, perSecond: 50 });
    const note = async (what: string): Promise<void> => {
      await settle(SETTLE_SECONDS * 1000);
      const before = cpuUs(way.station);
      await settle(IDLE_SECONDS * 1000);
      const cpu = (cpuUs(way.station) - before) / IDLE_SECONDS / 10_000;
      rows.push([what, residentMb(way.station).toFixed(0), `${cpu.toFixed(2)} %`]);
    };
    await note('1 session, 1 flow');
    const arguments_ = [ADDRESS.far, '2222', way.fingerprint, `${SESSIONS}`];
    const sessions = hosts.start('near', process.execPath, [MANY, ...arguments_]);
    await sessions.json(120_000);
    await note(`${SESSIONS} sessions`);
    const flows = hosts.start('near', process.execPath, [
      LOAD,
      'flows',
      address,
      `${port}`,
      `${FLOWS}`,
      '100',
      '2000',
    ]);
    const { received } = await flows.json<{ received: number }>(60_000);
    await note(`${SESSIONS} sessions, ${received} flows of ${FLOWS} answered`);
    await flows.stop();
    await sessions.stop();
  });
  await way.stop();
  printTable(`A station's memory and CPU with nobody doing anything`, ['', 'resident MB', 'CPU'], rows);
}
