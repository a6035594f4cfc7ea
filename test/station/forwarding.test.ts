/** Forwards through a whole station: SSH channels with a library's client, datagrams of a member, keys with options. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Client, ClientChannel } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANNEL } from '../../src/net/protocol/constants.ts';
import { encodeForward } from '../../src/net/protocol/forward-packet.ts';
import type { StationOptions } from '../../src/station/station.ts';
import { TcpRelay } from '../fakes/tcp-relay.ts';
import {
  connectRaw,
  connectSsh,
  eventually,
  joinAs,
  makeKey,
  openDatagrams,
  startStation,
  type TestStation,
} from './raw-client.ts';

let place: TestStation;
let destination: Server;
let arrived: Socket[];
const ends: (() => void)[] = [];
const live = () => place.station.counters();
const port = (): number => (destination.address() as AddressInfo).port;

beforeEach(async () => {
  arrived = [];
  destination = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    arrived.push(socket);
  });
  destination.listen(0, '127.0.0.1');
  await once(destination, 'listening');
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await eventually(() =>
    expect(live()).toMatchObject({ liveTcp: 0, liveListeners: 0, liveFlows: 0, liveForwards: 0 }),
  );
  await place.close();
  for (const socket of arrived) socket.destroy();
  destination.close();
});

async function start(
  forward: readonly string[],
  listen: readonly string[] = [],
  more: Partial<StationOptions> = {},
) {
  place = await startStation({ forwarding: { forward, listen }, ...more });
}

async function stockClient(key = makeKey()): Promise<Client> {
  const ssh = await connectSsh(place.station, 'ann', key);
  ends.push(() => ssh.destroy());
  return ssh;
}

/** -L: a channel to host and port. */
function direct(ssh: Client, host: string, to: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    ssh.forwardOut('127.0.0.1', 1, host, to, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** -R: the port that the station listens on. */
function listenAt(ssh: Client, bind: string, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    ssh.forwardIn(bind, at, (error, chosen) => (error ? reject(error) : resolve(at === 0 ? chosen : at)));
  });
}

/** All that a stream says. (Iterating over it would destroy it, and with it the other direction.) */
async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  await once(stream, 'end');
  return Buffer.concat(parts).toString();
}

describe('TCP to a destination', () => {
  it('keeps a stream open that is half-closed, from either side', async () => {
    await start([`127.0.0.1:${port()}`]);
    const ssh = await stockClient();
    const first = await direct(ssh, '127.0.0.1', port());
    await eventually(() => expect(arrived).toHaveLength(1));
    arrived[0]!.end('all I say');
    expect(await textOf(first)).toBe('all I say');
    first.end('and still I answer');
    expect(await textOf(arrived[0]!)).toBe('and still I answer');
    const second = await direct(ssh, '127.0.0.1', port());
    await eventually(() => expect(arrived).toHaveLength(2));
    second.end('a question');
    expect(await textOf(arrived[1]!)).toBe('a question');
    arrived[1]!.end('an answer');
    expect(await textOf(second)).toBe('an answer');
    await eventually(() => expect(live().liveTcp).toBe(0));
  });

  it('is refused in words', async () => {
    await start([`127.0.0.1:${port()}`, '127.0.0.1:1', '*:*']);
    const ssh = await stockClient();
    await expect(direct(ssh, '127.0.0.1', 2)).rejects.toMatchObject({
      message: expect.stringContaining('This station does not let you reach 127.0.0.1:2: ask its operator'),
      reason: 1,
    });
    await expect(direct(ssh, '127.0.0.1', 1)).rejects.toMatchObject({
      message: expect.stringContaining('The station cannot reach 127.0.0.1:1: nobody listens there.'),
      reason: 2,
    });
    for (const host of ['localhost', '169.254.169.254', '::ffff:127.0.0.1', '0.0.0.0', 'a b', '']) {
      await expect(direct(ssh, host, port() === 80 ? 81 : 80)).rejects.toMatchObject({ reason: 1 });
    }
    expect(live().forwardsRefused).toBe(8);
    (await direct(ssh, '127.0.0.1', port())).destroy(); // and the connection is as good as ever
  });

  it('takes no faster than the client reads', async () => {
    await start([`127.0.0.1:${port()}`]);
    const ssh = await stockClient();
    const channel = await direct(ssh, '127.0.0.1', port());
    channel.pause();
    await eventually(() => expect(arrived).toHaveLength(1));
    const block = Buffer.alloc(1024 * 1024, 7);
    const most = 256;
    let written = 0;
    const pour = (): void => {
      while (written < most && arrived[0]!.write(block)) written += 1;
      if (written < most) arrived[0]!.once('drain', pour);
    };
    pour();
    // It stands still with a window and some buffers full, a small part of what there is.
    let before = -1;
    await eventually(() => {
      const now = arrived[0]!.bytesWritten - arrived[0]!.writableLength;
      const still = now === before;
      before = now;
      if (!still) throw new Error('still moving');
    });
    expect(written).toBeLessThan(64);
    let read = 0;
    channel.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    channel.resume();
    await eventually(() => expect(read).toBeGreaterThan(100 * block.length));
  });

  it('leaves nothing when either side vanishes', async () => {
    await start([`127.0.0.1:${port()}`], ['*']);
    const ssh = await stockClient();
    const channels = await Promise.all(Array.from({ length: 20 }, () => direct(ssh, '127.0.0.1', port())));
    await listenAt(ssh, 'localhost', 0);
    await eventually(() => expect(arrived).toHaveLength(20));
    expect(live()).toMatchObject({ liveTcp: 20, liveListeners: 1 });
    for (const channel of channels) channel.write('x'.repeat(1000));
    for (const socket of arrived.slice(0, 10)) socket.resetAndDestroy();
    await eventually(() => expect(live().liveTcp).toBe(10));
    const closed = Promise.all(arrived.slice(10).map((socket) => once(socket.resume(), 'end')));
    ssh.destroy();
    await closed;
    await eventually(() => expect(live()).toMatchObject({ liveTcp: 0, liveListeners: 0 }));
  });

  it('is not cut for want of a control channel, if the key may forward', async () => {
    await start([`127.0.0.1:${port()}`], [], { handshakeMs: 400 });
    const ssh = await stockClient();
    let closed = false;
    ssh.on('close', () => {
      closed = true;
    });
    const started = performance.now();
    await eventually(() => expect(performance.now() - started).toBeGreaterThan(800));
    expect(closed).toBe(false);
    (await direct(ssh, '127.0.0.1', port())).destroy();
    await place.close();
    await start([], [], { handshakeMs: 400 });
    const useless = await stockClient();
    await once(useless, 'close');
  });
});

