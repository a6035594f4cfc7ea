/** A datagram session between real sockets: routes, stream, new sockets, new keys. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { test as base, describe, expect } from 'vitest';
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

/** A number that was heard, and when. */
interface Heard {
  readonly n: number;
  readonly at: number;
}

type End = 'client' | 'station';

/** A session between a client and a station's sockets, each behind a relay. */
class Setting {
  readonly relays: readonly UdpRelay[];
  /** How many numbers each end sent, and what it heard. */
  readonly sent = { client: 0, station: 0 };
  readonly heard: Readonly<Record<End, Heard[]>> = { client: [], station: [] };
  readonly #front: UdpFront;
  #client: DatagramSession | undefined;
  #talking: NodeJS.Timeout | undefined;

  static async make(): Promise<Setting> {
    const sockets: Socket[] = [createSocket('udp4').bind(0, host), createSocket('udp4').bind(0, host)];
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    const front = new UdpFront(sockets, new Rooms(), newCounters());
    const relays = sockets.map((socket) => UdpRelay.start({ host, port: socket.address().port }));
    return new Setting(front, await Promise.all(relays));
  }

  private constructor(front: UdpFront, relays: readonly UdpRelay[]) {
    this.#front = front;
    this.relays = relays;
    front.onForward = (_member, payload) => this.#note('station', payload);
  }

  get client(): DatagramSession {
    if (!this.#client) throw new Error('connect first');
    return this.#client;
  }

  async connect(options: { further?: boolean; limits?: RekeyLimits } = {}): Promise<void> {
    const { session, clientKey, stationKey } = this.#front.open(MEMBER, 'chacha20-poly1305');
    const [first, second] = this.relays.map(({ port }) => port);
    this.#client = await DatagramSession.open({
      keys: {
        session,
        suite: 'chacha20-poly1305',
        clientKey: Buffer.from(clientKey, 'base64'),
        stationKey: Buffer.from(stationKey, 'base64'),
      },
      peer: { address: host, port: first! },
      furtherUdpPorts: options.further ? [second!] : [],
      onPayload: (_channel, payload) => this.#note('client', payload),
      rekey: async (session) => this.#front.rekey(MEMBER, session),
      ...(options.limits ? { rekeyLimits: options.limits } : {}),
      log: silentLog,
    });
    await eventually(() => expect(this.client.stats().rttMs).not.toBeNull());
  }

  /** Joins both ends by a stream, as an SSH channel does; returns the client's end. */
  joinByStream(): Duplex {
    const [near, far] = duplexPair();
    this.client.attachStream(near);
    this.#front.attachStream(MEMBER, far);
    return near;
  }

  /** Both ends say a number every 10 ms. */
  talk(): void {
    this.#talking = setInterval(() => {
      for (const end of ['client', 'station'] as const) {
        this.sent[end] += 1;
        const payload = Buffer.alloc(60);
        payload.writeUInt32BE(this.sent[end]);
        if (end === 'client') this.client.send(CHANNEL.forward, payload);
        else this.#front.send(MEMBER, CHANNEL.forward, payload);
      }
    }, 10);
  }

  beQuiet(): void {
    clearInterval(this.#talking);
  }

  carriers(): [string, string] {
    const { carrierUp, carrierDown } = this.client.stats();
    return [carrierUp, carrierDown];
  }

  /** Longest pause that an end noticed since a moment, ms. */
  pause(end: End, since: number): number {
    const times = this.heard[end].map(({ at }) => at).filter((at) => at >= since);
    return Math.max(...[...times, performance.now()].map((at, n) => at - (times[n - 1] ?? since)));
  }

  async close(): Promise<void> {
    this.beQuiet();
    this.#client?.close();
    for (const relay of this.relays) relay.close();
    await this.#front.close();
  }

  #note(end: End, payload: Uint8Array): void {
    this.heard[end].push({ n: Buffer.from(payload).readUInt32BE(), at: performance.now() });
  }
}

/** Each test has a setting of its own, so that they can wait at the same time. */
const test = base.extend<{ setting: Setting }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  setting: async ({}, use) => {
    const setting = await Setting.make();
    await use(setting);
    await setting.close();
  },
});

