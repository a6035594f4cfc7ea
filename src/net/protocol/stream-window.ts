/**
 * How many bytes may be under way in a byte stream so that they wait nowhere. Pure.
 *
 * A TCP socket takes far more than the path carries and keeps it in a queue of its own, where old voice would grow
 * older. So only (delivery rate) x (least round trip + 100 ms) is handed to it without an acknowledgement of the other
 * end. The rate is measured as BBR does it: what was delivered from the sending of a packet to its acknowledgement.
 */

/** What waits inside TCP beyond the path's own round trip. */
const SLACK_MS = 100;
/** Always allowed: two full packets, or 20 voice frames; enough to measure a rate with. */
const LEAST_BYTES = 3072;
/** The highest rate and the least round trip of the last one to two of these count. */
const RATE_PERIOD_MS = 2000;
const RTT_PERIOD_MS = 10_000;

interface Mark {
  readonly end: number;
  readonly at: number;
  readonly delivered: number;
  readonly deliveredAt: number;
}

/** The best of this period and the one before. */
class Best {
  readonly #better: (a: number, b: number) => number;
  readonly #periodMs: number;
  #since = Number.NEGATIVE_INFINITY;
  #now: number | undefined;
  #before: number | undefined;

  constructor(periodMs: number, better: (a: number, b: number) => number) {
    this.#periodMs = periodMs;
    this.#better = better;
  }

  add(value: number, now: number): void {
    if (now - this.#since >= this.#periodMs) {
      this.#before = this.#now;
      this.#now = undefined;
      this.#since = now;
    }
    this.#now = this.#now === undefined ? value : this.#better(this.#now, value);
  }

  get value(): number | undefined {
    if (this.#before === undefined) return this.#now;
    return this.#now === undefined ? this.#before : this.#better(this.#now, this.#before);
  }
}

export class StreamWindow {
  #written = 0;
  #delivered = 0;
  #deliveredAt = 0;
  readonly #marks: Mark[] = [];
  readonly #rate = new Best(RATE_PERIOD_MS, Math.max);
  readonly #rtt = new Best(RTT_PERIOD_MS, Math.min);

  /** Bytes that are under way. */
  get underWay(): number {
    return this.#written - this.#delivered;
  }

  /** Bytes that may be under way. */
  get limit(): number {
    const rate = this.#rate.value;
    const rtt = this.#rtt.value;
    if (rate === undefined || rtt === undefined) return LEAST_BYTES;
    return Math.max(LEAST_BYTES, rate * (rtt + SLACK_MS));
  }

  /** Whether `bytes` more may go; something always may while nothing is under way. */
  fits(bytes: number): boolean {
    return this.underWay === 0 || this.underWay + bytes <= this.limit;
  }

  wrote(bytes: number, now: number): void {
    if (this.underWay === 0) this.#deliveredAt = now;
    this.#written += bytes;
    const last = this.#marks.at(-1);
    // One mark a millisecond is as fine as the clock needs to be.
    const same = last !== undefined && now - last.at < 1;
    if (same) this.#marks.pop();
    const at = same ? last.at : now;
    this.#marks.push({ end: this.#written, at, delivered: this.#delivered, deliveredAt: this.#deliveredAt });
  }

  /** The other end has read so many bytes since the beginning, modulo 2^32. What cannot be is ignored. */
  acknowledged(received: number, now: number): void {
    const fresh = (received - (this.#delivered % 2 ** 32) + 2 ** 32) % 2 ** 32;
    if (fresh === 0 || fresh > this.underWay) return;
    this.#delivered += fresh;
    this.#deliveredAt = now;
    let last: Mark | undefined;
    while (this.#marks[0] && this.#marks[0].end <= this.#delivered) last = this.#marks.shift();
    if (!last) return;
    this.#rtt.add(now - last.at, now);
    this.#rate.add((this.#delivered - last.delivered) / Math.max(1, now - last.deliveredAt), now);
  }
}
