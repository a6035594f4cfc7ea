/**
 * Many idle clients of one station in one process: sessions.ts HOST PORT FINGERPRINT COUNT. Prints a line when all are
 * online, and stays until its stdin ends.
 */
import { once } from 'node:events';
import ssh2 from 'ssh2';
import { SUITES } from '../../src/net/protocol/constants.ts';
import { Tunnel } from '../../src/net/tunnel/tunnel.ts';

/** At once: a station takes only so many connections that have not proved a key. */
const BATCH = 16;

const [host = '', port = '', fingerprint = '', count = '0'] = process.argv.slice(2);
const identity = { from: 'key', privateKey: ssh2.utils.generateKeyPairSync('ed25519').private } as const;

function online(): Promise<void> {
  return new Promise((resolve, reject) => {
    const tunnel = new Tunnel((event) => {
      if (event.event !== 'phase') return;
      if (event.phase.at === 'online') resolve();
      if (event.phase.at === 'failed') reject(new Error(event.phase.reason));
    });
    tunnel.connect({
      host,
      port: Number(port),
      user: 'idle',
      identity,
      hostKey: { by: 'fingerprint', fingerprint },
      suites: SUITES,
    });
  });
}

for (let opened = 0; opened < Number(count); opened += BATCH) {
  await Promise.all(Array.from({ length: Math.min(BATCH, Number(count) - opened) }, online));
}
process.stdout.write(`${JSON.stringify({ event: 'online', count: Number(count) })}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
process.exit();
