/**
 * One peer of the datagram plane: seals and opens packets, guards against replay, chooses routes. Pure: bytes and
 * the time come in, bytes and events go out through poll().
 *
 * Three drivers run this class: the client's tunnel worker, the station's UDP front and the simulator of the
 * tests. A driver reads the clock once per wake-up and calls poll() until undefined after every other call.
 *
 * A packet that does not authenticate changes nothing but a counter. Each direction has a key, so a packet sent
 * back to its sender does not authenticate. Counters start at 1 and run on over a renewal of the keys.
 */
import type { ConnectionStats, Drops } from './connection-stats.ts';
import {
  CHANNEL,
  CHANNEL_BYTES,
  type Channel,
  type Route,
  SILENT_AFTER_MS,
  STREAM_ROUTE,
  type Suite,
} from './constants.ts';
import { DuplicateBudget } from './duplicates.ts';
import { Epochs, type SessionKeys } from './epochs.ts';
import { Ladder } from './ladder.ts';
import { Liveness } from './liveness.ts';
import { decodeHeader } from './packet.ts';
import type { Output } from './outputs.ts';
import type { Endpoint, Path } from './path.ts';
import { Probing, type ProbeSender } from './probing.ts';
import { ReplayWindow } from './replay.ts';
import { Rhythm } from './rhythm.ts';
import { Routes } from './routes.ts';
import { openPacket } from './sealed-packet.ts';
import { Sender } from './sender.ts';

export type { ConnectionStats, Drops } from './connection-stats.ts';
export type { Output } from './outputs.ts';
export type { Endpoint } from './path.ts';

export interface ConnectionOptions extends SessionKeys {
  /** The client probes the path; the station answers and learns the client's address from its packets. */
  readonly role: 'client' | 'station';
  /** Where route 0 leads. */
  readonly remote: Endpoint | null;
  /** Monotonic ms. */
  readonly now: number;
}

export class Connection {
  readonly liveness: Liveness;
  readonly #suite: Suite;
  readonly #startedAt: number;
  readonly #epochs: Epochs;
  readonly #replay = new ReplayWindow();
  readonly #rhythm: Rhythm;
  readonly #routes: Routes;
  readonly #ladder = new Ladder();
  readonly #sender: Sender;
  readonly #probing: Probing;
  readonly #duplicates = new DuplicateBudget();
  readonly #dropped: Drops = { malformed: 0, unauthentic: 0, replayed: 0, unsent: 0, tooLarge: 0 };
  #rekeys = 0;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#suite = options.suite;
    this.#startedAt = options.now;
    this.#epochs = new Epochs(options.role, options);
    this.#rhythm = new Rhythm(options.now);
    this.#routes = new Routes(options.remote, this.#rhythm);
    this.#sender = new Sender(this.#epochs, this.#routes);
    this.liveness = new Liveness(this.#routes, this.#rhythm);
    const sendProbe: ProbeSender = (route, payload) => this.#sender.sendOn(route, CHANNEL.probe, payload);
    this.#probing = new Probing(options.role, this.#routes, this.#ladder, this.#rhythm, sendProbe);
    this.#probing.choose(options.now);
  }

  /** Where the peer is on route 0, as far as its packets told. */
  get remote(): Endpoint | null {
    return this.#path(0).remote;
  }

