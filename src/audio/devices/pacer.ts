/** A wall clock that ticks every 20 ms and catches up after a stall: tick n is always the one of start + n * 20 ms. */
import { FRAME_NS } from '../frame.ts';

/** Ticks made up for in one go, a second's worth; then others get their turn before the rest. */
const MAX_TICKS_AT_ONCE = 50n;

export class Pacer {
  readonly startNs: bigint;
  #onTick: (tickNs: bigint) => void;
  #longestStallNs: bigint | undefined;
  #done = 0n;
  #timer: NodeJS.Timeout;
  #stopped = false;

  /**
   * Calls `onTick` for start, start + 20 ms, ... with the nominal time, never early. The ticks of a stall longer than
   * `longestStallNs`, if that is given, are left out: the machine slept.
   */
  constructor(startNs: bigint, onTick: (tickNs: bigint) => void, longestStallNs?: bigint) {
    this.startNs = startNs;
    this.#onTick = onTick;
    this.#longestStallNs = longestStallNs;
    this.#timer = setTimeout(() => this.#wake(), this.#msUntilNext());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #nextNs(): bigint {
    return this.startNs + this.#done * FRAME_NS;
  }

  /** Rounded down, so that the timer, which counts in whole ms, is rather early and then waits once more. */
  #msUntilNext(): number {
    return Math.max(0, Number((this.#nextNs() - process.hrtime.bigint()) / 1_000_000n));
  }

  #wake(): void {
    const now = process.hrtime.bigint();
    const behindNs = now - this.#nextNs();
    if (this.#longestStallNs !== undefined && behindNs > this.#longestStallNs)
      this.#done += behindNs / FRAME_NS;
    for (let n = 0n; n < MAX_TICKS_AT_ONCE && this.#nextNs() <= now && !this.#stopped; n++) {
      const tickNs = this.#nextNs();
      this.#done++;
      this.#onTick(tickNs);
    }
    if (!this.#stopped) this.#timer = setTimeout(() => this.#wake(), this.#msUntilNext());
  }
}
