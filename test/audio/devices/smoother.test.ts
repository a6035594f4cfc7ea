/** Lumps become a steady stream. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Smoother } from '../../../src/audio/devices/smoother.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('lumps of six ticks every 60 ms leave one by one, 10 ms apart, in order', async () => {
  const left: [number, number][] = [];
  const smoother = new Smoother<number>((n) => left.push([n, performance.now()]));
  for (let lump = 0; lump < 5; lump++) {
    smoother.push([0, 1, 2, 3, 4, 5].map((n) => lump * 6 + n));
    await vi.advanceTimersByTimeAsync(60);
  }
  expect(left.map(([n]) => n)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  for (let i = 1; i < left.length; i++) expect(left[i]![1] - left[i - 1]![1]).toBeCloseTo(10, 0);
});

test('what waits is bounded, and the newest is kept', async () => {
  const left: number[] = [];
  const smoother = new Smoother<number>((n) => left.push(n));
  smoother.push(Array.from({ length: 100 }, (_, n) => n));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(left).toEqual(Array.from({ length: 50 }, (_, n) => 50 + n));
});

test('stopped, nothing more leaves', async () => {
  const left: number[] = [];
  const smoother = new Smoother<number>((n) => left.push(n));
  smoother.push([1, 2, 3]);
  smoother.stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(left).toEqual([1]);
});
