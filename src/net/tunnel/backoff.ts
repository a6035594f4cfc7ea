/** How long to wait before the next attempt to connect: exponential, bounded, with full jitter. Pure. */

/** First wait: a station that restarts is back within a second. */
const FIRST_MS = 250;
/** Longest wait: a laptop that wakes up should not make its owner wait longer. */
const LONGEST_MS = 10_000;

/** Milliseconds to wait after `failures` (>= 1) failed attempts in a row; `random` in [0, 1) spreads clients apart. */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
