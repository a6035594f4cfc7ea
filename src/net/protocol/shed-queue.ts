/**
 * What waits for its turn at an overload: a ring that lets go of the oldest. Pure.
 *
 * With more coming than can be handed on, something is lost. Letting go of the oldest loses evenly and keeps what is
 * left fresh; refusing the newest, as a full socket buffer does, makes all that arrives as late as the buffer is long.
 * A burst may wait; a queue that stands is cut down to what a person does not notice.
 */

/** Nothing waits longer: a burst of half a second, or a stall of the machine as long, is bridged. */
export const LONGEST_WAIT_MS = 500;
/** What a wait is at most while the queue stands. */
export const STANDING_WAIT_MS = 50;
/**
 * A queue in which everything waited longer than that for so long is no burst: it stands (the test of CoDel, RFC 8289).
 */
export const STANDING_AFTER_MS = 500;

export class ShedQueue<T> {
  readonly #items: Array<T | undefined>;
  readonly #since: Float64Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;
  #shed = 0;
  /** Since when everything taken had waited too long for a queue that stands. */
  #lateSince: number | undefined;
  #stands = false;

  /** @param capacity most items that wait, a power of two. */
  constructor(capacity: number) {
    if ((capacity & (capacity - 1)) !== 0) throw new RangeError('a capacity is a power of two');
    this.#items = new Array(capacity).fill(undefined);
    this.#since = new Float64Array(capacity);
    this.#mask = capacity - 1;
  }

  get length(): number {
    return this.#tail - this.#head;
  }

  /** Let go so far. */
  get shed(): number {
    return this.#shed;
  }

  push(item: T, now: number): void {
    if (this.length > this.#mask) this.#drop();
    const at = this.#tail & this.#mask;
    this.#items[at] = item;
    this.#since[at] = now;
    this.#tail += 1;
  }

  /** The oldest that has not waited too long. */
  take(now: number): T | undefined {
    while (this.length > 0) {
      const at = this.#head & this.#mask;
      if (this.#isTooLate(now - (this.#since[at] ?? 0), now)) {
        this.#drop();
        continue;
      }
      const item = this.#items[at];
      this.#items[at] = undefined;
      this.#head += 1;
      return item;
    }
    this.#lateSince = undefined;
    this.#stands = false;
    return undefined;
  }

  /** Once it stands, it does until it was empty. */
  #isTooLate(waitedMs: number, now: number): boolean {
    if (!this.#stands && waitedMs <= STANDING_WAIT_MS) this.#lateSince = undefined;
    else this.#lateSince ??= now;
    this.#stands ||= this.#lateSince !== undefined && now - this.#lateSince > STANDING_AFTER_MS;
    return waitedMs > (this.#stands ? STANDING_WAIT_MS : LONGEST_WAIT_MS);
  }

  #drop(): void {
    this.#items[this.#head & this.#mask] = undefined;
    this.#head += 1;
    this.#shed += 1;
  }
}
