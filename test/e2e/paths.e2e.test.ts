/** Every way to a station from the command line: proxies, a jump host, TLS. The servers in between are this file's own. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startJumpHost } from '../fakes/jump-host.ts';
import { startHttpProxy, startSocksProxy } from '../fakes/proxies.ts';
import { expectSentence, Place, parseLines, type StationProcess } from './process.ts';

let place: Place;
let station: StationProcess;
let tlsPort: number;
/** A port of loopback where nobody listens: that of a station that has ended. */
let deadPort: number;

beforeAll(async () => {
  place = await Place.make();
  const dead = await place.serve();
  deadPort = dead.port;
  await dead.process.end('SIGTERM');
  station = await place.serve({ more: ['--listen-tls', '127.0.0.1:0'] });
  tlsPort = (station.listening as unknown as { tlsPort: number }).tlsPort;
}, 60_000);

afterAll(() => place.dispose());

async function say(text: string, args: readonly string[], target = station.target('ann')): Promise<void> {
  const { status, stderr } = await place.run(['say', target, text, ...args], { home: 'ann' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

test('a text gets through a proxy of each kind', async () => {
  const credentials = { user: 'ann', password: 'secret' };
  const [http, socks] = await Promise.all([
    startHttpProxy({ credentials }),
    startSocksProxy({ credentials }),
  ]);
  await say('by http', ['--proxy', `http://ann:secret@127.0.0.1:${http.port}`]);
  await say('by socks', ['--proxy', `socks5://ann:secret@127.0.0.1:${socks.port}`]);
  expect([...http.asked, ...socks.asked]).toEqual(Array(2).fill(`127.0.0.1:${station.port}`));
  const refused = await place.run(
    ['say', station.target('ann'), 'no', '--proxy', `http://127.0.0.1:${http.port}`],
    { home: 'ann' },
  );
  expectSentence(refused, 4, /the proxy 127\.0\.0\.1 port \d+ wants a user and a password/);
  await Promise.all([http.close(), socks.close()]);
}, 60_000);

test('a text gets through a jump host, whose key is remembered', async () => {
  const { stdout } = await place.run(['keygen'], { home: 'ann' });
  const jump = await startJumpHost(stdout);
  await say('by jump', ['-J', `hopper@127.0.0.1:${jump.port}`]);
  expect([jump.users.at(-1), jump.asked]).toEqual(['hopper', [`127.0.0.1:${station.port}`]]);
  const known = await readFile(join(await place.home('ann'), '.local/share/voipterm/known_hosts'), 'utf8');
  expect(known).toContain(`[127.0.0.1]:${jump.port} ${jump.hostKey}`);
  await jump.close();
}, 60_000);

test('a text gets through TLS where plain SSH does not', async () => {
  const env = { VOIPTERM_CLIENT_TLS_PORT: String(tlsPort) };
  const target = `ann@127.0.0.1:${deadPort}/lobby`;
  const outcome = await place.run(['say', target, 'by tls'], { home: 'ann', env });
  // The host key is remembered under the port that was asked for: it is the same station whatever the way.
  expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' });
  const never = await place.run(['tail', target], { home: 'ann', env: { VOIPTERM_CLIENT_TLS_PORT: '0' } });
  expectSentence(never, 3, /nothing listens there/);
}, 60_000);

test('all of it is in the room', async () => {
  const { stdout } = await place.run(['tail', station.target('bob'), '--json'], { home: 'bob' });
  const texts = parseLines<{ text: string }>(stdout).map(({ text }) => text);
  expect(texts).toEqual(['by http', 'by socks', 'by jump', 'by tls']);
}, 30_000);
