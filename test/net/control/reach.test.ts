/** Every way to a real station: proxies, jump hosts, TLS. All servers are this file's own, on loopback. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ControlConnection, openControl } from '../../../src/net/control/connection.ts';
import { ControlClient } from '../../../src/net/control/rpc.ts';
import type { ConnectOptions, Jump, PathOptions } from '../../../src/net/tunnel/messages.ts';
import { startJumpHost } from '../../fakes/jump-host.ts';
import { type FakeProxy, startHttpProxy, startSocksProxy } from '../../fakes/proxies.ts';
import { eventually, makeKey, scratch, startStation, type TestStation } from '../../station/raw-client.ts';

const key = makeKey();
/** A label is too long for DNS, so that no resolver is asked on this side. */
const ONLY_THE_PROXY = `${'x'.repeat(64)}.invalid`;
let place: TestStation;
let dir: Awaited<ReturnType<typeof scratch>>;
const closing: Array<() => unknown> = [];

beforeAll(async () => {
  place = await startStation({ tls: { host: '127.0.0.1', port: 0 } });
  dir = await scratch();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  // Nothing of a test is left at the station.
  await eventually(() => expect(place.station.memberCount).toBe(0));
});
afterAll(async () => {
  await place.close();
  await dir.dispose();
});

function options(path: PathOptions, more: Partial<ConnectOptions> = {}): ConnectOptions {
  const { host, port, fingerprint } = place.station.address;
  return {
    host,
    port,
    user: 'ann',
    identity: { from: 'key', privateKey: key.private },
    hostKey: { by: 'fingerprint', fingerprint },
    suites: ['chacha20-poly1305'],
    path,
    ...more,
  };
}

/** Connects and says hello. */
async function open(
  wanted: ConnectOptions,
  signal = new AbortController().signal,
): Promise<ControlConnection> {
  const control = new ControlClient((line) => connection.sendLine(line));
  const events = { onLine: (line: string) => control.receive(line), onClose: () => undefined };
  const connection: ControlConnection = await openControl(wanted, events, signal);
  closing.push(() => connection.close());
  await control.call('hello', { versions: [1], client: 'test' });
  return connection;
}

async function kept(proxy: Promise<FakeProxy>): Promise<FakeProxy> {
  const started = await proxy;
  closing.push(() => started.close());
  return started;
}

describe.each([
  ['http', startHttpProxy],
  ['socks5', startSocksProxy],
] as const)('a %s proxy', (kind, start) => {
  const via = (port: number, more = {}): PathOptions => ({
    proxy: { kind, host: '127.0.0.1', port, ...more },
  });

  test('leads to the station, by an address', async () => {
    const proxy = await kept(start());
    const connection = await open(options(via(proxy.port)));
    expect(proxy.asked).toEqual([`127.0.0.1:${place.station.address.port}`]);
    expect(connection.remoteAddress).toBe('127.0.0.1');
    connection.close();
    await eventually(() => expect(proxy.open).toBe(0));
  });

  test('resolves the name itself, and datagrams have nowhere to go where only it can', async () => {
    const { host, port } = place.station.address;
    const proxy = await kept(start({ names: { [ONLY_THE_PROXY]: { host, port } } }));
    const connection = await open(options(via(proxy.port), { host: ONLY_THE_PROXY }));
    expect(proxy.asked).toEqual([`${ONLY_THE_PROXY}:${port}`]);
    expect(connection.remoteAddress).toBeNull();
  });

  test('gets the user and the password, and its refusal is a sentence', async () => {
    const proxy = await kept(start({ credentials: { user: 'ann', password: 'p:w@d' } }));
    await open(options(via(proxy.port, { user: 'ann', password: 'p:w@d' })));
    await expect(open(options(via(proxy.port, { user: 'ann', password: 'no' })))).rejects.toMatchObject({
      code: 'control.proxy-refused',
      message: expect.stringContaining('does not take the user and password'),
    });
    await expect(open(options(via(proxy.port)))).rejects.toMatchObject({
      code: 'control.proxy-refused',
      message: expect.stringContaining('wants a user and a password'),
    });
  });

  test('that cannot connect says so', async () => {
    const free = await freePort();
    const proxy = await kept(start());
    await expect(open(options(via(proxy.port), { port: free }))).rejects.toMatchObject({
      code: 'control.unreachable',
      message: expect.stringMatching(
        `the proxy 127.0.0.1 port ${proxy.port} does not connect to 127.0.0.1 port ${free}`,
      ),
    });
    await expect(open(options(via(free)))).rejects.toThrow(`cannot reach 127.0.0.1 port ${free}`);
  });

  test('leads to TLS where it refuses the port of SSH', async () => {
    const proxy = await kept(start());
    const { tlsPort } = place.station.address;
    await open(options({ ...via(proxy.port), tlsPort: tlsPort ?? 0 }, { port: await freePort() }));
    expect(proxy.asked.at(-1)).toBe(`127.0.0.1:${tlsPort}`);
  });
});

