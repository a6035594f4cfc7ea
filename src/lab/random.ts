/** Pure: seeded chance. The n-th number depends on the seed and n alone, so that fates do not depend on time. */

/** What Mulberry32 adds to its state for each number. */
const STEP = 0x6d2b79f5;

/** The n-th number (n >= 0) in [0, 1) of Mulberry32 with this seed, without the ones before it. */
export function randomAt(seed: number, n: number): number {
  const state = (seed + Math.imul(n + 1, STEP)) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** The same numbers one after the other. */
export function seededRandom(seed: number): () => number {
  let n = 0;
  return () => randomAt(seed, n++);
}

/** A seed for one of many independent things (a direction, a connection) that share one. */
export function derivedSeed(seed: number, which: number): number {
  return Math.floor(randomAt(seed ^ 0x5bd1e995, which) * 2 ** 32);
}
