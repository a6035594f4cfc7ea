import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  LONGEST_WAIT_MS,
  STANDING_AFTER_MS,
  STANDING_WAIT_MS,
  ShedQueue,
} from '../../../src/net/protocol/shed-queue.ts';

it('gives in order what is not too old, lets go of the oldest, and accounts for each', () => {
  const steps = fc.array(
    fc.record({
      push: fc.integer({ min: 0, max: 12 }),
      take: fc.integer({ min: 0, max: 12 }),
      ms: fc.nat(200),
    }),
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const queue = new ShedQueue<{ n: number; at: number }>(16);
      let [now, pushed, taken, last] = [0, 0, 0, 0];
      for (const { push, take, ms } of steps) {
        now += ms;
        for (let n = 0; n < push; n++) queue.push({ n: ++pushed, at: now }, now);
        for (let n = 0; n < take; n++) {
          const item = queue.take(now);
          if (!item) break;
          taken += 1;
          expect(item.n).toBeGreaterThan(last);
          expect(now - item.at).toBeLessThanOrEqual(LONGEST_WAIT_MS);
          last = item.n;
        }
        expect(queue.length).toBeLessThanOrEqual(16);
        expect(taken + queue.shed + queue.length).toBe(pushed);
      }
    }),
  );
});

it('lets a burst wait, and cuts a queue that stands', () => {
  const waits = (perMsIn: number, lengthMs: number): { longest: number; atEnd: number; shed: number } => {
    const queue = new ShedQueue<number>(16_384);
    let [longest, atEnd] = [0, 0];
    for (let now = 0; now < lengthMs; now++) {
      for (let n = 0; n < perMsIn; n++) queue.push(now, now);
      for (let n = 0; n < 15; n++) {
        const since = queue.take(now);
        if (since === undefined) break;
        longest = Math.max(longest, now - since);
        atEnd = now - since;
      }
    }
    return { longest, atEnd, shed: queue.shed };
  };
  const burst = waits(20, STANDING_AFTER_MS);
  expect(burst.shed).toBe(0);
  expect(burst.longest).toBeGreaterThan(STANDING_WAIT_MS);
  const overload = waits(20, 5000);
  expect(overload.shed).toBeGreaterThan(15_000);
  expect(overload.longest).toBeLessThanOrEqual(LONGEST_WAIT_MS);
  expect(overload.atEnd).toBeLessThanOrEqual(STANDING_WAIT_MS);
});

it('keeps the newest of what is too much', () => {
  const queue = new ShedQueue<number>(8);
  for (let n = 0; n < 100; n++) queue.push(n, 0);
  expect(Array.from({ length: 9 }, () => queue.take(0))).toEqual([92, 93, 94, 95, 96, 97, 98, 99, undefined]);
  expect(queue.shed).toBe(92);
});

it('has a capacity that is a power of two', () => {
  expect(() => new ShedQueue(100)).toThrow(RangeError);
});
