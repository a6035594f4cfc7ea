/** Seeded chance. */
import { expect, test } from 'vitest';
import { derivedSeed, randomAt, seededRandom } from '../../src/lab/random.ts';

test('the n-th number needs none before it', () => {
  const next = seededRandom(4_000_000_000);
  const inOrder = Array.from({ length: 1000 }, () => next());
  expect(inOrder.map((_, n) => randomAt(4_000_000_000, n))).toEqual(inOrder);
});

test('these are the numbers of Mulberry32', () => {
  // From the generator's published form, which keeps its state in a variable.
  let state = 42;
  const published = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const next = seededRandom(42);
  for (let n = 0; n < 100; n++) expect(next()).toBe(published());
});

test('derived seeds differ, and so do their numbers', () => {
  const seeds = Array.from({ length: 1000 }, (_, which) => derivedSeed(1, which));
  expect(new Set(seeds).size).toBe(1000);
  const firsts = seeds.map((seed) => randomAt(seed, 0));
  expect(firsts.reduce((a, b) => a + b) / 1000).toBeCloseTo(0.5, 1);
});
