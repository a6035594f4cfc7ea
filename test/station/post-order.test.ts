/** A member's posts keep their order however the station refuses some of them for now. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOLD_MS, PostOrder } from '../../src/station/post-order.ts';

const yes = (): boolean => true;
const no = (): boolean => false;

test('takes what is allowed, in any order', () => {
  const order = new PostOrder();
  expect(['a', 'b', 'a'].map((id) => order.take(id, 0, yes))).toEqual([true, true, true]);
});

test('waits for what was refused, and does not count what waits', () => {
  const order = new PostOrder();
  let asked = 0;
  expect(order.take('a', 0, no)).toBe(false);
  expect(order.take('b', 1, () => ++asked > 0)).toBe(false);
  expect(asked).toBe(0);
  expect(order.take('a', 2, yes)).toBe(true);
  expect(order.take('b', 3, yes)).toBe(true);
});

test('waits for a bounded time, anew when the post came and was refused again', () => {
  const order = new PostOrder();
  order.take('a', 0, no);
  expect(order.take('b', HOLD_MS - 1, yes)).toBe(false);
  order.take('a', HOLD_MS - 1, no);
  expect(order.take('b', HOLD_MS + 1, yes)).toBe(false);
  expect(order.take('b', 2 * HOLD_MS, yes)).toBe(true);
});

test('a client that resends in order has its posts kept in order, whatever is refused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 200 }),
      fc.integer({ min: 1, max: 16 }),
      (allowed, window) => {
        const order = new PostOrder();
        const waiting = Array.from({ length: 40 }, (_, n) => `p${n}`);
        const kept: string[] = [];
        for (let now = 0; waiting.length > 0; now++) {
          for (const id of waiting.slice(0, window)) {
            if (!order.take(id, now, () => allowed.shift() ?? true)) continue;
            kept.push(id);
            waiting.splice(waiting.indexOf(id), 1);
          }
        }
        expect(kept).toEqual(Array.from({ length: 40 }, (_, n) => `p${n}`));
      },
    ),
    { seed: 11, numRuns: 200 },
  );
});
