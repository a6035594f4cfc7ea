/** What the estimator makes of delays: at once up, in three seconds down, and not for every accident. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayEstimator } from '../../src/audio/delay-estimator.ts';
import { seededRandom } from '../../src/lab/random.ts';

const FRAME_MS = 20;

function fed(transits: readonly number[], one = new DelayEstimator({ maxDelayMs: 250 })): DelayEstimator {
  for (const transit of transits) one.add(transit, FRAME_MS);
  return one;
}
const steady = (seconds: number, transit = 40): number[] =>
  Array<number>((seconds * 1000) / FRAME_MS).fill(transit);

test('it is above what came in the last seconds, by little', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 120, noNaN: true }), { minLength: 100 }), (late) => {
      const { baseMs, jitterMs } = fed(late.map((ms) => 1000 + ms));
      const recent = late.slice(-150);
      const sorted = [...recent].sort((a, b) => b - a);
      const spread = sorted[1]! - Math.min(...late.slice(-163));
      expect(baseMs).toBeLessThanOrEqual(1000 + Math.min(...recent));
      expect(jitterMs).toBeGreaterThan(sorted[1]! - (baseMs - 1000));
      expect(jitterMs).toBeLessThanOrEqual(Math.max(9, (spread / 0.6) * 1.12 + 140));
    }),
    { seed: 20265, numRuns: 200 },
  );
});

test('a larger delay counts as soon as there was a second one, and for three seconds', () => {
  const one = fed(steady(5));
  const calm = one.jitterMs;
  fed([90], one);
  expect(one.jitterMs).toBeLessThan(15); // alone it is an accident
  fed([90], one);
  expect(one.jitterMs).toBeGreaterThan(50);
  fed(steady(2.5), one);
  expect(one.jitterMs).toBeGreaterThan(50);
  fed(steady(1), one);
  expect(one.jitterMs).toBeLessThan(calm + 10);
});

test('small delays are remembered for longer', () => {
  const one = fed([...steady(60), 44, ...steady(10)]);
  expect(one.jitterMs).toBeGreaterThan(4);
  expect(one.jitterMs).toBeLessThan(6);
  const after = fed([...steady(60), 90, 44, 90, ...steady(3.5)]);
  expect(after.jitterMs).toBeLessThan(3); // those of a bad time are not
});

test('what came all at once after a stall says nothing; a way that has become longer does', () => {
  const one = fed(steady(5));
  const calm = one.jitterMs;
  const burst = Array.from({ length: 50 }, (_, n) => 40 + 1000 - n * 20);
  fed(burst, one);
  expect(one.jitterMs).toBeLessThan(calm + 10);
  expect(one.baseMs).toBe(40);
  fed(steady(0.1, 440), one);
  expect(one.baseMs).toBe(440);
  expect(one.jitterMs).toBeLessThan(calm + 10);
});

test('a spurt keeps the fastest way if its first frame fits, but for what is rounded, and begins anew if not', () => {
  const draw = seededRandom(1);
  const one = fed(Array.from({ length: 200 }, () => 40 + 30 * draw()));
  const { baseMs, jitterMs } = one;
  one.beginSpurt(60, true);
  expect(one.baseMs).toBe(baseMs + 6); // of 20 ms, so much may be due to the sender's clock
  fed([42], one);
  expect(one.baseMs).toBe(42);
  one.beginSpurt(60, false); // after a long silence
  expect(one.baseMs).toBe(60);
  fed([60], one);
  expect(one.jitterMs).toBeGreaterThanOrEqual(jitterMs); // how much they vary, it still knows
  fed(steady(3.2, 60), one);
  expect(one.jitterMs).toBeLessThan(12);
});

test('a sender that rounds each spurt to its tick is neither late nor held longer for it', () => {
  const one = fed(steady(3));
  const { jitterMs } = one;
  for (const transit of [44, 38, 43, 40]) {
    one.beginSpurt(transit, true);
    fed(steady(0.5, transit), one);
    expect(one.baseMs).toBe(transit);
    expect(one.jitterMs).toBeLessThanOrEqual(jitterMs);
  }
});
