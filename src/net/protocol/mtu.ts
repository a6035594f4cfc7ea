/**
 * The largest payload that passes a route both ways, found with padded pings as RFC 8899 (DPLPMTUD) does. Pure.
 *
 *   1,200 --largest size answered--> that size --three checks of it missed--> 1,200 --a minute--> again
 *     +--each size tried three times, from the largest down; none answered--> 1,200, again after ten minutes
 *
 * A padded ping tells nothing about loss or liveness: it may fail because of its size alone.
 */
import { MAX_PAYLOAD_BYTES, MAX_PROBED_PAYLOAD_BYTES } from './constants.ts';

/**
 * Payloads that fill usual paths, less 58 (IPv4) to 78 (IPv6) bytes of headers and tag: Ethernet by IPv4, by IPv6, PPPoE, tunnels
 * of 1,440 to 1,360 bytes, and what may be below.
 */
const SIZES = [MAX_PROBED_PAYLOAD_BYTES, 1420, 1400, 1360, 1320, 1280, 1240] as const;
const TRIES = 3;
/** Between the tries of a search, and of a check that was missed. */
const TRY_INTERVAL_MS = 1000;
/** Between checks that all is as it was. */
const CHECK_INTERVAL_MS = 10_000;
/** After a black hole, and after a search that found nothing. */
const AFTER_HOLE_MS = 60_000;
const AFTER_NOTHING_MS = 600_000;

export class MtuSearch {
  #size = MAX_PAYLOAD_BYTES;
  /** The size under trial, as an index of SIZES; the size in force while that is checked. */
  #candidate = 0;
  #checking = false;
  #misses = 0;
  #waiting: number | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** Largest payload that passes, as far as is known. */
  get size(): number {
    return this.#size;
  }

  /** When the next padded ping is due, ms. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** A size was found, and is only checked. */
  get found(): boolean {
    return this.#checking;
  }

  /** Begins anew: the route is another one. */
  restart(): void {
    this.#size = MAX_PAYLOAD_BYTES;
    this.#candidate = 0;
    this.#checking = false;
    this.#misses = 0;
    this.#waiting = undefined;
    this.#nextAt = Number.NEGATIVE_INFINITY;
  }

  /** The payload size to ping with now; undefined if nothing is due. Then sent() must follow. */
  due(now: number): number | undefined {
    if (now < this.#nextAt) return undefined;
    if (this.#waiting !== undefined) this.#missed(now);
    if (now < this.#nextAt) return undefined;
    return this.#checking ? this.#size : SIZES[this.#candidate];
  }

  sent(id: number, now: number): void {
    this.#waiting = id;
    this.#nextAt = now + TRY_INTERVAL_MS;
  }

  /** Takes an answer; false if it is to another ping. */
  answered(id: number, now: number): boolean {
    if (id !== this.#waiting) return false;
    this.#waiting = undefined;
    this.#misses = 0;
    if (!this.#checking) this.#size = SIZES[this.#candidate] ?? MAX_PAYLOAD_BYTES;
    this.#checking = true;
    this.#nextAt = now + CHECK_INTERVAL_MS;
    return true;
  }

  #missed(now: number): void {
    this.#waiting = undefined;
    this.#misses += 1;
    if (this.#misses < TRIES) return;
    this.#misses = 0;
    if (this.#checking) {
      this.restart();
      this.#nextAt = now + AFTER_HOLE_MS;
    } else if (this.#candidate + 1 < SIZES.length) this.#candidate += 1;
    else {
      this.#candidate = 0;
      this.#nextAt = now + AFTER_NOTHING_MS;
    }
  }
}
