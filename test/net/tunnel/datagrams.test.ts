/** A datagram session between real sockets: routes, stream, new sockets, new keys. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { CHANNEL } from '../../../src/net/protocol/constants.ts';
import { DatagramSession } from '../../../src/net/tunnel/datagrams.ts';
import type { RekeyLimits } from '../../../src/net/tunnel/rekeying.ts';
import { newCounters } from '../../../src/station/counters.ts';
import { Rooms } from '../../../src/station/rooms.ts';
import { UdpFront } from '../../../src/station/udp-front.ts';
import { UdpRelay } from '../../fakes/udp-relay.ts';
import { eventually } from '../../station/raw-client.ts';

const MEMBER = 70_000;
const host = '127.0.0.1';

let front: UdpFront;
let relays: UdpRelay[];
let client: DatagramSession;
let talking: NodeJS.Timeout | undefined;
/** Numbers that each end sent and heard, and when. */
const sent = { client: 0, station: 0 };
let heard: { client: Array<{ n: number; at: number }>; station: Array<{ n: number; at: number }> };

beforeEach(async () => {
  const sockets: Socket[] = [createSocket('udp4').bind(0, host), createSocket('udp4').bind(0, host)];
  await Promise.all(sockets.map((socket) => once(socket, 'listening')));
  front = new UdpFront(sockets, new Rooms(), newCounters());
  front.onForward = (_member, payload) => note('station', payload);
  relays = await Promise.all(sockets.map((socket) => UdpRelay.start({ host, port: socket.address().port })));
  heard = { client: [], station: [] };
  Object.assign(sent, { client: 0, station: 0 });
});

afterEach(async () => {
  clearInterval(talking);
  client.close();
  for (const relay of relays) relay.close();
  await front.close();
});

function note(end: 'client' | 'station', payload: Uint8Array): void {
  heard[end].push({ n: Buffer.from(payload).readUInt32BE(), at: performance.now() });
}

async function connect(options: { further?: boolean; limits?: RekeyLimits } = {}): Promise<void> {
  const { session, clientKey, stationKey } = front.open(MEMBER, 'chacha20-poly1305');
  const [first, second] = relays.map(({ port }) => port);
  client = await DatagramSession.open({
    keys: {
      session,
      suite: 'chacha20-poly1305',
      clientKey: Buffer.from(clientKey, 'base64'),
      stationKey: Buffer.from(stationKey, 'base64'),
    },
    peer: { address: host, port: first! },
    furtherUdpPorts: options.further ? [second!] : [],
    onPayload: (_channel, payload) => note('client', payload),
    rekey: async (session) => front.rekey(MEMBER, session),
    ...(options.limits ? { rekeyLimits: options.limits } : {}),
    log: silentLog,
  });
  await eventually(() => expect(client.stats().rttMs).not.toBeNull());
}

/** Joins both ends by a stream, as an SSH channel does; returns the client's end. */
function joinByStream(): Duplex {
  const [near, far] = duplexPair();
  client.attachStream(near);
  front.attachStream(MEMBER, far);
  return near;
}

/** Both ends say a number every 10 ms. */
function talk(): void {
  talking = setInterval(() => {
    for (const end of ['client', 'station'] as const) {
      sent[end] += 1;
      const payload = Buffer.alloc(60);
      payload.writeUInt32BE(sent[end]);
      if (end === 'client') client.send(CHANNEL.forward, payload);
      else front.send(MEMBER, CHANNEL.forward, payload);
    }
  }, 10);
}

function carriers(): [string, string] {
  const { carrierUp, carrierDown } = client.stats();
  return [carrierUp, carrierDown];
}

/** Longest pause that an end noticed since a moment, ms. */
function pause(end: 'client' | 'station', since: number): number {
  const times = heard[end].map(({ at }) => at).filter((at) => at >= since);
  return Math.max(...[...times, performance.now()].map((at, n) => at - (times[n - 1] ?? since)));
}

