/**
 * Tells sound that was just captured from sound that lay around while we were away: a thread that stalled, or a machine that slept,
 * gets all of it at once, and nobody wants to hear it then. Pure.
 */
import { TICK_MS } from '../frame.ts';

/** Sound older than this is not worth sending, ms. */
const STALE_MS = 200;
/** If it stays stale for so long, the device left something out and its clock has to be learned anew, ms. */
const RELEARN_MS = 400;
/** The two clocks may drift apart by this much a tick, ms: 500 ppm. */
const DRIFT_MS = TICK_MS * 0.0005;

export class Freshness {
  /** When the tick that is due came at the earliest, on its device's clock, ms. */
  #dueMs: number | undefined;
  #staleSinceMs: number | undefined;

  /** A tick came at `nowMs`; returns whether it is fresh. */
  tick(nowMs: number): boolean {
    this.#dueMs = Math.min(nowMs, (this.#dueMs ?? nowMs) + TICK_MS + DRIFT_MS);
    if (nowMs - this.#dueMs <= STALE_MS) {
      this.#staleSinceMs = undefined;
      return true;
    }
    this.#staleSinceMs ??= nowMs;
    if (nowMs - this.#staleSinceMs < RELEARN_MS) return false;
    this.#dueMs = nowMs;
    this.#staleSinceMs = undefined;
    return true;
  }
}
