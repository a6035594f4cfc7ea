/**
 * A simulated network and clock for the pure cores: two Connections joined by a link that loses, delays, reorders
 * and duplicates datagrams as a seeded generator says. No socket, no real time.
 */

import { Connection, type Endpoint } from '../../src/net/protocol/connection.ts';
import { CHANNEL, type Channel, type Suite } from '../../src/net/protocol/constants.ts';

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface LinkOptions {
  seed: number;
  loss: number;
  duplicate: number;
  /** One-way delay, ms, and what is added at random. */
  delayMs: number;
  jitterMs: number;
  suite?: Suite;
}

interface InFlight {
  at: number;
  to: 'client' | 'station';
  from: Endpoint;
  bytes: Uint8Array;
}

export interface Heard {
  at: number;
  channel: Channel;
  payload: Uint8Array;
}

export const CLIENT_KEY = new Uint8Array(32).fill(1);
export const STATION_KEY = new Uint8Array(32).fill(2);
const STATION: Endpoint = { address: '192.0.2.1', port: 2222 };

export class Simulation {
  now = 0;
  clientAddress: Endpoint = { address: '198.51.100.7', port: 40000 };
  readonly client: Connection;
  readonly station: Connection;
  readonly heard = { client: [] as Heard[], station: [] as Heard[] };
  /** Every datagram that was put on the wire. */
  readonly wire: InFlight[] = [];
  #flying: InFlight[] = [];
  #random: () => number;
  options: LinkOptions;

  constructor(options: LinkOptions) {
    this.options = options;
    this.#random = seededRandom(options.seed);
    const common = {
      session: 77,
      suite: options.suite ?? 'chacha20-poly1305',
      clientKey: CLIENT_KEY,
      stationKey: STATION_KEY,
      now: 0,
    } as const;
    this.client = new Connection({ ...common, role: 'client', remote: STATION });
    this.station = new Connection({ ...common, role: 'station', remote: null });
  }

  send(end: 'client' | 'station', payload: Uint8Array, channel: Channel = CHANNEL.voice): boolean {
    const sent = this[end].send(channel, payload, this.now);
    this.drain();
    return sent;
  }

  /** Puts bytes on the wire as they are: an attacker. */
  inject(to: 'client' | 'station', bytes: Uint8Array, from: Endpoint): void {
    this[to].receive(bytes, from, this.now);
    this.drain();
  }

  /** Runs all that happens until `until`, ms. */
  run(until: number): void {
    for (;;) {
      this.#flying.sort((a, b) => a.at - b.at);
      const next = Math.min(
        this.#flying[0]?.at ?? Infinity,
        this.client.nextDeadline(),
        this.station.nextDeadline(),
      );
      if (next > until) break;
      this.now = Math.max(this.now, next);
      this.client.tick(this.now);
      this.station.tick(this.now);
      while (this.#flying[0] && this.#flying[0].at <= this.now) {
        const { to, from, bytes } = this.#flying.shift()!;
        this[to].receive(bytes, from, this.now);
      }
      this.drain();
    }
    this.now = until;
  }

  drain(): void {
    for (const end of ['client', 'station'] as const) {
      for (let out = this[end].poll(); out; out = this[end].poll()) {
        if (out.kind === 'datagram') this.#fly(end, out.bytes, out.to);
        if (out.kind === 'payload')
          this.heard[end].push({ at: this.now, channel: out.channel, payload: out.payload });
      }
    }
  }

  #fly(sender: 'client' | 'station', bytes: Uint8Array, to: Endpoint): void {
    const { loss, duplicate, delayMs, jitterMs } = this.options;
    const flight: InFlight = {
      at: this.now + delayMs + this.#random() * jitterMs,
      to: sender === 'client' ? 'station' : 'client',
      from: sender === 'client' ? this.clientAddress : STATION,
      bytes,
    };
    this.wire.push(flight);
    const reachable =
      sender === 'client' ||
      (to.address === this.clientAddress.address && to.port === this.clientAddress.port);
    if (!reachable || this.#random() < loss) return;
    this.#flying.push(flight);
    if (this.#random() < duplicate)
      this.#flying.push({ ...flight, at: flight.at + this.#random() * jitterMs });
  }
}
