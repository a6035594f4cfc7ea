/**
 * Probes of a connection: the client pings its routes, the station answers; both learn from them which routes work, the
 * round trip and the loss each way. Pure.
 *
 * A pong goes back on the route that its ping came by, and also on the route in use and on the best one that has an address:
 * the client so learns that its ping arrived although the way back is blocked, and that a way down works although the
 * way up is blocked. A pong that no ping asked for, with id 0, ends the client's rest (rhythm.ts).
 */
import { PROBE_INTERVAL_MS, type Route, ROUTES, STREAM_ROUTE } from './constants.ts';
import { type Ladder, lowest } from './ladder.ts';
import { LossWindow } from './loss.ts';
import { Pinger, type Use } from './pinger.ts';
import { decodeProbe, encodeProbe, PROBE_BYTES, type Probe } from './probe.ts';
import type { Rhythm } from './rhythm.ts';
import type { Routes } from './routes.ts';

/** The id of a pong to no ping. */
const ROUSING_ID = 0;

/** Sends a probe's payload on one route. */
export type ProbeSender = (route: Route, payload: Uint8Array) => void;

export class Probing {
  readonly lossOut = new LossWindow();
  readonly lossIn = new LossWindow();
  /** True for the end that pings. */
  readonly pings: boolean;
  /** Authentic packets, trials included. */
  receivedInAll = 0;
  /** Payloads sent and received. */
  payloads = 0;
  nextDeadline: number;
  readonly #routes: Routes;
  readonly #ladder: Ladder;
  readonly #rhythm: Rhythm;
  readonly #send: ProbeSender;
  readonly #pinger: Pinger;
  #use: Use = { up: undefined, down: undefined, doubts: false, resting: false };
  #nextId = ROUSING_ID + 1;
  /** Packets sent and received without trials, and what was received when the other end had sent `#of`. */
  #sent = 0;
  #received = 0;
  #report = { received: 0, of: 0 };
  /** What the last probe stated. */
  #heard = 0;
  #copiedAt = Number.NEGATIVE_INFINITY;

  constructor(role: 'client' | 'station', routes: Routes, ladder: Ladder, rhythm: Rhythm, send: ProbeSender) {
    this.pings = role === 'client';
    this.#routes = routes;
    this.#ladder = ladder;
    this.#rhythm = rhythm;
    this.#send = send;
    this.#pinger = new Pinger(routes.paths);
    this.nextDeadline = Number.NEGATIVE_INFINITY;
  }

  /** A payload goes out. */
  sentPayload(now: number): void {
    this.payloads += 1;
    this.#sent += 1;
    this.stir(now);
  }

  /** An authentic payload came. */
  receivedPayload(now: number): void {
    this.payloads += 1;
    this.#count(false);
    if (this.pings) this.stir(now);
    else this.#rhythm.stir(now);
  }

