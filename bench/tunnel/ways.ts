/** Every way in turn: started, measured, ended. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { TwoHosts } from './hosts.ts';
import { rawRelay, voipterm } from './ours.ts';
import { direct, openvpn, sshTun, type Way, wireguardGo } from './references.ts';

/** Calls `measure` with each way that works here, the reference without a tunnel first. */
export async function eachWay(
  hosts: TwoHosts,
  directory: string,
  farPort: number,
  measure: (way: Way) => Promise<void>,
): Promise<void> {
  const own = (): string => mkdtempSync(join(directory, 'way-'));
  const ours = [() => rawRelay(hosts, farPort), () => voipterm(hosts, own(), farPort)];
  const rivals = [direct, wireguardGo, openvpn, sshTun].map((make) => () => make(hosts, own()));
  for (const make of [...rivals, ...ours]) {
    const way = await make();
    if (typeof way === 'string') {
      console.log(`left out: ${way}`);
      continue;
    }
    try {
      await measure(way);
    } finally {
      await way.stop();
    }
  }
}
