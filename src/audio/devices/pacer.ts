/** A wall clock with a steady period that catches up after a stall: tick n is always the one of start + n periods. */
import { FRAME_NS } from '../frame.ts';

/** Made up for in one go, ns; then others get their turn before the rest. */
const AT_ONCE_NS = 1_000_000_000n;

export interface PacerOptions {
  /** The ticks of a stall longer than this are left out: the machine slept. */
  readonly longestStallNs?: bigint;
  /** FRAME_NS if it is not given. */
  readonly periodNs?: bigint;
  /**
   * Asked after each wake-up: how many ticks the next one may be for, at least 1. A wake-up costs more than what is done in
   * it, so who needs nothing sooner takes some ticks at once.
   */
  readonly atOnce?: () => number;
}

export class Pacer {
  readonly startNs: bigint;
  #onTick: (tickNs: bigint) => void;
  #options: PacerOptions;
  #periodNs: bigint;
  #done = 0n;
  #timer: NodeJS.Timeout;
  #running = false;
  #stopped = false;

  /** Calls `onTick` for start, start + one period, ... with the nominal time, never early. */
  constructor(startNs: bigint, onTick: (tickNs: bigint) => void, options: PacerOptions = {}) {
    this.startNs = startNs;
    this.#onTick = onTick;
    this.#options = options;
    this.#periodNs = options.periodNs ?? FRAME_NS;
    this.#timer = setTimeout(() => this.#wake(), this.#msUntilNext());
  }

  /** Does now what is due, and asks anew how many ticks may come at once. Harmless within a tick. */
  hurry(): void {
    if (this.#running || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #nextNs(): bigint {
    return this.startNs + this.#done * this.#periodNs;
  }

  /**
   * Rounded up: timers count in whole ms, and one that is too early has to wait once more, which costs a wake-up a tick and
   * is hardly more punctual (0.56 instead of 0.62 ms late on average).
   */
  #msUntilNext(): number {
    const further = BigInt((this.#options.atOnce?.() ?? 1) - 1) * this.#periodNs;
    return Math.max(0, Math.ceil(Number(this.#nextNs() + further - process.hrtime.bigint()) / 1e6));
  }

  #wake(): void {
    const now = process.hrtime.bigint();
    const behindNs = now - this.#nextNs();
    const { longestStallNs } = this.#options;
    if (longestStallNs !== undefined && behindNs > longestStallNs) this.#done += behindNs / this.#periodNs;
    const atOnce = AT_ONCE_NS / this.#periodNs;
    this.#running = true;
    for (let n = 0n; n < atOnce && this.#nextNs() <= now && !this.#stopped; n++) {
      const tickNs = this.#nextNs();
      this.#done++;
      this.#onTick(tickNs);
    }
    this.#running = false;
    if (!this.#stopped) this.#timer = setTimeout(() => this.#wake(), this.#msUntilNext());
  }
}
