/**
 * A simulated network and clock for the pure cores: two Connections joined by a link that loses, delays, reorders
 * and duplicates datagrams as a seeded generator says. No socket, no real time.
 */

import { seededRandom } from '../../src/lab/random.ts';
import { Connection, type Endpoint, type Output } from '../../src/net/protocol/connection.ts';
import {
  CHANNEL,
  type Channel,
  type Route,
  STREAM_ROUTE,
  type Suite,
} from '../../src/net/protocol/constants.ts';

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
  route: Route;
  /** null on the stream. */
  from: Endpoint | null;
  bytes: Uint8Array;
  channel: Channel;
}

export interface Heard {
  at: number;
  channel: Channel;
  payload: Uint8Array;
}

/** A direction of a route, such as "up0" or "down7". */
export type Way = `${'up' | 'down'}${number}`;

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
  /** Ways on which nothing passes. */
  readonly blocked = new Set<Way>();
  /** Largest datagram that passes by UDP, bytes. */
  maxPacket = Number.POSITIVE_INFINITY;
  #flying: InFlight[] = [];
  #streamClear = { client: 0, station: 0 };
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
  inject(to: 'client' | 'station', bytes: Uint8Array, from: Endpoint | null): void {
    this[to].receive(Uint8Array.from(bytes), from, this.now);
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
        const { to, from, bytes, route } = this.#flying.shift()!;
        this[to].receive(Uint8Array.from(bytes), from, this.now, route); // a receiver opens it in place
      }
      this.drain();
    }
    this.now = until;
  }

  drain(): void {
    for (const end of ['client', 'station'] as const) {
      for (let out = this[end].poll(); out; out = this[end].poll()) {
        if (out.kind === 'datagram') this.#fly(end, out);
        if (out.kind === 'payload')
          this.heard[end].push({ at: this.now, channel: out.channel, payload: out.payload });
      }
    }
  }

  /** Opens further UDP routes and, if asked, the stream. */
  openRoutes(further: number, stream: boolean): void {
    for (let route = 1; route <= further; route++) {
      this.client.lead(route, { ...STATION, port: STATION.port + route }, this.now);
    }
    if (!stream) return;
    this.client.openStream(true, this.now);
    this.station.openStream(true, this.now);
  }

  #fly(sender: 'client' | 'station', out: Extract<Output, { kind: 'datagram' }>): void {
    const { loss, duplicate, delayMs, jitterMs } = this.options;
    const { route, bytes, channel } = out;
    const to = sender === 'client' ? 'station' : 'client';
    const flight = { at: this.now + delayMs + this.#random() * jitterMs, to, route, bytes, channel } as const;
    const way: Way = `${sender === 'client' ? 'up' : 'down'}${route}`;
    if (route === STREAM_ROUTE) {
      // In order and without loss, as TCP is.
      const at = Math.max(this.#streamClear[sender], flight.at);
      this.#streamClear[sender] = at;
      this.wire.push({ ...flight, from: null, at });
      if (!this.blocked.has(way)) this.#flying.push({ ...flight, from: null, at });
      return;
    }
    const here = { ...this.clientAddress, port: this.clientAddress.port + route };
    const datagram = {
      ...flight,
      from: sender === 'client' ? here : { ...STATION, port: STATION.port + route },
    };
    this.wire.push(datagram);
    const reachable = sender === 'client' || (out.to?.address === here.address && out.to.port === here.port);
    if (bytes.length > this.maxPacket) return;
    if (!reachable || this.blocked.has(way) || this.#random() < loss) return;
    this.#flying.push(datagram);
    if (this.#random() < duplicate)
      this.#flying.push({ ...datagram, at: datagram.at + this.#random() * jitterMs });
  }
}