test.each([
  ['no HTTP', 'SSH-2.0-x\r\n', /0 something that is no HTTP/],
  ['a head without an end', `HTTP/1.1 200 OK\r\n${'x'.repeat(20_000)}`, /something else than was expected/],
  ['a reason that a terminal would obey', 'HTTP/1.1 503 \x1b[31mno\x07\r\n\r\n', /answers 503 \?\[31mno\?/],
  ['nothing', '', /closed the connection/],
])('an HTTP proxy that answers %s is refused', async (_, answer, sentence) => {
  const { port } = await kept(startHttpProxy({ answer }));
  await expect(open(options({ proxy: { kind: 'http', host: '127.0.0.1', port } }))).rejects.toThrow(sentence);
});

test('an HTTP proxy taken for SOCKS5 is told apart', async () => {
  const { port } = await greeter('HTTP/1.1 400 Bad Request\r\n\r\n');
  await expect(open(options({ proxy: { kind: 'socks5', host: '127.0.0.1', port } }))).rejects.toThrow(
    'speaks no SOCKS5; is it an HTTP proxy?',
  );
});

test('SOCKS5 carries IPv6 addresses as bytes', async () => {
  const proxy = await kept(startSocksProxy({ reply: 3 }));
  const path: PathOptions = { proxy: { kind: 'socks5', host: '127.0.0.1', port: proxy.port } };
  for (const host of ['2001:db8::1', '::', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8']) {
    await expect(open(options(path, { host, port: 9 }))).rejects.toThrow('no way to that network');
  }
  expect(proxy.asked).toEqual([
    '[20010db8000000000000000000000001]:9',
    `[${'0'.repeat(32)}]:9`,
    '[00000000000000000000ffffc0000201]:9',
    '[00010002000300040005000600070008]:9',
  ]);
});

describe('jump hosts', () => {
  async function jump(
    more: Partial<Jump> = {},
  ): Promise<Jump & { at: Awaited<ReturnType<typeof startJumpHost>> }> {
    const at = await startJumpHost(key.public);
    closing.push(() => at.close());
    const hostKey = { by: 'known-hosts', file: join(dir.path, `known-${at.port}`), unknown: 'tofu' } as const;
    const identity = { from: 'key', privateKey: key.private } as const;
    return { at, host: '127.0.0.1', port: at.port, user: 'jumper', identity, hostKey, ...more };
  }

  test('lead one after the other to the station, and end with it', async () => {
    const [first, second] = [await jump(), await jump({ user: 'hopper' })];
    const connection = await open(options({ jumps: [first, second] }));
    expect(first.at.asked).toEqual([`127.0.0.1:${second.port}`]);
    expect(second.at.asked).toEqual([`127.0.0.1:${place.station.address.port}`]);
    expect([...first.at.users, ...second.at.users].filter((user, i, all) => all.indexOf(user) === i)).toEqual(
      ['jumper', 'hopper'],
    );
    expect(await readFile(join(dir.path, `known-${first.port}`), 'utf8')).toContain(first.at.hostKey);
    expect(connection.remoteAddress).toBe('127.0.0.1');
    connection.close();
    await eventually(() => expect([first.at.open, second.at.open]).toEqual([0, 0]));
  });

  test('may be behind a proxy', async () => {
    const [hop, proxy] = [await jump(), await kept(startHttpProxy())];
    await open(options({ jumps: [hop], proxy: { kind: 'http', host: '127.0.0.1', port: proxy.port } }));
    expect(proxy.asked).toEqual([`127.0.0.1:${hop.port}`]);
  });

  test('are judged by their host keys: a changed or, when strict, an unknown one ends it', async () => {
    const hop = await jump();
    const file = join(dir.path, 'openssh');
    await writeFile(file, `[127.0.0.1]:${hop.port} ${makeKey().public.split(' ').slice(0, 2).join(' ')}\n`);
    const own = { by: 'known-hosts', file: join(dir.path, 'own'), unknown: 'tofu' } as const;
    const changed = { ...hop, hostKey: { ...own, also: [file] } };
    await expect(open(options({ jumps: [changed] }))).rejects.toMatchObject({
      code: 'control.host-key-changed',
    });
    const strict = { ...hop, hostKey: { ...own, unknown: 'strict' } } as const;
    await expect(open(options({ jumps: [strict] }))).rejects.toMatchObject({
      code: 'control.host-key-unknown',
    });
    await writeFile(file, `[127.0.0.1]:${hop.port} ${hop.at.hostKey}\n`);
    await open(options({ jumps: [{ ...strict, hostKey: { ...strict.hostKey, also: [file] } }] }));
    expect(await readFile(own.file, 'utf8').catch(() => 'none')).toBe('none');
  });

  test('that refuse the key, or do not reach the station, say so', async () => {
    const hop = await jump();
    const stranger = { ...hop, identity: { from: 'key', privateKey: makeKey().private } as const };
    await expect(open(options({ jumps: [stranger] }))).rejects.toThrow(
      /the jump host at 127\.0\.0\.1 port .* does not admit your key/,
    );
    const free = await freePort();
    await expect(open(options({ jumps: [hop] }, { port: free }))).rejects.toThrow(
      `cannot reach 127.0.0.1 port ${free} through 127.0.0.1`,
    );
    await eventually(() => expect(hop.at.open).toBe(0));
  });
});

describe('TLS beside plain SSH', () => {
  test('is not asked while plain SSH answers', async () => {
    const decoy = await greeter('');
    await open(options({ tlsPort: decoy.port }));
    expect(decoy.taken()).toBe(0);
  });

  test('takes over at once when the port is refused, and after its head start when nobody greets', async () => {
    const { tlsPort } = place.station.address;
    await open(options({ tlsPort: tlsPort ?? 0 }, { port: await freePort() }));
    const mute = await greeter('');
    const started = performance.now();
    await open(options({ tlsPort: tlsPort ?? 0 }, { port: mute.port }));
    expect(performance.now() - started).toBeGreaterThan(1_400);
    await eventually(() => expect(mute.open()).toBe(0));
  });

  test('does not help where nobody answers: the reason of the plain way is told', async () => {
    const [free, web] = [await freePort(), await greeter('HTTP/1.1 400 Bad Request\r\n\r\n')];
    await expect(open(options({ tlsPort: web.port }, { port: free }))).rejects.toThrow(
      `cannot reach 127.0.0.1 port ${free}: nothing listens there`,
    );
    await expect(open(options({}, { port: web.port }))).rejects.toThrow('it speaks no SSH');
  });

  test('is judged by the SSH host key inside it', async () => {
    const { tlsPort } = place.station.address;
    const hostKey = { by: 'fingerprint', fingerprint: 'SHA256:other' } as const;
    const wanted = options({ tlsPort: tlsPort ?? 0 }, { port: await freePort(), hostKey });
    await expect(open(wanted)).rejects.toMatchObject({ code: 'control.host-key-changed' });
  });

  test('stops in the middle when it is told to', async () => {
    const mute = await greeter('');
    const stop = new AbortController();
    const opening = open(options({ tlsPort: mute.port }, { port: mute.port }), stop.signal);
    await eventually(() => expect(mute.taken()).toBe(2));
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'tunnel.closed' });
    await eventually(() => expect(mute.open()).toBe(0));
  });
});

/** A server that says one thing and then nothing. */
async function greeter(words: string): Promise<{ port: number; taken(): number; open(): number }> {
  let [taken, open] = [0, 0];
  const server: Server = createServer((socket) => {
    taken += 1;
    open += 1;
    socket.on('error', () => undefined).on('close', () => (open -= 1));
    socket.resume();
    if (words !== '') socket.write(words);
    closing.push(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, taken: () => taken, open: () => open };
}

/** A port of loopback where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
