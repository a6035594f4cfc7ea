/**
 * Spreads ticks that come in lumps out over time, one every 10 ms: a lump sent at once would look like jitter to
 * everybody who listens, and their playout delay is made for less.
 */
import { TICK_MS } from '../frame.ts';

/** Ticks that may wait: a recorder's buffer of half a second. Beyond it the oldest are dropped. */
const MAX_WAITING = 50;

export class Smoother<T> {
  #release: (tick: T) => void;
  #maxWaiting: number;
  #waiting: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the next tick may go, ms of performance.now(). */
  #nextMs = 0;

  constructor(release: (tick: T) => void, maxWaiting = MAX_WAITING) {
    this.#release = release;
    this.#maxWaiting = maxWaiting;
  }

  /** Ticks that have not been released yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  push(ticks: readonly T[]): void {
    this.#waiting.push(...ticks);
    if (this.#waiting.length > this.#maxWaiting)
      this.#waiting.splice(0, this.#waiting.length - this.#maxWaiting);
    if (!this.#timer) this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #run(): void {
    const nowMs = performance.now();
    // After a pause the clock starts anew, at the latest lump.
    if (nowMs > this.#nextMs + TICK_MS) this.#nextMs = nowMs;
    while (this.#nextMs <= nowMs) {
      const tick = this.#waiting.shift();
      if (tick === undefined) break;
      this.#nextMs += TICK_MS;
      this.#release(tick);
    }
    const more = this.#waiting.length > 0;
    this.#timer = more ? setTimeout(() => this.#run(), this.#nextMs - nowMs) : undefined;
  }
}