describe('a datagram session', { concurrent: true }, () => {
  test('renews its keys three times a second and loses nothing', async ({ setting }) => {
    const { sent, heard } = setting;
    await setting.connect({ limits: { everyMs: 300, everyPackets: 2 ** 24 } });
    const { client } = setting;
    setting.talk();
    await eventually(() => expect(client.stats().rekeys).toBeGreaterThanOrEqual(8));
    setting.beQuiet();
    await eventually(() => {
      expect(heard.station.map(({ n }) => n)).toEqual(Array.from({ length: sent.client }, (_, n) => n + 1));
      expect(heard.client.map(({ n }) => n)).toEqual(Array.from({ length: sent.station }, (_, n) => n + 1));
    });
    expect(client.stats().dropped).toMatchObject({ malformed: 0, unauthentic: 0, unroutable: 0 });
  });

  test('renews its keys after so many packets', async ({ setting }) => {
    await setting.connect({ limits: { everyMs: 3_600_000, everyPackets: 50 } });
    const { client } = setting;
    setting.talk();
    await eventually(() => expect(client.stats().rekeys).toBeGreaterThanOrEqual(2));
  });

  test('goes on over the stream when UDP dies, and comes back', { timeout: 40_000 }, async ({ setting }) => {
    const { relays, heard } = setting;
    await setting.connect();
    const { client } = setting;
    setting.joinByStream();
    setting.talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(50));
    expect(setting.carriers()).toEqual(['udp', 'udp']);
    relays[0]!.blocked.add('up').add('down');
    const blockedAt = performance.now();
    await eventually(() => expect(setting.carriers()).toEqual(['stream', 'stream']));
    expect(performance.now() - blockedAt).toBeLessThan(3500);
    const settled = heard.client.length;
    await eventually(() => expect(heard.client.length).toBeGreaterThan(settled + 50));
    expect(setting.pause('client', blockedAt)).toBeLessThan(2500);
    expect(setting.pause('station', blockedAt)).toBeLessThan(2500);
    await eventually(() => expect(client.stats().carrierReason).toMatch(/^no UDP answer for \d+ s$/));
    relays[0]!.blocked.clear();
    await eventually(() => expect(setting.carriers()).toEqual(['udp', 'udp']));
    expect(new Set(heard.client.map(({ n }) => n)).size).toBe(heard.client.length);
  });

  test('goes to another UDP port of the station', { timeout: 30_000 }, async ({ setting }) => {
    const { relays, heard } = setting;
    await setting.connect({ further: true });
    setting.talk();
    relays[0]!.blocked.add('up').add('down');
    const second = `udp:${relays[1]!.port}`;
    await eventually(() => expect(setting.carriers()).toEqual([second, second]));
    const settled = heard.station.length;
    await eventually(() => expect(heard.station.length).toBeGreaterThan(settled + 50));
  });

  test('opens new sockets when the old ports are dead', { timeout: 30_000 }, async ({ setting }) => {
    const { relays, heard } = setting;
    await setting.connect();
    const { client } = setting;
    setting.talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(10));
    relays[0]!.kill();
    const before = [...relays[0]!.seen];
    const killedAt = performance.now();
    await eventually(() => expect(client.stats().heardAgoMs).toBeGreaterThan(1000));
    await eventually(() => expect(client.stats().heardAgoMs).toBeLessThan(100));
    expect(performance.now() - killedAt).toBeLessThan(9000);
    expect(relays[0]!.seen.size).toBeGreaterThan(before.length);
  });

  test('forgets a stream that ends, and takes another', async ({ setting }) => {
    const { relays, heard } = setting;
    await setting.connect();
    relays[0]!.blocked.add('up').add('down');
    const first = setting.joinByStream();
    setting.talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(20));
    first.destroy();
    setting.joinByStream();
    const { length } = heard.client;
    await eventually(() => expect(heard.client.length).toBeGreaterThan(length + 20));
  });

  test('rests, and is there at once when somebody talks, on a path that died meanwhile', async ({
    setting,
  }) => {
    const { relays, heard } = setting;
    await setting.connect();
    const { client } = setting;
    setting.joinByStream();
    let before = { packets: 0, at: performance.now() };
    await eventually(() => {
      const packets = client.stats().datagramsSent;
      if (packets !== before.packets) before = { packets, at: performance.now() };
      expect(performance.now() - before.at).toBeGreaterThan(3000);
    });
    expect(client.stats()).toMatchObject({ silent: false, heardAgoMs: 0, acknowledgedAgoMs: 0 });
    relays[0]!.blocked.add('up').add('down');
    const from = performance.now();
    setting.talk();
    await eventually(() => expect(Math.min(heard.client.length, heard.station.length)).toBeGreaterThan(0));
    expect(performance.now() - from).toBeLessThan(1000);
    await eventually(() => expect(setting.carriers()).toEqual(['stream', 'stream']));
    expect(performance.now() - from).toBeLessThan(3500);
    const settled = heard.client.length;
    await eventually(() => expect(heard.client.length).toBeGreaterThan(settled + 50));
    for (const end of ['client', 'station'] as const) expect(setting.pause(end, from)).toBeLessThan(2500);
  }, 40_000);

  test('does not take garbage in the stream for packets', async ({ setting }) => {
    const { heard } = setting;
    await setting.connect();
    const { client } = setting;
    const [near, far] = duplexPair();
    client.attachStream(near);
    far.write(Buffer.alloc(5000, 0xff));
    await eventually(() => expect(near.destroyed).toBe(true));
    setting.talk();
    await eventually(() => expect(heard.client.length).toBeGreaterThan(10));
  });
});
