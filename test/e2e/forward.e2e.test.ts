/**
 * `voipterm forward` from process to process: UDP and TCP through -L, -R and -D, a station that restarts, and everything
 * that cannot be, in sentences with their exit statuses.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, Sockets, type UdpEnd } from '../net/forward/sockets.ts';
import { Forwarding, forwardArgs, run } from './forwarding.ts';
import { expectSentence, Place, type StationProcess } from './process.ts';

const HAVE_CURL = spawnSync('curl', ['--version']).error === undefined;
/** Everything on this machine's loopback, which has to be named. */
const ALLOW = ['127.0.0.1:*', '127.0.0.1:*/udp', 'localhost:*', 'localhost:*/udp', '*.invalid:53/udp'];
const RULES = [
  ...ALLOW.flatMap((rule) => ['--allow-forward', rule]),
  ...['*', '*/udp'].flatMap((rule) => ['--allow-listen', rule]),
];

let place: Place;
let station: StationProcess;
const sockets = new Sockets();

beforeAll(async () => {
  place = await Place.make();
  station = await place.serve({ data: 'station', more: RULES });
});

afterAll(async () => {
  sockets.close();
  await place?.dispose();
});

/** Sends until an answer is there: over UDP the first may be lost. */
async function echoes(end: UdpEnd, port: number, text: string): Promise<void> {
  let sent = 0;
  await eventually(`"${text}" from port ${port}`, () => {
    if (sent++ % 20 === 0) end.send(text, port);
    return end.heard.includes(text);
  });
}

test('UDP and TCP, both ways, from many sources at once; Ctrl+C ends it with the counters', async () => {
  const udp = await sockets.udpEcho();
  const tcp = await sockets.tcpEcho();
  const forwarding = await Forwarding.start(place, station, [
    `-L 0:127.0.0.1:${udp.port}/udp`,
    `-L 0:127.0.0.1:${tcp}`,
    `-R 0:127.0.0.1:${udp.port}/udp`,
    `-R 0:127.0.0.1:${tcp}`,
  ]);
  const [udpLocal, tcpLocal, udpRemote, tcpRemote] = [1, 2, 3, 4].map((id) => forwarding.port(id)) as [
    number,
    number,
    number,
    number,
  ];
  const ends = await Promise.all(Array.from({ length: 40 }, () => sockets.udp()));
  await Promise.all(ends.map((end, at) => echoes(end, at % 2 ? udpLocal : udpRemote, `number ${at}`)));
  // Each hears its own answer and nobody else's.
  expect(ends.map((end) => [...new Set(end.heard)])).toEqual(ends.map((_, at) => [`number ${at}`]));
  const bytes = Buffer.alloc(300_000, 'voipterm ');
  for (const port of [tcpLocal, tcpRemote]) {
    const end = await sockets.connect(port);
    end.send(bytes);
    end.socket.end();
    await eventually('all of it back', () => end.ended);
    expect(end.heard.equals(bytes)).toBe(true);
  }
  const { outcome, counters } = await forwarding.end();
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  expect(counters.get(1)).toMatchObject({ open: 20, opened: 20, dropped: 0, unreachable: 0 });
  expect(counters.get(3)).toMatchObject({ open: 20, opened: 20, dropped: 0, unreachable: 0 });
  expect(counters.get(2)).toMatchObject({ open: 0, opened: 1, bytesUp: 300_000, bytesDown: 300_000 });
  expect(counters.get(4)).toMatchObject({ open: 0, opened: 1, bytesUp: 300_000, bytesDown: 300_000 });
});

test.skipIf(!HAVE_CURL)(
  'curl fetches through SOCKS5, with a password, names resolved at the station',
  async () => {
    const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const forwarding = await Forwarding.start(place, station, ['-D 0', '--socks-auth ann:secret']);
    const curl = (user: string) =>
      run(place, 'curl', [
        ...['--silent', '--show-error', '--max-time', '15', '--proxy-user', user],
        ...['--socks5-hostname', `127.0.0.1:${forwarding.port(1)}`, `http://localhost:${port}/page`],
      ]);
    try {
      expect(await curl('ann:secret')).toMatchObject({ status: 0, stdout: 'you asked for /page' });
      expect((await curl('ann:wrong')).status).not.toBe(0);
    } finally {
      server.close();
      server.closeAllConnections();
      expect((await forwarding.end()).outcome.status).toBe(0);
    }
  },
);