  /** Ends a rest of the client, which asks at once how the routes are; a station follows. */
  stir(now: number): void {
    if (this.pings && this.#rhythm.stir(now)) this.pingAll(now);
  }

  /** Ends the rest of the client, which the station has to hear from. */
  rouse(now: number): void {
    if (!this.#rhythm.stir(now)) return;
    this.choose(now);
    const { primary, second } = this.#ladder;
    const what = { kind: 'pong', id: ROUSING_ID, length: PROBE_BYTES } as const;
    for (const route of [primary, second])
      if (route !== undefined) this.#probe({ ...what, route }, route, now);
  }

  /** Takes a probe's payload; false if it is none. */
  take(payload: Uint8Array, route: Route, now: number): boolean {
    const probe = decodeProbe(payload);
    this.#count(probe?.trial ?? false);
    if (!probe) return false;
    if (probe.sent > this.#report.of) {
      this.#report = { received: this.#received, of: probe.sent };
      this.lossIn.report(this.#received, probe.sent);
    }
    this.lossOut.report(probe.received, probe.of);
    this.#ladder.state(probe.heard, probe.doubt, now);
    if (probe.kind === 'ping') this.#answer(probe, route, now);
    else if (probe.id === ROUSING_ID) this.stir(now);
    else this.#answered(probe, route, now);
    return true;
  }

  /** Sends the pings that are due and chooses routes anew. */
  tick(now: number): void {
    this.choose(now);
    if (!this.pings) return;
    if (this.#mayRest() && this.#rhythm.rest(now)) return this.#beginRest(now);
    const heard = this.#routes.heard(now);
    if (heard !== this.#heard) return this.pingAll(now); // the station should know at once
    for (let route = 0; route < ROUTES; route++) {
      if (this.#pinger.dueAt(route, this.#use, now) <= now) this.#ping(route, now);
      this.#searchMtu(route, now);
    }
    this.#plan(now);
  }

  /**
   * A rest is for a route that is known to work both ways, so that a missing answer tells of either, and with a stream
   * beside it: on what a station sends first after a rest, a dead route may lie.
   */
  #mayRest(): boolean {
    const { up, down, doubts } = this.#use;
    const stream = this.#routes.paths[STREAM_ROUTE]?.available === true;
    return stream && up !== undefined && up === down && this.#ladder.known && !doubts && this.#isTimed(up);
  }

  /** The station must know before the pings come late: an answer that is overdue ends the rest. */
  #beginRest(now: number): void {
    this.choose(now);
    if (this.#use.up !== undefined) this.#ping(this.#use.up, now);
    this.#plan(now);
  }

  /** An answer can be overdue there. */
  #isTimed(route: Route): boolean {
    return (this.#routes.paths[route]?.pings.rtt.smoothedMs ?? null) !== null;
  }

  /** Pings every route now. */
  pingAll(now: number): void {
    this.choose(now);
    for (let route = 0; route < ROUTES; route++)
      if (this.#routes.paths[route]?.available) this.#ping(route, now);
    this.#plan(now);
  }

  /** Chooses routes for what is sent next. */
  choose(now: number): void {
    const doubts = this.pings && now >= this.#overdueAt();
    if (doubts) this.#rhythm.stir(now);
    const { resting, countsFrom } = this.#rhythm;
    this.#ladder.choose(this.#routes.available(), doubts, countsFrom, now);
    this.#use = { up: this.#ladder.primary, down: this.#routes.best(now), doubts, resting };
    this.#plan(now);
  }

  #plan(now: number): void {
    const { doubts } = this.#use;
    const change = Math.min(
      this.#ladder.staleAt,
      doubts || !this.pings ? Number.POSITIVE_INFINITY : this.#overdueAt(),
    );
    this.nextDeadline = this.pings ? Math.min(change, this.#pinger.nextAt(this.#use, now)) : change;
  }

  /**
   * When an answer on a route in use is overdue, ms; at rest one on the stream too, since it is seldom asked. What never
   * arrives where it goes is not waited for.
   */
  #overdueAt(): number {
    const { up, down, resting } = this.#use;
    const at = (route: Route): number =>
      this.#routes.paths[route]?.pings.overdueAt() ?? Number.POSITIVE_INFINITY;
    const upAt = up === undefined ? Number.POSITIVE_INFINITY : at(up);
    const usedAt = down === undefined || !this.#ladder.isHeard(down) ? upAt : Math.min(upAt, at(down));
    return resting ? Math.min(usedAt, at(STREAM_ROUTE)) : usedAt;
  }

  #searchMtu(route: Route, now: number): void {
    const path = this.#routes.paths[route];
    if (!path || this.#pinger.searchAt(route, this.#use) > now) return;
    const size = path.search.due(now);
    if (size === undefined) return;
    const id = this.#takeId();
    path.search.sent(id, now);
    this.#probe({ kind: 'ping', id, route, length: size }, route, now);
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0 || ROUSING_ID + 1;
    return id;
  }

  #ping(route: Route, now: number): void {
    const id = this.#takeId();
    this.#routes.paths[route]?.pings.sent(id, now);
    this.#probe({ kind: 'ping', id, route, length: PROBE_BYTES }, route, now);
  }

  #answer(ping: Probe, route: Route, now: number): void {
    this.#rhythm.follow(ping.rest, now);
    this.choose(now);
    this.#routes.paths[ping.route]?.stateMtu(ping.mtu);
    const pong = { kind: 'pong', id: ping.id, route: ping.route, length: ping.length } as const;
    this.#probe(pong, route, now);
    const { primary } = this.#ladder;
    const copy = { ...pong, length: PROBE_BYTES };
    if (primary !== undefined && primary !== route) this.#probe(copy, primary, now);
    const best = lowest(this.#routes.available());
    if (best === undefined || best === route || best === primary) return;
    if (now - this.#copiedAt < PROBE_INTERVAL_MS) return;
    this.#copiedAt = now;
    this.#probe(copy, best, now);
  }

  #answered(pong: Probe, route: Route, now: number): void {
    const path = this.#routes.paths[pong.route];
    if (!path?.search.answered(pong.id, now) && path?.pings.take(pong.id, pong.route === route, now))
      this.#pinger.answered();
    this.choose(now);
  }

  #count(trial: boolean): void {
    this.receivedInAll += 1;
    if (!trial) this.#received += 1;
  }

  #probe(what: Pick<Probe, 'kind' | 'id' | 'route' | 'length'>, route: Route, now: number): void {
    // A padded one may fail because of its size alone.
    const trial = route !== this.#ladder.primary || what.length > PROBE_BYTES;
    if (!trial) this.#sent += 1;
    const heard = this.#routes.heard(now);
    this.#heard = heard;
    const { doubts: doubt, resting: rest } = this.#use;
    const mtu = this.pings ? (this.#routes.paths[route]?.mtu ?? 0) : 0;
    this.#send(
      route,
      encodeProbe({ ...what, heard, trial, doubt, rest, mtu, sent: this.#sent, ...this.#report }),
    );
  }
}