describe('TCP from a listener', () => {
  it('comes to the client, who is told where it was and from whom', async () => {
    await start([], ['*']);
    const ssh = await stockClient();
    const at = await listenAt(ssh, 'localhost', 0);
    const told: unknown[] = [];
    ssh.on('tcp connection', (details, accept) => {
      told.push(details);
      const channel = accept();
      channel.on('data', (chunk: Buffer) => channel.write(`re ${chunk}`));
      channel.on('end', () => channel.end(' bye'));
    });
    const visitor = net.connect({ port: at, host: '127.0.0.1', allowHalfOpen: true });
    visitor.write('hello');
    const [answer] = await once(visitor, 'data');
    expect(String(answer)).toBe('re hello');
    visitor.end();
    expect(await textOf(visitor)).toBe(' bye');
    expect(told).toEqual([
      { destIP: 'localhost', destPort: at, srcIP: '127.0.0.1', srcPort: expect.any(Number) },
    ]);
    await new Promise<void>((done, fail) =>
      ssh.unforwardIn('localhost', at, (error) => (error ? fail(error) : done())),
    );
    await expect(once(net.connect(at, '127.0.0.1'), 'connect')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('goes to another connection of the same key once its own is dead, and to no other', async () => {
    await start([], ['*']);
    const relay = await TcpRelay.start(place.station.address);
    ends.push(() => void relay.close());
    const key = makeKey();
    const before = await connectSsh(place.station, 'ann', key, { port: relay.port });
    ends.push(() => before.destroy());
    const at = await listenAt(before, '127.0.0.1', 0);
    // Alive: it keeps its port, whoever asks.
    await expect(listenAt(await stockClient(key), '127.0.0.1', at)).rejects.toThrow();
    relay.blackHole();
    await expect(listenAt(await stockClient(), '127.0.0.1', at)).rejects.toThrow();
    const after = await stockClient(key);
    const comes = once(after, 'tcp connection');
    expect(await listenAt(after, '127.0.0.1', at)).toBe(at);
    expect(live().liveListeners).toBe(1);
    const caller = net.connect(at, '127.0.0.1').on('error', () => undefined);
    ends.push(() => caller.destroy());
    const [details, , reject] = await comes;
    expect(details).toMatchObject({ destIP: '127.0.0.1', destPort: at });
    reject();
  });

  it('that the client does not take is closed', async () => {
    await start([], ['*']);
    const ssh = await stockClient();
    const at = await listenAt(ssh, '127.0.0.1', 0);
    ssh.on('tcp connection', (_details, _accept, reject) => reject());
    const visitor = net.connect(at, '127.0.0.1');
    visitor.on('error', () => undefined);
    await once(visitor, 'close');
    await eventually(() => expect(live().liveTcp).toBe(0));
  });

  it('is refused where the operator did not allow it; our own client is told why', async () => {
    await start([], [String(port()), '*:9']);
    const client = await joinAs(place.station, 'ann', 'lobby');
    ends.push(() => client.close());
    await expect(listenAt(client.ssh, '', port())).rejects.toThrow();
    await expect(listenAt(client.ssh, 'localhost', port())).rejects.toThrow();
    const told = (): string[] =>
      client.notifications.flatMap((one) => (one.method === 'notice' ? [one.params.text] : []));
    await eventually(() => expect(told()).toHaveLength(2));
    expect(told()[0]).toContain(`does not listen on *:${port()} for you: ask its operator`);
    expect(told()[1]).toContain('another program uses the port');
  });
});

describe('datagrams', () => {
  it('go from a member to a destination and back, and stop when the member leaves', async () => {
    const echo = dgram.createSocket('udp4');
    echo.on('message', (data, from) => echo.send(data, from.port, from.address));
    echo.bind(0, '127.0.0.1');
    await once(echo, 'listening');
    ends.push(() => echo.close());
    const to = echo.address().port;
    await start([`127.0.0.1:${to}/udp`], ['*/udp']);
    const ann = await joinAs(place.station, 'ann', 'lobby');
    const datagrams = await openDatagrams(place.station, ann);
    ends.push(() => datagrams.close());
    const { forward } = await ann.control.call('forward.open', { kind: 'udp', host: '127.0.0.1', port: to });
    const listening = await ann.control.call('forward.listen', { kind: 'udp', bind: 'localhost', port: 0 });
    expect(listening.port).toBeGreaterThan(0);
    const payload = encodeForward(forward, 7, Buffer.from('hello'));
    datagrams.connection.send(CHANNEL.forward, payload, performance.now());
    datagrams.drain();
    await eventually(() =>
      expect(datagrams.heard.map((bytes) => Buffer.from(bytes))).toContainEqual(Buffer.from(payload)),
    );
    expect(live()).toMatchObject({ liveForwards: 2, liveFlows: 1, forwardIn: 1, forwardOut: 1 });
    await ann.control.call('forward.close', { forward: listening.forward });
    await ann.control.call('forward.close', { forward: 999 });
    expect(live().liveForwards).toBe(1);
    ann.control.notify({ method: 'bye', params: {} });
    ann.close();
    await eventually(() => expect(live()).toMatchObject({ liveForwards: 0, liveFlows: 0, flowsOpened: 1 }));
  });

  it('are not forwarded before hello, nor with nonsense', async () => {
    await start(['*:*/udp']);
    const stranger = await connectRaw(place.station, 'eve');
    ends.push(() => stranger.close());
    const ask = { kind: 'udp' as const, host: '192.0.2.1', port: 1 };
    await expect(stranger.control.call('forward.open', ask)).rejects.toMatchObject({
      code: 'control.version',
    });
    await stranger.hello();
    for (const host of ['', 'a b', 'x'.repeat(300), '\u0007']) {
      await expect(stranger.control.call('forward.open', { ...ask, host })).rejects.toMatchObject({
        code: 'control.invalid-params',
      });
    }
  });
});

describe('the options of a key', () => {
  it('give and take, at once when the file changes', async () => {
    await start([`127.0.0.1:${port()}`], ['*'], { open: false });
    const key = makeKey();
    const allow = (options: string) =>
      writeFile(join(place.dir, 'authorized_keys'), `${options} ${key.public}\n`, { mode: 0o600 });
    await allow('no-pty');
    const ssh = await stockClient(key);
    (await direct(ssh, '127.0.0.1', port())).destroy();
    await listenAt(ssh, 'localhost', 0);
    await allow('restrict');
    await expect(direct(ssh, '127.0.0.1', port())).rejects.toThrow(/options of your key/);
    await expect(listenAt(ssh, 'localhost', 0)).rejects.toThrow();
    await allow(`permitopen="127.0.0.1:1",permitlisten="localhost:*"`);
    await expect(direct(ssh, '127.0.0.1', port())).rejects.toThrow(/options of your key/);
    await expect(direct(ssh, '127.0.0.1', 1)).rejects.toThrow(/nobody listens/);
    await listenAt(ssh, 'localhost', 0);
    await allow('permitopen="*:*"');
    await expect(direct(ssh, '127.0.0.1', port())).rejects.toThrow(/options of your key/);
  });
});
