/** TCP through the proxy on loopback. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { expect, test, vi } from 'vitest';
import { MIN_RTO_MS } from '../../src/lab/stream-impairment.ts';
import { PATIENCE, startProxy, TcpPeer, TcpTarget } from './loopback.ts';

test('megabytes come back whole, and both ends close cleanly one after the other', async () => {
  const target = await TcpTarget.open({ echo: true });
  const proxy = await startProxy(target.port, { udp: false });
  const client = await TcpPeer.connect(proxy.address.port);
  const sent = randomBytes(8 * 1024 * 1024);
  client.socket.end(sent);
  await client.until(({ closed }) => closed !== undefined);
  expect(client.bytes.equals(sent)).toBe(true);
  expect(client.closed).toBe('cleanly');
  await vi.waitUntil(() => proxy.stats().tcp!.open === 0, PATIENCE);
  expect(proxy.stats()).toMatchObject({
    udp: undefined,
    tcp: { connections: 1, up: { deliveredBytes: sent.length }, down: { deliveredBytes: sent.length } },
  });
});

test('they also do on a bad network, by seed in order and late', async () => {
  const target = await TcpTarget.open({ echo: true });
  const proxy = await startProxy(target.port, {
    udp: false,
    up: 'loss=2% delay=5ms jitter=5ms',
    down: 'rate=50mbit duplicate=50% reorder=50% corrupt=50%',
  });
  const client = await TcpPeer.connect(proxy.address.port);
  const sent = randomBytes(300_000);
  client.socket.end(sent);
  await client.until(({ ended }) => ended);
  expect(client.bytes.equals(sent)).toBe(true);
  expect(proxy.stats().tcp!.up.retransmissions).toBeGreaterThan(0);
});

test('delay is never too short, also of the opening', async () => {
  const target = await TcpTarget.open({ echo: true });
  const proxy = await startProxy(target.port, { udp: false, up: 'delay=40ms', down: 'delay=30ms' });
  const start = performance.now();
  const client = await TcpPeer.connect(proxy.address.port);
  const atTarget = target.connection().then(() => performance.now());
  client.socket.write('hello');
  await client.until(({ text }) => text === 'hello');
  expect(performance.now() - start).toBeGreaterThanOrEqual(70);
  expect((await atTarget) - start).toBeGreaterThanOrEqual(40);
});

test('a lost segment costs a retransmission and holds up the next ones', async () => {
  const target = await TcpTarget.open({ echo: true });
  const proxy = await startProxy(target.port, { udp: false });
  const client = await TcpPeer.connect(proxy.address.port);
  await target.connection();
  proxy.change({ up: 'loss=100%' });
  const start = performance.now();
  client.socket.write('lost ');
  await vi.waitUntil(() => proxy.stats().tcp!.up.segments === 2, PATIENCE); // the opening, and this
  proxy.change({ up: '' });
  client.socket.write('behind');
  await client.until(({ text }) => text === 'lost behind');
  expect(performance.now() - start).toBeGreaterThanOrEqual(MIN_RTO_MS);
  expect(proxy.stats().tcp!.up.retransmissions).toBe(1);
});

test('block is a black hole: the connection stays, nothing moves, and all of it comes afterwards', async () => {
  const target = await TcpTarget.open();
  const proxy = await startProxy(target.port, { udp: false });
  const client = await TcpPeer.connect(proxy.address.port);
  const server = await target.connection();
  proxy.change({ up: 'block', down: 'block' });
  client.socket.write('up');
  server.socket.end('down');
  const late = await TcpPeer.connect(proxy.address.port);
  await vi.waitUntil(() => {
    const { up, down, open } = proxy.stats().tcp!;
    return open === 2 && up.receivedBytes === 2 && down.receivedBytes === 4 && down.segments === 2;
  }, PATIENCE);
  expect([server.text, client.text, client.ended, client.closed]).toEqual(['', '', false, undefined]);
  expect(target.sockets).toHaveLength(1); // the second connection's opening is held, too
  proxy.change({ up: '', down: '' });
  await client.until(({ text, ended }) => text === 'down' && ended);
  await server.until(({ text }) => text === 'up');
  await target.connection(1);
  late.socket.destroy();
});

test('a rate holds the sender back', async () => {
  const target = await TcpTarget.open();
  const proxy = await startProxy(target.port, { udp: false, up: 'rate=1mbit queue=20ms' });
  const client = await TcpPeer.connect(proxy.address.port);
  const server = await target.connection();
  const start = performance.now();
  client.socket.end(new Uint8Array(50_000));
  await server.until(({ ended }) => ended);
  expect(performance.now() - start).toBeGreaterThanOrEqual(400);
  expect(server.bytes).toHaveLength(50_000);
});

test('a slow reader slows its sender, and memory stays bounded', async () => {
  const target = await TcpTarget.open();
  const proxy = await startProxy(target.port, { udp: false });
  const client = await TcpPeer.connect(proxy.address.port);
  const server = await target.connection();
  server.socket.pause();
  // More than the window and every buffer of the system on the way hold together.
  const sent = 64 * 1024 * 1024;
  client.socket.end(new Uint8Array(sent));
  let before = -1;
  await vi.waitUntil(
    () => {
      const { receivedBytes } = proxy.stats().tcp!.up;
      const stalled = receivedBytes > 0 && receivedBytes === before;
      before = receivedBytes;
      return stalled;
    },
    { ...PATIENCE, interval: 200 },
  );
  const { receivedBytes, deliveredBytes } = proxy.stats().tcp!.up;
  expect(receivedBytes).toBeLessThan(sent);
  expect(receivedBytes - deliveredBytes).toBeLessThan(5 * 1024 * 1024);
  let read = 0;
  server.socket.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  server.socket.resume();
  await vi.waitUntil(() => read === sent, PATIENCE);
});

test('a reset on one side is one on the other', async () => {
  const target = await TcpTarget.open();
  const proxy = await startProxy(target.port, { udp: false });
  const [one, two] = [await TcpPeer.connect(proxy.address.port), await TcpPeer.connect(proxy.address.port)];
  const [oneThere, twoThere] = [await target.connection(0), await target.connection(1)];
  one.socket.resetAndDestroy();
  await oneThere.until(({ closed }) => closed === 'with an error');
  twoThere.socket.resetAndDestroy();
  await two.until(({ closed }) => closed === 'with an error');
  await vi.waitUntil(() => proxy.stats().tcp!.open === 0, PATIENCE);
});

test('a target that refuses is a reset, and closing the proxy ends everything', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((done) => server.close(done));
  const refusing = await startProxy(port, { udp: false });
  const client = await TcpPeer.connect(refusing.address.port);
  await client.until(({ closed }) => closed !== undefined);
  expect(client.closed).toBe('with an error');

  const target = await TcpTarget.open();
  const proxy = await startProxy(target.port);
  const other = await TcpPeer.connect(proxy.address.port);
  await target.connection();
  await proxy.close();
  proxy.close = () => Promise.resolve();
  await other.until(({ ended, closed }) => ended || closed !== undefined);
});
