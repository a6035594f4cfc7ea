/**
 * Replay window: which packet counters were seen. RFC 6479, the sliding bitmap without bit shifting, as WireGuard
 * uses it. Pure. Ask it only after a packet authenticated, or a forger could push the window forward.
 */
import { REPLAY_WINDOW_PACKETS } from './constants.ts';

/** Bits a word. */
const WORD = 32;
/** A power of two: the window and one spare word, which is being cleared while the window slides into it. */
const WORDS = 256;
if (REPLAY_WINDOW_PACKETS > (WORDS - 1) * WORD)
  throw new RangeError('the replay window must leave a word spare');

export class ReplayWindow {
  readonly #bits = new Uint32Array(WORDS);
  #highest = 0;

  /** Highest counter accepted so far, 0 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Accepts a counter (1 .. 2^53-1) once; false if it was seen or lies behind the window. */
  accept(counter: number): boolean {
    if (counter + REPLAY_WINDOW_PACKETS <= this.#highest) return false;
    if (counter > this.#highest) this.#slideTo(counter);
    const word = Math.floor(counter / WORD) % WORDS;
    const bit = 1 << (counter % WORD);
    const seen = this.#bits[word] ?? 0;
    if (seen & bit) return false;
    this.#bits[word] = seen | bit;
    return true;
  }

  /** Clears the words that the window enters. */
  #slideTo(counter: number): void {
    const from = Math.floor(this.#highest / WORD);
    const steps = Math.min(Math.floor(counter / WORD) - from, WORDS);
    for (let step = 1; step <= steps; step++) this.#bits[(from + step) % WORDS] = 0;
    this.#highest = counter;
  }
}
