/**
 * What waits for its turn at an overload: a ring that lets go of the oldest. Pure.
 *
 * With more coming than can be handed on, something is lost. Letting go of the oldest loses evenly and keeps what is
 * left fresh; refusing the newest, as a full socket buffer does, makes all that arrives as late as the buffer is long.
 */

/** Nothing waits longer: a stall of the machine is bridged, an overload makes no queue that a person notices. */
export const LONGEST_WAIT_MS = 50;

export class ShedQueue<T> {
  readonly #items: Array<T | undefined>;
  readonly #since: Float64Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;
  #shed = 0;

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
      if (now - (this.#since[at] ?? 0) > LONGEST_WAIT_MS) {
        this.#drop();
        continue;
      }
      const item = this.#items[at];
      this.#items[at] = undefined;
      this.#head += 1;
      return item;
    }
    return undefined;
  }

  #drop(): void {
    this.#items[this.#head & this.#mask] = undefined;
    this.#head += 1;
    this.#shed += 1;
  }
}