  /** Packets of the busier direction so far: what a limit on packets for each key is measured by. */
  get packets(): number {
    return Math.max(this.#sender.sent, this.#replay.highest);
  }

  /** Payloads of both directions so far: what is not a probe. */
  get payloads(): number {
    return this.#probing.payloads;
  }

  /** False from a renewal of the keys until the other end used them. */
  get settled(): boolean {
    return this.#epochs.settled;
  }

  /** A UDP route leads there from now on; null takes it away. */
  lead(route: Route, remote: Endpoint | null, now: number): void {
    this.#path(route).lead(remote);
    this.#path(route).restart();
    this.#probing.stir(now);
    this.#probing.choose(now);
  }

  /** The stream is there, or gone. */
  openStream(open: boolean, now: number): void {
    this.#path(STREAM_ROUTE).available = open;
    this.#path(STREAM_ROUTE).restart();
    this.#probing.stir(now);
    this.#probing.choose(now);
  }

  /** Ends a rest of this client: somebody uses it. */
  stir(now: number): void {
    this.#probing.stir(now);
  }

  /** Ends the rest of a client that this station has to hear from soon. */
  rouse(now: number): void {
    this.#probing.rouse(now);
  }

  /** The local socket is another one: what waits for an answer gets none, and the peer should hear of it at once. */
  reopened(now: number): void {
    for (const path of this.#routes.paths) path.restart();
    this.#probing.pingAll(now);
  }

  /** Takes new keys for the same session (see epochs.ts). The caller wipes its copies. */
  renew(keys: SessionKeys, now: number): void {
    if (this.#closed) return;
    this.#epochs.renew(keys);
    this.#rekeys += 1;
    this.#retire(now);
  }

  /** Whether that is where the peer is on a route. */
  isAt(route: Route, from: Endpoint): boolean {
    const remote = this.#path(route).remote;
    return remote !== null && remote.port === from.port && remote.address === from.address;
  }

  /**
   * Takes a datagram from the network, of any content; false if it did not authenticate. Never throws on it. `from` is null
   * for the stream. The datagram is opened in place: its bytes are ours from here on.
   */
  receive(datagram: Uint8Array, from: Endpoint | null, now: number, route: Route = 0): boolean {
    if (this.#closed) return true;
    const header = decodeHeader(datagram);
    const epoch = header && this.#epochs.find(header.receiver);
    if (!epoch) {
      this.#dropped.malformed += 1;
      return false;
    }
    const plain = openPacket(epoch.opening, header.counter, datagram);
    if (!plain) {
      this.#dropped.unauthentic += 1;
      return false;
    }
    const newest = header.counter > this.#replay.highest;
    if (!this.#replay.accept(header.counter)) {
      this.#dropped.replayed += 1;
      return true;
    }
    this.#epochs.opened(epoch, now);
    this.#heard(route, from, newest, now);
    this.#dispatch(plain, route, now);
    return true;
  }

  /**
   * Seals and queues one datagram. False, and counted, if no address is known yet or the payload is larger than what
   * passes: nothing is ever cut or kept for later.
   */
  send(channel: Channel, payload: Uint8Array, now: number): boolean {
    const { primary, second } = this.#ladder;
    if (primary === undefined || this.#sender.full) {
      this.#dropped.unsent += 1;
      return false;
    }
    if (payload.length > this.#sender.limit(primary)) {
      this.#dropped.tooLarge += 1;
      return false;
    }
    const bytes = this.#sender.seal(channel, payload);
    this.#sender.put(primary, channel, bytes);
    const twice = second !== undefined && payload.length <= this.#sender.limit(second);
    if (twice && this.#duplicates.allows(channel, now)) this.#sender.put(second, channel, bytes);
    this.#probing.sentPayload(now);
    return true;
  }

  /** Largest payload that send() takes now, bytes. */
  maxPayload(): number {
    return this.#sender.limit(this.#ladder.primary ?? 0);
  }

  /** Does what is due: pings, another route, old keys wiped. */
  tick(now: number): void {
    if (this.#closed || now < this.nextDeadline()) return;
    this.#retire(now);
    this.#probing.tick(now);
  }

  /** When tick() has something to do, ms; Infinity if never. */
  nextDeadline(): number {
    return this.#closed
      ? Number.POSITIVE_INFINITY
      : Math.min(this.#probing.nextDeadline, this.#epochs.expiresAt);
  }

  /** The next output, until undefined. */
  poll(): Output | undefined {
    return this.#sender.poll();
  }

  stats(now: number): ConnectionStats {
    const acknowledgedAgoMs = this.liveness.unansweredMs(now);
    const { primary, known } = this.#ladder;
    return {
      suite: this.#suite,
      sent: this.#sender.sent,
      received: this.#probing.receivedInAll,
      dropped: { ...this.#dropped },
      rttMs: this.#routes.rtt(primary),
      lossOut: this.#probing.lossOut.loss(),
      lossIn: this.#probing.lossIn.loss(),
      heardAgoMs: this.liveness.silenceMs(now),
      acknowledgedAgoMs,
      silent: this.#probing.pings && (acknowledgedAgoMs ?? now - this.#startedAt) > SILENT_AFTER_MS,
      up: primary,
      down: this.#routes.best(now),
      confirmed: known,
      mtu: this.maxPayload(),
      rekeys: this.#rekeys,
      routes: this.#routes.states((route) => this.#ladder.isHeard(route), now),
    };
  }

  /** Forgets the keys; every later call does nothing. */
  close(): void {
    this.#closed = true;
    this.#sender.close();
    this.#epochs.close();
  }

  #path(route: Route): Path {
    return this.#routes.paths[route] as Path;
  }

  #heard(route: Route, from: Endpoint | null, newest: boolean, now: number): void {
    const path = this.#path(route);
    path.hearing.heard(now);
    if (!from) return;
    const before = path.remote;
    if (path.heardFrom(from, newest, now))
      this.#sender.tell({ kind: 'moved', route, from: before, to: from });
    if (before === null) this.#probing.choose(now);
  }

  #dispatch(plain: Uint8Array, route: Route, now: number): void {
    const payload = plain.subarray(CHANNEL_BYTES);
    const channel = plain[0];
    if (channel === CHANNEL.voice || channel === CHANNEL.forward) {
      this.#probing.receivedPayload(now);
      this.#sender.tell({ kind: 'payload', channel, payload });
    } else if (channel !== CHANNEL.probe || !this.#probing.take(payload, route, now)) {
      this.#dropped.malformed += 1;
    }
  }

  #retire(now: number): void {
    this.#epochs.tick(now);
    for (const session of this.#epochs.takeRetired()) this.#sender.tell({ kind: 'retired', session });
  }
}
