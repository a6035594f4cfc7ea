/**
 * Programs that are not ours through `voipterm forward`: dig and dnsmasq, iperf3, mosh; and DNS by SOCKS5's UDP ASSOCIATE,
 * which no common program speaks. Each is skipped by name where it is not installed.
 */
import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { encodeSocksAddress, readSocksAddress } from '../../src/net/forward/socks.ts';
import { eventually, Sockets } from '../net/forward/sockets.ts';
import { Forwarding, start } from './forwarding.ts';
import { Place, type Running, type StationProcess } from './process.ts';
import { Screens, until } from './screens.ts';

const have = (...programs: string[]): boolean =>
  programs.every((program) => spawnSync(program, ['--version']).error === undefined);
const ADDRESS = '192.0.2.77';
const NAME = 'answer.voipterm.test';

let place: Place;
let station: StationProcess;
let screens: Screens;
const sockets = new Sockets();
const programs: Running[] = [];

beforeAll(async () => {
  place = await Place.make();
  screens = new Screens(place);
  const rules = ['127.0.0.1:*', '127.0.0.1:*/udp', 'localhost:*/udp'];
  station = await place.serve({ more: rules.flatMap((rule) => ['--allow-forward', rule]) });
});

afterEach(async () => {
  await screens.dispose();
  for (const program of programs.splice(0)) if (!program.ended) await program.end('SIGKILL');
});

afterAll(async () => {
  sockets.close();
  await place?.dispose();
});

async function program(command: string, ...args: string[]): Promise<Running> {
  const running = await start(place, command, args);
  programs.push(running);
  return running;
}

/** A port that is free for UDP and, most likely, TCP. */
async function freePort(): Promise<number> {
  const end = await sockets.udp();
  const { port } = end;
  end.close();
  return port;
}

/** A name server that knows one name. */
async function nameServer(): Promise<number> {
  const port = await freePort();
  const server = await program(
    'dnsmasq',
    ...[
      '--no-daemon',
      '--no-resolv',
      '--no-hosts',
      '--conf-file=/dev/null',
      '--log-facility=-',
      '--pid-file=',
    ],
    ...['--bind-interfaces', '--listen-address=127.0.0.1', `--port=${port}`],
    ...[`--user=${userInfo().username}`, `--address=/${NAME}/${ADDRESS}`],
  );
  await server.until(({ stderr, stdout }) => (stderr + stdout).includes('started'));
  return port;
}

test.skipIf(!have('dig', 'dnsmasq'))('dig asks dnsmasq through -L, over UDP and over TCP', async () => {
  const dns = await nameServer();
  const forwarding = await Forwarding.start(place, station, [
    `-L 0:127.0.0.1:${dns}/udp`,
    `-L 0:127.0.0.1:${dns}`,
  ]);
  const dig = async (port: number, ...more: string[]): Promise<string> => {
    const args = ['-r', '@127.0.0.1', '-p', `${port}`, '+short', '+time=2', '+tries=3', ...more, NAME, 'A'];
    return (await (await program('dig', ...args)).exited()).stdout;
  };
  expect(await dig(forwarding.port(1), '+notcp')).toBe(`${ADDRESS}\n`);
  expect(await dig(forwarding.port(2), '+tcp')).toBe(`${ADDRESS}\n`);
  const { counters } = await forwarding.end();
  expect(counters.get(1)).toMatchObject({ unreachable: 0, tooLarge: 0 });
});