describe('a datagram session', () => {
  test('renews its keys three times a second and loses nothing', async () => {
    await connect({ limits: { everyMs: 300, everyPackets: 2 ** 24 } });
    talk();
    await eventually(() => expect(client.stats().rekeys).toBeGreaterThanOrEqual(8));
    clearInterval(talking);
    await eventually(() => {
      expect(heard.station.map(({ n }) => n)).toEqual(Array.from({ length: sent.client }, (_, n) => n + 1));
      expect(heard.client.map(({ n }) => n)).toEqual(Array.from({ length: sent.station }, (_, n) => n + 1));
    });
    expect(client.stats().dropped).toMatchObject({ malformed: 0, unauthentic: 0, unroutable: 0 });
  });

  test('renews its keys after so many packets', async () => {
    await connect({ limits: { everyMs: 3_600_000, everyPackets: 50 } });
    talk();
    await eventually(() => expect(client.stats().rekeys).toBeGreaterThanOrEqual(2));
  });

  test('goes on over the stream when UDP dies, and comes back', { timeout: 40_000 }, async () => {
    await connect();
    joinByStream();
    talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(50));
    expect(carriers()).toEqual(['udp', 'udp']);
    relays[0]!.blocked.add('up').add('down');
    const blockedAt = performance.now();
    await eventually(() => expect(carriers()).toEqual(['stream', 'stream']));
    expect(performance.now() - blockedAt).toBeLessThan(3500);
    const settled = heard.client.length;
    await eventually(() => expect(heard.client.length).toBeGreaterThan(settled + 50));
    expect(pause('client', blockedAt)).toBeLessThan(2500);
    expect(pause('station', blockedAt)).toBeLessThan(2500);
    await eventually(() => expect(client.stats().carrierReason).toMatch(/^no UDP answer for \d+ s$/));
    relays[0]!.blocked.clear();
    await eventually(() => expect(carriers()).toEqual(['udp', 'udp']));
    expect(new Set(heard.client.map(({ n }) => n)).size).toBe(heard.client.length);
  });

  test('goes to another UDP port of the station', { timeout: 30_000 }, async () => {
    await connect({ further: true });
    talk();
    relays[0]!.blocked.add('up').add('down');
    const second = `udp:${relays[1]!.port}`;
    await eventually(() => expect(carriers()).toEqual([second, second]));
    const settled = heard.station.length;
    await eventually(() => expect(heard.station.length).toBeGreaterThan(settled + 50));
  });

  test('opens new sockets when the old ports are dead', { timeout: 30_000 }, async () => {
    await connect();
    talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(10));
    relays[0]!.kill();
    const before = [...relays[0]!.seen];
    const killedAt = performance.now();
    await eventually(() => expect(client.stats().heardAgoMs).toBeGreaterThan(1000));
    await eventually(() => expect(client.stats().heardAgoMs).toBeLessThan(100));
    expect(performance.now() - killedAt).toBeLessThan(9000);
    expect(relays[0]!.seen.size).toBeGreaterThan(before.length);
  });

  test('forgets a stream that ends, and takes another', async () => {
    await connect();
    relays[0]!.blocked.add('up').add('down');
    const first = joinByStream();
    talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(20));
    first.destroy();
    joinByStream();
    const { length } = heard.client;
    await eventually(() => expect(heard.client.length).toBeGreaterThan(length + 20));
  });

  test('rests, and is there at once when somebody talks, on a path that died meanwhile', async () => {
    await connect();
    joinByStream();
    let before = { packets: 0, at: performance.now() };
    await eventually(() => {
      const packets = client.stats().datagramsSent;
      if (packets !== before.packets) before = { packets, at: performance.now() };
      expect(performance.now() - before.at).toBeGreaterThan(3000);
    });
    expect(client.stats()).toMatchObject({ silent: false, heardAgoMs: 0, acknowledgedAgoMs: 0 });
    relays[0]!.blocked.add('up').add('down');
    const from = performance.now();
    talk();
    await eventually(() => expect(Math.min(heard.client.length, heard.station.length)).toBeGreaterThan(0));
    expect(performance.now() - from).toBeLessThan(1000);
    await eventually(() => expect(carriers()).toEqual(['stream', 'stream']));
    expect(performance.now() - from).toBeLessThan(3500);
    const settled = heard.client.length;
    await eventually(() => expect(heard.client.length).toBeGreaterThan(settled + 50));
    for (const end of ['client', 'station'] as const) expect(pause(end, from)).toBeLessThan(2500);
  }, 40_000);

  test('does not take garbage in the stream for packets', async () => {
    await connect();
    const [near, far] = duplexPair();
    client.attachStream(near);
    far.write(Buffer.alloc(5000, 0xff));
    await eventually(() => expect(near.destroyed).toBe(true));
    talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(10));
  });
});
