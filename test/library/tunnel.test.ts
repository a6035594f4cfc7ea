/** The library at a real station in this process: sockets, forwards, events, errors, many tunnels at once, nothing left. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  connect,
  type TcpSocket,
  type TunnelHandle,
  type TunnelOptions,
  type UdpSocket,
  VoiptermError,
} from '../../src/library/tunnel.ts';
import { TcpRelay } from '../fakes/tcp-relay.ts';
import { eventually, Sockets } from '../net/forward/sockets.ts';
import { makeKey, startStation, type TestStation, writeAuthorizedKeys } from '../station/raw-client.ts';

const forwarding = { forward: ['127.0.0.1:*', '127.0.0.1:*/udp'], listen: ['*', '*/udp'] };

let place: TestStation;
let relay: TcpRelay;
let sockets: Sockets;
let tunnels: TunnelHandle[];
const key = makeKey();

beforeEach(async () => {
  place = await startStation({ forwarding });
  relay = await TcpRelay.start(place.station.address);
  sockets = new Sockets();
  tunnels = [];
});

afterEach(async () => {
  await Promise.all(tunnels.map((tunnel) => tunnel.close()));
  sockets.close();
  await relay.close();
  await place.close();
});

function options(more: Partial<TunnelOptions> = {}): TunnelOptions {
  const { fingerprint } = place.station.address;
  return {
    target: `ann@127.0.0.1:${relay.port}`,
    identity: { from: 'key', privateKey: key.private },
    hostKey: { by: 'fingerprint', fingerprint },
    ...more,
  };
}

async function open(more: Partial<TunnelOptions> = {}): Promise<TunnelHandle> {
  const tunnel = await connect(options(more));
  tunnels.push(tunnel);
  return tunnel;
}

/** What a UDP socket hears. */
function heard(socket: UdpSocket): string[] {
  const all: string[] = [];
  socket.on('message', (bytes, from) => all.push(`${bytes} from ${from.host}:${from.port}`));
  return all;
}

/** UDP may lose the first. */
async function ask(socket: UdpSocket, question: string, answers: readonly string[]): Promise<void> {
  const before = answers.length;
  let looks = 0;
  await eventually(`an answer to ${question}`, () => {
    if (looks++ % 40 === 0) socket.send(question);
    return answers.length > before;
  });
}

async function codeOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof VoiptermError ? error.code : `no VoiptermError: ${String(error)}`;
}

test('UDP sockets, each with a source port of its own', async () => {
  const server = await sockets.udp((data, from, socket) =>
    socket.send(`${data} for ${from.port}`, from.port, from.address),
  );
  const tunnel = await open();
  expect(tunnel.station).toMatchObject({ name: 'test', user: 'ann', newHostKey: false });
  const to = { host: '127.0.0.1', port: server.port };
  const all = await Promise.all(Array.from({ length: 20 }, () => tunnel.udp(to)));
  const answers = all.map(heard);
  await Promise.all(all.map((socket, at) => ask(socket, `${at}`, answers[at]!)));
  const ports = answers.map(([answer], at) => {
    expect(answer).toMatch(new RegExp(`^${at} for \\d+ from 127\\.0\\.0\\.1:${server.port}$`));
    return answer?.split(' ')[2];
  });
  expect(new Set(ports).size).toBe(20);
  expect(all[0]?.counters()).toMatchObject({
    dropped: 0,
    tooLarge: 0,
    bytesUp: all[0]?.counters().datagramsUp,
  });
  const closed = once(all[0]!, 'close');
  all[0]?.close();
  await closed;
  expect(all[0]?.send('late')).toBe(false);
  await ask(all[1]!, 'still', answers[1]!);
});

test('a new host key is told once, and with strict checking refused', async () => {
  const known = (unknown: 'tofu' | 'strict') =>
    ({ by: 'known-hosts', file: join(place.dir, 'known_hosts'), unknown }) as const;
  expect(await codeOf(connect(options({ hostKey: known('strict') })))).toBe('control.host-key-unknown');
  expect((await open({ hostKey: known('tofu') })).station.newHostKey).toBe(true);
  expect((await open({ hostKey: known('strict') })).station.newHostKey).toBe(false);
});

test('a datagram that cannot go is said to the sender, by code', async () => {
  const server = await sockets.udpEcho();
  const tunnel = await open();
  const socket = await tunnel.udp({ host: '127.0.0.1', port: server.port });
  const sent = (bytes: Uint8Array | string) =>
    new Promise<string | undefined>((resolve) => {
      socket.send(bytes, (error) => resolve(error?.code));
    });
  expect(socket.maxBytes).toBeGreaterThanOrEqual(1194);
  expect(await sent('fits')).toBeUndefined();
  expect(await sent(new Uint8Array(socket.maxBytes))).toBeUndefined();
  expect(await sent(new Uint8Array(9000))).toBe('tunnel.too-large');
  socket.close();
  expect(await sent('x')).toBe('tunnel.closed');
  expect(socket.counters()).toMatchObject({ tooLarge: 1, dropped: 1 });
});

