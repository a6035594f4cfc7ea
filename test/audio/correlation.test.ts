/** The measure that other tests trust must itself tell right from wrong. */
import { expect, test } from 'vitest';
import { bestCorrelation } from './correlation.ts';

/** Noise from a linear congruential generator: the same on every run. */
function noise(length: number, seed: number): Int16Array {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) - 32_768;
  });
}

test('it finds a sound at its place, at any volume', () => {
  const reference = noise(5000, 1);
  const heard = new Int16Array(12_000);
  heard.set(
    reference.map((one) => one / 4),
    3210,
  );
  const { peak, lagSamples } = bestCorrelation(reference, heard);
  expect(peak).toBeGreaterThan(0.999);
  expect(lagSamples).toBe(3210);
});

test('another sound, silence, and half of the sound are told apart', () => {
  const reference = noise(5000, 1);
  expect(bestCorrelation(reference, noise(12_000, 2)).peak).toBeLessThan(0.1);
  expect(bestCorrelation(reference, new Int16Array(12_000)).peak).toBe(0);
  const half = new Int16Array(12_000);
  half.set(reference.subarray(0, 2500), 1000);
  half.set(noise(2500, 3), 3500);
  const { peak } = bestCorrelation(reference, half);
  expect(peak).toBeGreaterThan(0.4);
  expect(peak).toBeLessThan(0.8);
});

test('a sound that begins before the recording is found too', () => {
  const reference = noise(5000, 1);
  expect(bestCorrelation(reference, reference.subarray(100)).lagSamples).toBe(-100);
});
