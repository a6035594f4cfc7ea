/** A wall clock that ticks every 20 ms and catches up after a stall: tick n is always the one of start + n * 20 ms. */
import { FRAME_NS } from '../frame.ts';

/** Ticks made up for in one go, a second's worth; then others get their turn before the rest. */
const MAX_TICKS_AT_ONCE = 50n;

export class Pacer {
  readonly startNs: bigint;
  #onTick: (tickNs: bigint) => void;
  #done = 0n;
  #timer: NodeJS.Timeout;
  #stopped = false;

  /** Calls `onTick` for start, start + 20 ms, ... with the nominal time, never early. */
  constructor(startNs: bigint, onTick: (tickNs: bigint) => void) {
    this.startNs = startNs;
    this.#onTick = onTick;
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
    for (let n = 0n; n < MAX_TICKS_AT_ONCE && this.#nextNs() <= now && !this.#stopped; n++) {
      const tickNs = this.#nextNs();
      this.#done++;
      this.#onTick(tickNs);
    }
    if (!this.#stopped) this.#timer = setTimeout(() => this.#wake(), this.#msUntilNext());
  }
}