test('TCP: an echo with half-close, an HTTP request, a port where nobody listens', async () => {
  const echo = await sockets.tcpEcho();
  const tunnel = await open();
  const socket = await tunnel.tcp({ host: '127.0.0.1', port: echo, allowHalfOpen: true });
  const bytes = 'voipterm '.repeat(400_000); // over the SSH window
  socket.end(bytes);
  expect((await text(socket)) === bytes).toBe(true);
  expect([socket.bytesRead, socket.bytesWritten]).toEqual([bytes.length, bytes.length]);
  await eventually('closed', () => socket.closed);

  const web = createServer((_, response) => response.end('a page')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { port } = web.address() as AddressInfo;
  const stream = await tunnel.tcp({ host: '127.0.0.1', port });
  const [response] = await once(
    request({ path: '/', createConnection: () => stream, headers: { connection: 'close' } }).end(),
    'response',
  );
  expect(await text(response)).toBe('a page');
  web.close();

  expect(await codeOf(tunnel.tcp({ host: '127.0.0.1', port }))).toBe('forward.unreachable');
  expect(await codeOf(tunnel.tcp({ host: '10.1.2.3', port: 80 }))).toBe('forward.refused');
  expect(await codeOf(tunnel.udp({ host: '10.1.2.3', port: 53 }))).toBe('forward.refused');
  expect(await codeOf(tunnel.udp({ host: 'no host', port: 53 }))).toBe('usage.invalid');
  expect(await codeOf(tunnel.udp({ host: 'host', port: 53, idleS: 1 }))).toBe('usage.invalid');
});

test('forwards: with connect and later, with what keeps them from being there', async () => {
  const udp = await sockets.udpEcho();
  const echo = await sockets.tcpEcho();
  const tunnel = await open({ forwards: [`-L 0:127.0.0.1:${echo}`] });
  const [first] = tunnel.forwards();
  expect(first).toMatchObject({ id: 1, state: { at: 'active' } });
  const second = await tunnel.forward({ spec: `-R 0:127.0.0.1:${udp.port}/udp`, idleS: 30 });
  const port = (view = first) => (view?.state.at === 'active' ? view.state.port : 0);
  const asker = await sockets.udp();
  await eventually('an answer', () => {
    asker.send('hello', port(second));
    return asker.heard.length > 0;
  });
  const client = await sockets.connect(port());
  client.send('hello');
  await eventually('the echo', () => `${client.heard}` === 'hello');
  expect(await codeOf(tunnel.forward(`-L ${port()}:127.0.0.1:${echo}`))).toBe('forward.in-use');
  expect(await codeOf(tunnel.forward('-L 0:10.1.2.3:53/udp'))).toBe('forward.refused');
  expect(await codeOf(tunnel.forward('5300:nowhere'))).toBe('usage.invalid');
  expect(tunnel.forwards().map(({ id }) => id)).toEqual([1, second.id]);
  expect(tunnel.removeForward(1)).toBe(true);
  expect(tunnel.removeForward(1)).toBe(false);
  const refused = await once(connectTcp(port(), '127.0.0.1'), 'error');
  expect(refused[0]).toMatchObject({ code: 'ECONNREFUSED' });
  expect(await codeOf(connect(options({ forwards: ['-L 0:10.1.2.3:53/udp'] })))).toBe('forward.refused');
});

test('the SSH connection breaks: UDP goes on from the same port, TCP ends with an error, both work again', async () => {
  const server = await sockets.udp((_, from, socket) => socket.send(`${from.port}`, from.port, from.address));
  const echo = await sockets.tcpEcho();
  const tunnel = await open();
  const socket = await tunnel.udp({ host: '127.0.0.1', port: server.port });
  const answers = heard(socket);
  await ask(socket, 'before', answers);
  const stream = await tunnel.tcp({ host: '127.0.0.1', port: echo });
  const cut = once(stream, 'error');
  const offline = once(tunnel, 'offline');
  relay.blackHole();
  relay.cut();
  const [[error], [off]] = await Promise.all([cut, offline]);
  expect(error).toMatchObject({ code: 'control.unreachable' });
  expect(off).toMatchObject({ datagrams: true, error: { code: 'control.unreachable' } });
  expect(tunnel.online).toBe(false);
  await ask(socket, 'meanwhile', answers);
  expect(await codeOf(tunnel.tcp({ host: '127.0.0.1', port: echo }))).toBe('control.unreachable');
  const online = once(tunnel, 'online');
  relay.heal();
  relay.cut();
  expect((await online)[0]).toEqual({ resumed: true });
  await ask(socket, 'after', answers);
  expect(new Set(answers).size).toBe(1);
  const again: TcpSocket = await tunnel.tcp({ host: '127.0.0.1', port: echo });
  again.end('again');
  expect(await text(again)).toBe('again');
});

test('a key that is taken off the list: failed, with the sockets, and nothing more to be had', async () => {
  const strict = await startStation({ forwarding, open: false });
  const gate = await TcpRelay.start(strict.station.address);
  try {
    const { fingerprint } = strict.station.address;
    const target = `ann@127.0.0.1:${gate.port}`;
    const way = { target, hostKey: { by: 'fingerprint', fingerprint } } as const;
    expect(await codeOf(connect(options(way)))).toBe('control.auth-refused');
    await writeAuthorizedKeys(strict.dir, [key]);
    const tunnel = await open(way);
    const server = await sockets.udpEcho();
    const socket = await tunnel.udp({ host: '127.0.0.1', port: server.port });
    const closed = new Promise((resolve) => socket.once('close', () => resolve(undefined)));
    const events = Promise.all([once(tunnel, 'failed'), once(socket, 'error'), closed]);
    await writeFile(join(strict.dir, 'authorized_keys'), '');
    gate.cut();
    const [[failed], [error]] = await events;
    expect([failed.code, error.code]).toEqual(['control.auth-refused', 'control.auth-refused']);
    expect(await codeOf(tunnel.udp({ host: '127.0.0.1', port: server.port }))).toBe('control.auth-refused');
  } finally {
    await Promise.all(tunnels.map((tunnel) => tunnel.close()));
    await gate.close();
    await strict.close();
  }
});

test('giving up by a signal, before, while connecting and later', async () => {
  const early = AbortSignal.abort(new Error('no more'));
  expect(await codeOf(connect(options({ signal: early })))).toBe('tunnel.closed');
  relay.blackHole();
  const during = new AbortController();
  const connecting = connect(options({ signal: during.signal }));
  during.abort();
  expect(await codeOf(connecting)).toBe('tunnel.closed');
  relay.heal();
  const later = new AbortController();
  const tunnel = await open({ signal: later.signal });
  const socket = await tunnel.udp({ host: '127.0.0.1', port: 9 });
  const closed = Promise.all([once(tunnel, 'close'), once(socket, 'close')]);
  later.abort();
  await closed;
  expect(await codeOf(tunnel.forward('-D 0'))).toBe('tunnel.closed');
});

test('what makes no sense is said before anything is tried', async () => {
  const { port } = relay;
  const wrong: Partial<TunnelOptions>[] = [
    { target: 'ann@' },
    { target: `127.0.0.1:${port}` },
    { port: 70_000 },
    { user: 'not a name' },
    { host: 'no host' },
    { suites: [] },
    { forwards: ['-X 80'] },
  ];
  for (const more of wrong) expect(await codeOf(connect(options(more)))).toBe('usage.invalid');
  const missing = { from: 'file', path: join(place.dir, 'no-such-key') } as const;
  expect(await codeOf(connect(options({ identity: missing })))).toBe('identity.unreadable');
});

test('an exception of a listener is its own, and the tunnel works on', async () => {
  const server = await sockets.udpEcho();
  const tunnel = await open();
  const socket = await tunnel.udp({ host: '127.0.0.1', port: server.port });
  const thrown: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => thrown.push(error));
  try {
    socket.once('message', () => {
      throw new Error('of the listener');
    });
    const answers = heard(socket);
    let looks = 0;
    await eventually('the exception', () => {
      if (looks++ % 40 === 0) socket.send('one');
      return thrown.length > 0;
    });
    await ask(socket, 'two', answers);
    expect(thrown).toEqual([new Error('of the listener')]);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
});

/** Sockets of this process, of the tunnels, the stations and the test alike. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => /UDP|TCP/i.test(kind)).length;
}

test('twelve tunnels to two stations at once, each with its own; closing leaves nothing open', async () => {
  const other = await startStation({ forwarding });
  const servers = await Promise.all(Array.from({ length: 12 }, () => sockets.udpEcho()));
  try {
    const before = openSockets();
    // Each user has two tunnels to the same station.
    const keys = servers.map(() => makeKey().private);
    const many = await Promise.all(
      servers.map((_, at) => {
        const { host, port, fingerprint } = (at % 2 ? place : other).station.address;
        const privateKey = keys[at % 6] ?? '';
        const hostKey = { by: 'fingerprint', fingerprint } as const;
        return connect({ host, port, user: `user${at % 6}`, identity: { from: 'key', privateKey }, hostKey });
      }),
    );
    const all = await Promise.all(
      many.map((tunnel, at) => tunnel.udp({ host: '127.0.0.1', port: servers[at]!.port })),
    );
    const answers = all.map(heard);
    await Promise.all(all.map((socket, at) => ask(socket, `mine ${at}`, answers[at]!)));
    answers.forEach((list, at) => {
      expect(new Set(list)).toEqual(new Set([`mine ${at} from 127.0.0.1:${servers[at]!.port}`]));
    });
    await eventually('counters', () => many.every((tunnel) => tunnel.stats() !== null));
    expect(many.map(({ station }) => station.user)).toEqual(many.map((_, at) => `user${at % 6}`));
    for (const tunnel of many) {
      await using ending = tunnel;
      expect(ending.closed).toBe(false);
    }
    await eventually('as many sockets as before', () => openSockets() <= before);
  } finally {
    await other.close();
  }
});
