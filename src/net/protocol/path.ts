/**
 * Where the peer is and whether datagrams reach it. Pure: time comes in as an argument.
 *
 *   unknown --authentic packet--> at an address --newest packet from another address--> moved
 *
 * Liveness is windowed: some probes in a row without an answer make the path silent, one answer makes it well.
 */
import { PROBE_INTERVAL_MS, ROAM_INTERVAL_MS, SILENT_AFTER_PROBES } from './constants.ts';
import { RttEstimator } from './rtt.ts';

export interface Endpoint {
  /** Numeric IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
}

/** Until the first answer probes go out faster: a call should not wait a second for its path. */
const FIRST_PROBE_INTERVAL_MS = 200;
/** How many go out that fast. */
const FAST_PROBES = 10;
/** Probes whose answer still counts: with a probe a second, a round trip of up to 16 s is measured. */
const MAX_OUTSTANDING = 16;

export class Path {
  readonly rtt = new RttEstimator();
  #remote: Endpoint | null;
  #movedAt = Number.NEGATIVE_INFINITY;
  #nextProbeAt: number;
  #nextId = 1;
  #fast = FAST_PROBES;
  /** Probes without an answer, by id: when each was sent. Never more than MAX_OUTSTANDING. */
  readonly #outstanding = new Map<number, number>();
  #missed = 0;

  constructor(remote: Endpoint | null, now: number) {
    this.#remote = remote;
    this.#nextProbeAt = now;
  }

  get remote(): Endpoint | null {
    return this.#remote;
  }

  /** True while none of the last probes was answered. */
  get silent(): boolean {
    return this.#missed >= SILENT_AFTER_PROBES;
  }

  /** When the next probe is due, ms. */
  get nextProbeAt(): number {
    return this.#nextProbeAt;
  }

  /** Takes note of an authentic packet's source; true if the session moved there. */
  heardFrom(from: Endpoint, newest: boolean, now: number): boolean {
    const here = this.#remote;
    if (here && here.port === from.port && here.address === from.address) return false;
    if (here && (!newest || now - this.#movedAt < ROAM_INTERVAL_MS)) return false;
    this.#remote = from;
    this.#movedAt = now;
    return here !== null;
  }

  /** The id of the probe to send now. One sent while another waits for its answer counts that as missed. */
  probe(now: number): number {
    for (const id of this.#outstanding.keys()) {
      if (this.#outstanding.size < MAX_OUTSTANDING) break;
      this.#outstanding.delete(id);
    }
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    this.#missed += this.#outstanding.size > 0 ? 1 : 0;
    this.#outstanding.set(id, now);
    this.#nextProbeAt = now + (this.#fast > 0 ? FIRST_PROBE_INTERVAL_MS : PROBE_INTERVAL_MS);
    if (this.#fast > 0) this.#fast -= 1;
    return id;
  }

  /** Takes an answer; one to a probe that is not outstanding is ignored. */
  answered(id: number, now: number): void {
    const sentAt = this.#outstanding.get(id);
    if (sentAt === undefined) return;
    for (const older of this.#outstanding.keys()) {
      this.#outstanding.delete(older);
      if (older === id) break;
    }
    this.#missed = 0;
    this.#fast = 0;
    this.#nextProbeAt = Math.max(this.#nextProbeAt, sentAt + PROBE_INTERVAL_MS);
    this.rtt.sample(now - sentAt);
  }
}
