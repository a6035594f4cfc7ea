/**
 * One peer of the datagram plane: seals and opens packets, guards against replay, probes the path. Pure: bytes and
 * the time come in, bytes and events go out through poll().
 *
 * Three drivers run this class: the client's tunnel worker, the station's UDP front and the simulator of the
 * tests. A driver reads the clock once per wake-up and calls poll() until undefined after every other call.
 *
 * A packet that does not authenticate changes nothing but a counter. Each direction has a key, so a packet sent
 * back to its sender does not authenticate. Counters start at 1 with each session's fresh keys and only grow.
 * (A rekey will be a new session index with new keys beside the old: the header needs no change for it.)
 */
import {
  CHANNEL,
  CHANNEL_BYTES,
  type Channel,
  HEADER_BYTES,
  MAX_COUNTER,
  MAX_OUTPUTS,
  MAX_PAYLOAD_BYTES,
  type Suite,
  TAG_BYTES,
} from './constants.ts';
import { LossWindow } from './loss.ts';
import { decodeHeader, encodeHeader } from './packet.ts';
import { type Endpoint, Path } from './path.ts';
import { decodeProbe, encodeProbe, type Probe } from './probe.ts';
import { ReplayWindow } from './replay.ts';
import { type Aead, createAead } from './seal.ts';

export type { Endpoint } from './path.ts';

export interface ConnectionOptions {
  /** The client probes the path; the station answers and learns the client's address from its packets. */
  readonly role: 'client' | 'station';
  /** The session index that the station gave out. */
  readonly session: number;
  readonly suite: Suite;
  /** Key that seals what the client sends, 32 bytes; the caller keeps (and wipes) its copy. */
  readonly clientKey: Uint8Array;
  readonly stationKey: Uint8Array;
  readonly remote: Endpoint | null;
  /** Monotonic ms. */
  readonly now: number;
}

export type Output =
  | { readonly kind: 'datagram'; readonly bytes: Uint8Array; readonly to: Endpoint }
  /** An authentic payload; a view into memory that nobody else uses. */
  | { readonly kind: 'payload'; readonly channel: Channel; readonly payload: Uint8Array }
  | { readonly kind: 'moved'; readonly from: Endpoint | null; readonly to: Endpoint };

/** Packets dropped, by reason. */
export interface Drops {
  /** Wrong length, type, session, counter or channel. */
  malformed: number;
  unauthentic: number;
  /** Authentic, but seen before or older than the replay window. */
  replayed: number;
  /** Ours that could not go out: no address yet, too large, or the outputs were not drained. */
  unsent: number;
}

export interface ConnectionStats {
  readonly suite: Suite;
  readonly sent: number;
  readonly received: number;
  readonly dropped: Readonly<Drops>;
  /** Smoothed round trip, ms. */
  readonly rttMs: number | null;
  /** Loss from us to the peer, 0..1, as the peer reports it. */
  readonly lossOut: number | null;
  readonly lossIn: number | null;
  /** Since the last authentic packet, ms. */
  readonly heardAgoMs: number | null;
  readonly silent: boolean;
}