/** A question for one address (RFC 1035, 4). */
function dnsQuery(id: number, name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

test.skipIf(!have('dnsmasq'))('DNS through SOCKS5 UDP ASSOCIATE, by address and by name', async () => {
  const dns = await nameServer();
  const forwarding = await Forwarding.start(place, station, ['-D 0']);
  const control = await sockets.connect(forwarding.port(1));
  control.send(Uint8Array.of(5, 1, 0, 5, 3, 0, ...encodeSocksAddress({ host: '0.0.0.0', port: 0 })));
  await eventually('the association', () => control.heard.length === 12);
  const relay = readSocksAddress(control.heard, 5);
  if (relay.read !== 'whole') throw new Error('no relay');
  const udp = await sockets.udp();
  for (const [id, host] of [
    [1, '127.0.0.1'],
    [2, 'localhost'],
  ] as const) {
    const prefix = Buffer.from([0, 0, 0, ...encodeSocksAddress({ host, port: dns })]);
    let looks = 0;
    await eventually(`an answer by ${host}`, () => {
      if (looks++ % 100 === 0) udp.send(Buffer.concat([prefix, dnsQuery(id, NAME)]), relay.value.port);
      return udp.heard.some((answer) => Buffer.from(answer, 'latin1').readUInt16BE(10) === id);
    });
    const answer = Buffer.from(udp.heard.at(-1) ?? '', 'latin1');
    // Who answered, as an IPv4 address, then the answer, whose last four bytes are the address asked for.
    expect(readSocksAddress(answer, 3)).toMatchObject({ value: { host: '127.0.0.1', port: dns } });
    expect([...answer.subarray(-4)].join('.')).toBe(ADDRESS);
  }
  control.socket.end();
  expect((await forwarding.end()).outcome.status).toBe(0);
});

test.skipIf(!have('iperf3'))('iperf3 sends 2 Mbit/s of UDP through and loses next to nothing', async () => {
  const [port, local] = [await freePort(), await freePort()];
  const server = await program(
    'iperf3',
    '--server',
    '--one-off',
    '--bind',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--forceflush',
  );
  await server.until(({ stdout }) => stdout.includes('listening'));
  const forwarding = await Forwarding.start(place, station, [
    `-L 127.0.0.1:${local}:127.0.0.1:${port}`,
    `-L 127.0.0.1:${local}:127.0.0.1:${port}/udp`,
  ]);
  // Slow enough that its own receive buffer, some 90 datagrams, outlasts a thread that is held up by a busy machine.
  const load = ['--udp', '--bitrate', '2M', '--length', '1000', '--time', '2', '--json'];
  const client = await program('iperf3', '--client', '127.0.0.1', '--port', `${local}`, ...load);
  const { status, stdout } = await client.exited(30_000);
  expect(status).toBe(0);
  const { end } = JSON.parse(stdout) as { end: { sum: { packets: number; lost_packets: number } } };
  expect(end.sum.packets).toBeGreaterThan(400);
  expect(end.sum.lost_packets / end.sum.packets).toBeLessThan(0.05);
  const { counters } = await forwarding.end();
  expect(counters.get(2)).toMatchObject({ tooLarge: 0, unreachable: 0, open: 1 });
});

test.skipIf(!have('mosh-server', 'mosh-client'))('a mosh session lives in a UDP forward', async () => {
  const server = await program(
    'mosh-server',
    'new',
    '-i',
    '127.0.0.1',
    '-p',
    `${await freePort()}`,
    '--',
    '/bin/sh',
  );
  const { stdout, stderr } = await server.exited();
  const [, port, key = ''] = /MOSH CONNECT (\d+) (\S+)/.exec(stdout) ?? [];
  const [, pid] = /pid = (\d+)/.exec(stderr) ?? [];
  try {
    const forwarding = await Forwarding.start(place, station, [`-L 0:127.0.0.1:${port}/udp`]);
    const terminal = await screens.start('ann', 'mosh-client', ['127.0.0.1', `${forwarding.port(1)}`], {
      env: { MOSH_KEY: key },
    });
    await until(terminal, /[$#] /);
    terminal.send('echo through-$((40+2))\r');
    await until(terminal, 'through-42');
    terminal.send('exit\r');
    await terminal.exited();
    const { counters } = await forwarding.end();
    expect(counters.get(1)).toMatchObject({ open: 1, tooLarge: 0 });
  } finally {
    endProcess(Number(pid));
  }
});

function endProcess(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // it ended with its shell
  }
}
