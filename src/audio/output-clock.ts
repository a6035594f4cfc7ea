/**
 * The output's clock made even. A sound device asks for its ticks in lumps; what matters to the one who fills them is
 * the earliest that each may be asked for. Pure.
 */
import { TICK_MS } from './frame.ts';

/** What is looked back on, in windows of 100 ticks: 2 s. */
const WINDOW_TICKS = 100;
const WINDOWS = 2;
/** A device that asks this much later than it should have did not run: its clock begins anew, ms. */
const STOPPED_MS = 100;

export class OutputClock {
  /** How much later than the first tick's clock says was asked, at least, in each window, ms. */
  #earliest: number[] = [];
  #ticks = 0;
  #inWindow = 0;
  #startMs = 0;

  /** A tick is asked for at `nowMs`. Returns when it might have been asked for at the earliest: not after `nowMs`. */
  tick(nowMs: number): number {
    const evenMs = this.#startMs + this.#ticks * TICK_MS;
    const late = nowMs - evenMs;
    if (this.#earliest.length === 0 || late > Math.min(...this.#earliest) + STOPPED_MS)
      return this.#begin(nowMs);
    this.#ticks++;
    if (++this.#inWindow > WINDOW_TICKS) {
      this.#earliest.push(late);
      if (this.#earliest.length > WINDOWS) this.#earliest.shift();
      this.#inWindow = 1;
    }
    const newest = this.#earliest.length - 1;
    this.#earliest[newest] = Math.min(late, this.#earliest[newest] ?? late);
    return evenMs + Math.min(...this.#earliest);
  }

  #begin(nowMs: number): number {
    this.#startMs = nowMs;
    this.#ticks = 1;
    this.#inWindow = 1;
    this.#earliest = [0];
    return nowMs;
  }
}
