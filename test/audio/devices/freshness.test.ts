/** Sound that lay around is told from sound that is fresh. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Freshness } from '../../../src/audio/devices/freshness.ts';

test('ticks that come in lumps, or on a clock that drifts, are fresh', () => {
  fc.assert(
    fc.property(fc.constantFrom(-400e-6, 0, 400e-6), fc.integer({ min: 1, max: 10 }), (drift, lump) => {
      const freshness = new Freshness();
      for (let n = 0; n < 20_000; n++) {
        const nowMs = (Math.floor(n / lump) + 1) * lump * 10 * (1 + drift);
        expect(freshness.tick(nowMs)).toBe(true);
      }
    }),
    { seed: 4, numRuns: 12 },
  );
});

test('after a minute away what was captured meanwhile is stale, and what is captured then fresh', () => {
  const freshness = new Freshness();
  for (let n = 0; n < 100; n++) freshness.tick(n * 10);
  // The last two seconds of it come at once; the rest of the minute the server threw away.
  const backlog = Array.from({ length: 200 }, () => freshness.tick(61_000));
  expect(backlog.filter(Boolean)).toHaveLength(0);
  const after = Array.from({ length: 100 }, (_, n) => freshness.tick(61_000 + n * 10));
  expect(after.indexOf(true)).toBe(40);
  expect(after.slice(40)).not.toContain(false);
});

test('of a stall of half a second all but the last 200 ms is stale, and then it goes on at once', () => {
  const freshness = new Freshness();
  for (let n = 0; n < 100; n++) freshness.tick(n * 10);
  const backlog = Array.from({ length: 50 }, () => freshness.tick(1500));
  expect(backlog.indexOf(true)).toBeGreaterThanOrEqual(28);
  expect(backlog.slice(31)).not.toContain(false);
  expect(freshness.tick(1510)).toBe(true);
});
