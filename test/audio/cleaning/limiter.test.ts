/** The limiter's bound holds for any sound, and quiet sound passes as it is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CEILING, Limiter } from '../../../src/audio/cleaning/limiter.ts';

/** Ticks of any loudness, peaks far beyond full scale included. */
const anyTicks = (channels: number): fc.Arbitrary<Float32Array[]> =>
  fc.array(
    fc
      .tuple(fc.integer({ min: 1, max: 400_000 }), fc.infiniteStream(fc.integer({ min: -1000, max: 1000 })))
      .map(([peak, stream]) =>
        Float32Array.from({ length: 480 * channels }, () => ((stream.next().value ?? 0) / 1000) * peak),
      ),
    { minLength: 1, maxLength: 6 },
  );

test.each([1, 2])('with %i channels nothing that comes out is louder than the ceiling', (channels) => {
  fc.assert(
    fc.property(anyTicks(channels), (ticks) => {
      const limiter = new Limiter(channels);
      for (const tick of ticks) {
        limiter.process(tick);
        const peak = tick.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
        expect(peak).toBeLessThanOrEqual(CEILING + 0.01);
      }
    }),
    { seed: 4, numRuns: 60 },
  );
});

test('what is below the ceiling stays as it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: CEILING }), (peak) => {
      const limiter = new Limiter(1);
      const tick = Float32Array.from({ length: 480 }, (_, i) => (i % 2 === 0 ? peak : -peak));
      const before = tick.slice();
      limiter.process(tick);
      expect(tick).toEqual(before);
    }),
    { seed: 4 },
  );
});

test('it turns down before a peak, without a step, and lets go slowly', () => {
  const limiter = new Limiter(1);
  const tick = new Float32Array(480).fill(10_000);
  tick[300] = 60_000;
  limiter.process(tick);
  for (let i = 1; i < 300; i++) expect(Math.abs(tick[i]! - tick[i - 1]!)).toBeLessThan(150);
  expect(tick[299]!).toBeLessThan(5100);
  expect(tick[100]!).toBe(10_000);
  const after = new Float32Array(480).fill(10_000);
  limiter.process(after);
  expect(after[0]!).toBeLessThan(6000);
  expect(after[479]!).toBeGreaterThan(after[0]!);
  for (let i = 0; i < 10; i++) limiter.process(after.fill(10_000));
  expect(after[479]!).toBe(10_000);
});

test('both channels are turned down together', () => {
  const limiter = new Limiter(2);
  const tick = Float32Array.from({ length: 960 }, (_, i) => (i % 2 === 0 ? 60_000 : 6000));
  limiter.process(tick);
  for (let i = 0; i < 960; i += 2) expect(tick[i]! / tick[i + 1]!).toBeCloseTo(10, 3);
});
