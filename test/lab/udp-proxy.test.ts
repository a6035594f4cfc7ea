/** Datagrams through the proxy on loopback. */
import { expect, test, vi } from 'vitest';
import { PATIENCE, startProxy, UdpPeer } from './loopback.ts';

/** Sends one after the other, numbered, each once the system took the one before. */
async function sendMany(from: UdpPeer, port: number, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await from.send(port, String(n));
}

test('each client talks with the target through a port of its own, and gets its own answers', async () => {
  const target = await UdpPeer.echo();
  const proxy = await startProxy(target.port, { tcp: false });
  const [ann, bob] = [await UdpPeer.open(), await UdpPeer.open()];
  for (let n = 0; n < 20; n++) {
    await ann.send(proxy.address.port, `ann ${n}`);
    await bob.send(proxy.address.port, `bob ${n}`);
  }
  await vi.waitUntil(() => ann.got.length + bob.got.length === 40, PATIENCE);
  expect(ann.texts).toEqual(Array.from({ length: 20 }, (_, n) => `ann ${n}`));
  expect(bob.texts).toEqual(Array.from({ length: 20 }, (_, n) => `bob ${n}`));
  expect(new Set(ann.got.map(({ from }) => from.port))).toEqual(new Set([proxy.address.port]));
  expect(new Set(target.got.map(({ from }) => from.port)).size).toBe(2);
  const counters = { received: 40, delivered: 40, lost: 0 };
  expect(proxy.stats()).toMatchObject({ udp: { up: counters, down: counters, flows: 2 }, tcp: undefined });
});

test('a stranger who found the port towards the target is not heard', async () => {
  const target = await UdpPeer.echo();
  const proxy = await startProxy(target.port, { tcp: false });
  const [ann, stranger] = [await UdpPeer.open(), await UdpPeer.open()];
  await ann.send(proxy.address.port, 'first');
  await vi.waitUntil(() => target.got.length === 1, PATIENCE);
  await stranger.send(target.got[0]!.from.port, 'hello from elsewhere');
  await ann.send(proxy.address.port, 'second');
  await vi.waitUntil(() => ann.got.length === 2, PATIENCE);
  expect(ann.texts).toEqual(['first', 'second']);
});

test('loss takes the same datagrams with the same seed, others with another, each way by itself', async () => {
  const lost = async (seed: number): Promise<string> => {
    const target = await UdpPeer.echo();
    const proxy = await startProxy(target.port, { tcp: false, seed, up: 'loss=30%', down: 'loss=30%' });
    const client = await UdpPeer.open();
    await sendMany(client, proxy.address.port, 300);
    const { udp } = await vi.waitUntil(() => {
      const stats = proxy.stats();
      return stats.udp!.up.received === 300 && stats.udp!.down.received === stats.udp!.up.delivered && stats;
    }, PATIENCE);
    await vi.waitUntil(() => client.got.length === udp!.down.delivered, PATIENCE);
    expect(udp!.up.lost).toBeGreaterThan(50);
    expect(udp!.down.lost).toBeGreaterThan(30);
    return `${target.texts} | ${client.texts}`;
  };
  const first = await lost(4);
  expect(await lost(4)).toBe(first);
  expect(await lost(5)).not.toBe(first);
});

test('delay is never too short, and a block ends what follows', async () => {
  const target = await UdpPeer.open();
  const proxy = await startProxy(target.port, { tcp: false, up: 'delay=60ms jitter=20ms' });
  const client = await UdpPeer.open();
  const sentAt: number[] = [];
  for (let n = 0; n < 50; n++) {
    sentAt.push(performance.now());
    await client.send(proxy.address.port, String(n));
  }
  await vi.waitUntil(() => proxy.stats().udp!.up.received === 50, PATIENCE);
  proxy.change({ up: 'block' });
  await client.send(proxy.address.port, 'into the hole');
  await vi.waitUntil(() => target.got.length === 50 && proxy.stats().udp!.up.blocked === 1, PATIENCE);
  for (const { bytes, at } of target.got) expect(at - sentAt[Number(bytes)]!).toBeGreaterThanOrEqual(60);
  proxy.change({ up: '' });
  await client.send(proxy.address.port, 'back');
  await vi.waitUntil(() => target.texts.includes('back'), PATIENCE);
  expect(target.texts).not.toContain('into the hole');
});

test('one direction may be blocked while the other goes on', async () => {
  const target = await UdpPeer.echo();
  const proxy = await startProxy(target.port, { tcp: false, down: 'block' });
  const client = await UdpPeer.open();
  await sendMany(client, proxy.address.port, 10);
  await vi.waitUntil(() => proxy.stats().udp!.down.blocked === 10, PATIENCE);
  expect([target.got.length, client.got.length]).toEqual([10, 0]);
});

test('a target that is not there does no harm', async () => {
  const gone = await UdpPeer.open();
  const { port } = gone;
  await new Promise<void>((done) => gone.socket.close(done));
  gone.socket.close = () => gone.socket;
  const proxy = await startProxy(port, { tcp: false });
  const client = await UdpPeer.open();
  await sendMany(client, proxy.address.port, 5);
  await vi.waitUntil(() => proxy.stats().udp!.up.delivered === 5, PATIENCE);
});

test('a fast sender is carried without loss', async () => {
  const target = await UdpPeer.open();
  target.socket.setRecvBufferSize(4 * 1024 * 1024);
  const proxy = await startProxy(target.port, { tcp: false });
  const client = await UdpPeer.open();
  // All three ends share this thread, so a burst waits in sockets whole: 1,000 of 200 bytes fit everywhere.
  for (let burst = 1; burst <= 5; burst++) {
    for (let n = 0; n < 1000; n++) client.socket.send(new Uint8Array(200), proxy.address.port, '127.0.0.1');
    await vi.waitUntil(() => target.got.length === burst * 1000, PATIENCE);
  }
  expect(proxy.stats().udp).toMatchObject({ up: { received: 5000, delivered: 5000 }, sendErrors: 0 });
});
