/**
 * `npm run bench:tunnel`: voipterm as a UDP tunnel beside wireguard-go, openvpn and ssh -w, between two network namespaces of this
 * machine, in one run. Prints tables; it is no test, since the figures belong to the machine. Needs root and iproute2; a
 * rival that is not installed is named and left out. An argument runs only the parts that it names: bursts, delay, ...
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bursts } from './tunnel/bursts.ts';
import { capacity } from './tunnel/capacity.ts';
import { delay } from './tunnel/delay.ts';
import { TwoHosts } from './tunnel/hosts.ts';
import { loss } from './tunnel/loss.ts';
import { memory } from './tunnel/memory.ts';

const PARTS: Readonly<Record<string, (hosts: TwoHosts, directory: string) => Promise<void>>> = {
  bursts,
  delay,
  capacity,
  loss,
  memory,
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in PARTS));
if (unknown) throw new Error(`no part is called ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`);
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const directory = mkdtempSync(join(tmpdir(), 'voipterm-bench-'));
  const hosts = TwoHosts.make();
  try {
    await part(hosts, directory);
  } finally {
    await hosts.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
}
