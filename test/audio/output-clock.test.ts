/** A device that asks in lumps, stops, or drifts: its clock is even, and never ahead of it. */
import { expect, test } from 'vitest';
import { OutputClock } from '../../src/audio/output-clock.ts';

test('ticks that are asked for in time are left as they are', () => {
  const clock = new OutputClock();
  for (let n = 0; n < 1000; n++) expect(clock.tick(5 + n * 10)).toBe(5 + n * 10);
});

test('of ticks that are asked for in lumps, each is as early as it may be', () => {
  const clock = new OutputClock();
  const even: number[] = [];
  // Two ticks at once every 20 ms, and now and then a late lump.
  for (let n = 0; n < 1000; n++) {
    const asked = Math.floor(n / 2) * 20 + (n % 50 < 2 ? 7 : 0) + 20;
    const tick = clock.tick(asked);
    expect(tick).toBeLessThanOrEqual(asked);
    even.push(tick);
  }
  const steps = even.slice(100).map((tick, i) => tick - even[i + 99]!);
  expect(new Set(steps.map((step) => Math.round(step * 1000)))).toEqual(new Set([10_000]));
});

test('a device that stopped begins anew, and one whose clock is slow is followed', () => {
  const clock = new OutputClock();
  for (let n = 0; n < 100; n++) clock.tick(n * 10);
  expect(clock.tick(5000)).toBe(5000);
  let tick = 0;
  for (let n = 0; n < 10_000; n++) tick = clock.tick(6000 + n * 10.002);
  expect(6000 + 9999 * 10.002 - tick).toBeLessThan(1);
});