test('a destination that nobody listens on: TCP closes with a notice, UDP works once somebody does', async () => {
  const free = await sockets.udp();
  const { port } = free;
  free.close();
  const forwarding = await Forwarding.start(place, station, [
    `-L 0:127.0.0.1:${port}`,
    `-L 0:127.0.0.1:${port}/udp`,
    `-R 0:127.0.0.1:${port}`,
  ]);
  const refused = await sockets.connect(forwarding.port(1));
  await eventually('the connection closes', () => refused.over);
  const refusedAtStation = await sockets.connect(forwarding.port(3));
  await eventually('the connection at the station closes', () => refusedAtStation.over);
  const end = await sockets.udp();
  end.send('into the void', forwarding.port(2));
  await forwarding.until(
    ({ event, text }) => event === 'notice' && (text ?? '').includes(`127.0.0.1:${port}`),
  );
  await sockets.udpEcho(port);
  await echoes(end, forwarding.port(2), 'now');
  const { counters } = await forwarding.end();
  expect(counters.get(1)).toMatchObject({ open: 0, unreachable: 1 });
  expect(counters.get(2)).toMatchObject({ open: 1, opened: 1 });
  expect(counters.get(3)).toMatchObject({ open: 0, unreachable: 1 });
});

test('what cannot be, in a sentence', async () => {
  const udp = await sockets.udp();
  const tcp = await sockets.tcp(() => undefined);
  const attempt = (...specs: string[]) => place.run(forwardArgs(station, specs), { home: 'ann' });
  const [udpInUse, tcpInUse, remoteInUse, refused, unresolved, nothing, nonsense] = await Promise.all([
    attempt(`-L ${udp.port}:127.0.0.1:53/udp`),
    attempt('-L 0:127.0.0.1:53/udp', `-D ${tcp}`),
    attempt(`-R ${tcp}:127.0.0.1:80`),
    attempt('-L 0:10.1.2.3:53/udp'),
    attempt('-L 0:nowhere.invalid:53/udp'),
    attempt(),
    attempt('-L 53:10.1.2.3'),
  ]);
  expectSentence(udpInUse, 7, new RegExp(`cannot listen on localhost:${udp.port}: another program uses it`));
  expectSentence(tcpInUse, 7, new RegExp(`cannot listen on localhost:${tcp}: another program uses it`));
  expectSentence(remoteInUse, 4, new RegExp(`-R ${tcp}:127\\.0\\.0\\.1:80: .*another program uses the port`));
  expectSentence(refused, 4, /-L 0:10\.1\.2\.3:53\/udp: .*10\.1\.2\.3.*allow/);
  expectSentence(unresolved, 3, /-L 0:nowhere\.invalid:53\/udp: .*nowhere\.invalid/);
  expectSentence(nothing, 2, /say what to forward/);
  expectSentence(nonsense, 2, /-L "53:10\.1\.2\.3" lacks a part; write -L/);
});

test('without a station, and with ports from the configuration', async () => {
  const free = await sockets.udp();
  const { port } = free;
  free.close();
  const nowhere = await place.run(['forward', `ann@127.0.0.1:${port}`, '-D', '0'], { home: 'ann' });
  expectSentence(nowhere, 3, /cannot reach 127\.0\.0\.1/);
  const udp = await sockets.udpEcho();
  const file = place.file('forward.toml');
  await writeFile(
    file,
    `[[forward]]\nlocal = "0:127.0.0.1:${udp.port}/udp"\n\n[[forward]]\ndynamic = "0"\ntarget = "elsewhere.example"\n`,
  );
  const forwarding = await Forwarding.start(place, station, [`--config ${file}`]);
  expect(forwarding.events[0]?.forwards).toHaveLength(1);
  await echoes(await sockets.udp(), forwarding.port(1), 'configured');
  await forwarding.end();
});

test('the station restarts: every forward comes back by itself, on the same port', async () => {
  const udp = await sockets.udpEcho();
  const tcp = await sockets.tcpEcho();
  const own = await place.serve({ data: 'restarting', more: RULES });
  const forwarding = await Forwarding.start(place, own, [
    `-L 0:127.0.0.1:${udp.port}/udp`,
    `-L 0:127.0.0.1:${tcp}`,
    `-R 0:127.0.0.1:${tcp}`,
    `-D 0`,
  ]);
  const end = await sockets.udp();
  await echoes(end, forwarding.port(1), 'before');
  await own.process.end('SIGTERM');
  await forwarding.until(({ event, at }) => event === 'link' && at === 'offline');
  const again = await place.serve({ data: 'restarting', port: own.port, more: RULES });
  await forwarding.until(({ event, at }) => event === 'link' && at === 'online');
  await forwarding.process.until(() => {
    const latest = new Map(
      forwarding.events.filter(({ event }) => event === 'state').map((line) => [line.id, line.state]),
    );
    return [1, 2, 3, 4].every((id) => latest.get(id) === 'active');
  });
  end.heard.length = 0;
  await echoes(end, forwarding.port(1), 'after');
  const client = await sockets.connect(forwarding.port(2));
  client.send('after');
  await eventually('the TCP echo', () => `${client.heard}` === 'after');
  const { outcome } = await forwarding.end();
  expect(outcome.status).toBe(0);
  await again.process.end('SIGTERM');
});