export class Connection {
  readonly #role: 'client' | 'station';
  readonly #session: number;
  readonly #suite: Suite;
  readonly #sealing: Aead;
  readonly #opening: Aead;
  readonly #replay = new ReplayWindow();
  readonly #path: Path;
  readonly #lossOut = new LossWindow();
  readonly #lossIn = new LossWindow();
  readonly #dropped: Drops = { malformed: 0, unauthentic: 0, replayed: 0, unsent: 0 };
  #outputs: Output[] = [];
  #sent = 0;
  #received = 0;
  #heardAt: number | null = null;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#role = options.role;
    this.#session = options.session;
    this.#suite = options.suite;
    const client = createAead(options.suite, options.clientKey);
    const station = createAead(options.suite, options.stationKey);
    this.#sealing = options.role === 'client' ? client : station;
    this.#opening = options.role === 'client' ? station : client;
    this.#path = new Path(options.remote, options.now);
  }

  /** Where the peer is, as far as its packets told. */
  get remote(): Endpoint | null {
    return this.#path.remote;
  }

  /** Takes a datagram from the network, of any content. Never throws on it. */
  receive(datagram: Uint8Array, from: Endpoint, now: number): void {
    if (this.#closed) return;
    const header = decodeHeader(datagram);
    if (!header || header.receiver !== this.#session) {
      this.#dropped.malformed += 1;
      return;
    }
    const plain = Buffer.allocUnsafe(datagram.length - HEADER_BYTES - TAG_BYTES);
    const aad = datagram.subarray(0, HEADER_BYTES);
    if (!this.#opening.open(header.counter, aad, datagram.subarray(HEADER_BYTES), plain)) {
      this.#dropped.unauthentic += 1;
      return;
    }
    const newest = header.counter > this.#replay.highest;
    if (!this.#replay.accept(header.counter)) {
      this.#dropped.replayed += 1;
      return;
    }
    this.#received += 1;
    this.#heardAt = now;
    const before = this.#path.remote;
    if (this.#path.heardFrom(from, newest, now)) this.#put({ kind: 'moved', from: before, to: from });
    this.#dispatch(plain, now);
  }

  /**
   * Seals and queues one datagram. False, and counted, if no address is known yet or the payload is over
   * 1,200 bytes: nothing is ever cut or kept for later.
   */
  send(channel: Channel, payload: Uint8Array, _now: number): boolean {
    const to = this.#path.remote;
    const full = this.#outputs.length >= MAX_OUTPUTS || this.#sent >= MAX_COUNTER;
    if (this.#closed || !to || full || payload.length > MAX_PAYLOAD_BYTES) {
      this.#dropped.unsent += 1;
      return false;
    }
    this.#sent += 1;
    const bytes = Buffer.allocUnsafe(HEADER_BYTES + CHANNEL_BYTES + payload.length + TAG_BYTES);
    encodeHeader(bytes, this.#session, this.#sent);
    bytes[HEADER_BYTES] = channel;
    bytes.set(payload, HEADER_BYTES + CHANNEL_BYTES);
    const sealed = bytes.subarray(HEADER_BYTES);
    const plain = bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES);
    this.#sealing.seal(this.#sent, bytes.subarray(0, HEADER_BYTES), plain, sealed);
    this.#put({ kind: 'datagram', bytes, to });
    return true;
  }

  /** Does what is due: the client's probes. */
  tick(now: number): void {
    if (this.#closed || now < this.nextDeadline()) return;
    this.#lossIn.report(this.#received, this.#replay.highest);
    this.#sendProbe('ping', this.#path.probe(now), now);
  }

  /** When tick() has something to do, ms; Infinity if never. */
  nextDeadline(): number {
    return this.#closed || this.#role === 'station' ? Number.POSITIVE_INFINITY : this.#path.nextProbeAt;
  }

  /** The next output, until undefined. */
  poll(): Output | undefined {
    if (this.#outputs.length === 0) return undefined;
    if (this.#outputs.length === 1) return this.#outputs.pop();
    return this.#outputs.shift();
  }

  stats(now: number): ConnectionStats {
    return {
      suite: this.#suite,
      sent: this.#sent,
      received: this.#received,
      dropped: { ...this.#dropped },
      rttMs: this.#path.rtt.smoothedMs,
      lossOut: this.#lossOut.loss(),
      lossIn: this.#lossIn.loss(),
      heardAgoMs: this.#heardAt === null ? null : now - this.#heardAt,
      silent: this.#path.silent,
    };
  }

  /** Forgets the keys; every later call does nothing. */
  close(): void {
    this.#closed = true;
    this.#outputs = [];
    this.#sealing.wipe();
    this.#opening.wipe();
  }

  #dispatch(plain: Uint8Array, now: number): void {
    const payload = plain.subarray(CHANNEL_BYTES);
    const channel = plain[0];
    if (channel === CHANNEL.voice || channel === CHANNEL.forward) {
      this.#put({ kind: 'payload', channel, payload });
      return;
    }
    const probe = channel === CHANNEL.probe ? decodeProbe(payload) : undefined;
    if (probe) this.#takeProbe(probe, now);
    else this.#dropped.malformed += 1;
  }

  #takeProbe(probe: Probe, now: number): void {
    this.#lossOut.report(probe.received, probe.highest);
    if (probe.kind === 'ping') this.#sendProbe('pong', probe.id, now);
    else this.#path.answered(probe.id, now);
  }

  #sendProbe(kind: Probe['kind'], id: number, now: number): void {
    const report = { received: this.#received, highest: this.#replay.highest };
    this.send(CHANNEL.probe, encodeProbe({ kind, id, ...report }), now);
  }

  #put(output: Output): void {
    this.#outputs.push(output);
  }
}
