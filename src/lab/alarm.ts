/**
 * One timer for a queue of deadlines. Timers count whole milliseconds, so an alarm goes off up to about a millisecond
 * after its time and never before it.
 */

/** Node turns a longer wait into none; a shorter one only asks again. */
const MAX_WAIT_MS = 60_000;

export class Alarm {
  readonly #ring: (now: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #setFor = Number.POSITIVE_INFINITY;

  /** `ring` gets the time on the clock of performance.now, ms, and sets the alarm anew. */
  constructor(ring: (now: number) => void) {
    this.#ring = ring;
  }

  /** Makes it go off at `at` (ms, may be in the past or Infinity) at the latest. */
  set(at: number, now: number): void {
    if (at >= this.#setFor) return;
    clearTimeout(this.#timer);
    this.#setFor = at;
    this.#timer = setTimeout(() => this.#goOff(), Math.min(MAX_WAIT_MS, Math.max(1, Math.ceil(at - now))));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#setFor = Number.POSITIVE_INFINITY;
  }

  #goOff(): void {
    this.#setFor = Number.POSITIVE_INFINITY;
    this.#ring(performance.now());
  }
}
