/**
 * How many bytes may be under way in a byte stream so that they wait nowhere. Pure.
 *
 * A TCP socket takes far more than the path carries and keeps it in a queue of its own, where old voice would grow
 * older. So only (delivery rate) x (least round trip + 100 ms) is handed to it without an acknowledgement of the other
 * end. The rate is measured as BBR does it: what was delivered from the sending of a packet to its acknowledgement, over that time
 * or the time that the sending took, whichever is longer: acknowledgements that waited come in bunches.
 *
 * A window that is always full has its own queue in every round trip that it measures. So when the least one is old it
 * shrinks to half of (rate) x (round trip) until a packet has gone out like that. The least of the last few such packets
 * counts: there may be a queue in the other direction, too, which its window empties at another time.
 */

import { freshBytes, takeReached } from './acknowledged.ts';

/** How much may be under way. */
export interface Allowance {
  /** What may wait inside TCP beyond the path's own round trip, ms. */
  readonly slackMs: number;
  /** Always allowed, bytes: enough to measure a rate with. */
  readonly leastBytes: number;
  /** Until the path was full once, as if the round trip were so many times as long: to fill it soon. */
  readonly startupGain?: number;
  /** Goes on while the round trip is measured anew. */
  readonly urgent?: boolean;
}

/** The stream's own: 100 ms, and at least two full packets, or 20 voice frames. */
export const STREAM_ALLOWANCE: Allowance = { slackMs: 100, leastBytes: 3072 };
/** The highest rate of the last one to two of these counts. */
const RATE_PERIOD_MS = 2000;
/** A least round trip that is so old is measured anew, with so much of the window. */
const RTT_PERIOD_MS = 5000;
const DRAINED = 0.5;
const DRAINED_LEAST_BYTES = 1536;
const MEASUREMENTS = 3;
/** A window that kept nothing back for so long starts up anew. */
const CALM_MS = 2000;
/** A round trip so much over the least one met a queue. */
const QUEUE_MS = 30;

interface Mark {
  readonly end: number;
  readonly at: number;
  readonly delivered: number;
  readonly deliveredAt: number;
  /** When that which had been delivered then was sent. */
  readonly sentAt: number;
  /** It went out with so little under way that it met no queue of ours. */
  readonly drained: boolean;
}

/** The highest of this period and the one before. */
class Highest {
  #since = Number.NEGATIVE_INFINITY;
  #now: number | undefined;
  #before: number | undefined;

  add(value: number, now: number): void {
    if (now - this.#since >= RATE_PERIOD_MS) {
      this.#before = this.#now;
      this.#now = undefined;
      this.#since = now;
    }
    this.#now = Math.max(value, this.#now ?? 0);
  }

  get value(): number | undefined {
    return this.#before === undefined ? this.#now : Math.max(this.#now ?? 0, this.#before);
  }
}

export class StreamWindow {
  #written = 0;
  #delivered = 0;
  #deliveredAt = 0;
  #sentAt = 0;
  readonly #marks: Mark[] = [];
  readonly #rate = new Highest();
  #rttMs = Number.POSITIVE_INFINITY;
  #rttAt = 0;
  /** When the window kept something back last. */
  #limitedAt = Number.NEGATIVE_INFINITY;
  #draining = false;
  readonly #measurements: number[] = [];
  /** A queue of ours was seen: the path is full. */
  #filled = false;

  /** When something had to wait last, ms; -Infinity for never. */
  get keptBackAt(): number {
    return this.#limitedAt;
  }

  /** Bytes that are under way. */
  get underWay(): number {
    return this.#written - this.#delivered;
  }

  /** Whether `bytes` more may go; something always may while nothing is under way. */
  fits(bytes: number, now: number, allowance: Allowance): boolean {
    return this.underWay === 0 || bytes <= this.room(now, allowance) || this.#keepBack(now);
  }

  /** Whole bytes that may go now. */
  room(now: number, allowance: Allowance): number {
    const room = Math.floor(this.#limit(allowance) - this.underWay);
    if (room > 0) return room;
    this.#keepBack(now);
    return 0;
  }

  wrote(bytes: number, now: number): void {
    if (this.underWay === 0) {
      this.#deliveredAt = now;
      this.#sentAt = now;
    }
    this.#written += bytes;
    const last = this.#marks.at(-1);
    // One mark a millisecond is as fine as the clock needs to be.
    const same = last !== undefined && now - last.at < 1;
    if (same) this.#marks.pop();
    const at = same ? last.at : now;
    const known = same
      ? last
      : { delivered: this.#delivered, deliveredAt: this.#deliveredAt, sentAt: this.#sentAt };
    const drained = this.#draining && this.underWay <= this.#drainedBytes();
    this.#marks.push({ ...known, end: this.#written, at, drained });
  }

  /** The other end has read so many bytes since the beginning, modulo 2^32. What cannot be is ignored. */
  acknowledged(received: number, now: number): void {
    const fresh = freshBytes(received, this.#delivered, this.#written);
    if (fresh === 0) return;
    this.#delivered += fresh;
    this.#deliveredAt = now;
    const last = takeReached(this.#marks, this.#delivered);
    if (!last) return;
    this.#measured(now - last.at, last.drained, now);
    const ms = Math.max(1, now - last.deliveredAt, last.at - last.sentAt);
    this.#rate.add((this.#delivered - last.delivered) / ms, now);
    this.#sentAt = last.at;
  }

  #measured(rttMs: number, drained: boolean, now: number): void {
    const old = now - this.#rttAt > RTT_PERIOD_MS;
    if (rttMs > this.#rttMs + QUEUE_MS) this.#filled = true;
    // Where nothing was kept back there is no queue of ours: the path has become longer.
    if (rttMs <= this.#rttMs || (old && this.#limitedAt < this.#rttAt)) this.#take(rttMs, now);
    else if (drained) {
      this.#measurements.push(rttMs);
      if (this.#measurements.length > MEASUREMENTS) this.#measurements.shift();
      this.#take(Math.min(...this.#measurements), now);
    } else if (old) this.#draining = true;
  }

  #take(rttMs: number, now: number): void {
    this.#rttMs = rttMs;
    this.#rttAt = now;
    this.#draining = false;
  }

  #limit({ slackMs, leastBytes, urgent = false, startupGain = 1 }: Allowance): number {
    const rate = this.#rate.value;
    if (rate === undefined) return leastBytes;
    if (this.#draining && !urgent) return this.#drainedBytes();
    const rttMs = this.#filled ? this.#rttMs : this.#rttMs * startupGain;
    return Math.max(leastBytes, rate * (rttMs + slackMs));
  }

  #drainedBytes(): number {
    return Math.max(DRAINED_LEAST_BYTES, (this.#rate.value ?? 0) * this.#rttMs * DRAINED);
  }

  #keepBack(now: number): false {
    if (now - this.#limitedAt > CALM_MS) this.#filled = false;
    this.#limitedAt = now;
    return false;
  }
}
