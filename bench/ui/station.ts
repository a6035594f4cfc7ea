/** An open station of its own process, for measurements: station.ts DIRECTORY. Prints where it listens; ends with its stdin. */
import { once } from 'node:events';
import { silentLog } from '../../src/log.ts';
import { Station } from '../../src/station/station.ts';

const [dataDir = ''] = process.argv.slice(2);
const station = await Station.open({
  host: '127.0.0.1',
  port: 0,
  dataDir,
  authorizedKeys: `${dataDir}/authorized_keys`,
  open: true,
  name: 'bench',
  log: silentLog,
});
process.stdout.write(`${JSON.stringify(station.address)}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
const { user, system } = process.cpuUsage();
process.stdout.write(
  `${JSON.stringify({ cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage().rss / 2 ** 20 })}\n`,
);
await station.close();
