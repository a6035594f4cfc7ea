/** Sentences to the user: not the same again and again, not too many different ones. */
import { expect, test } from 'vitest';
import { NoticeLimit } from '../../../src/net/forward/notice-limit.ts';

test('the same sentence is said again after 30 s', () => {
  const limit = new NoticeLimit();
  const times = [0, 1, 29_999, 30_000, 30_001, 59_999, 60_000];
  expect(times.map((now) => limit.allows('refused', now))).toEqual([
    true,
    false,
    false,
    true,
    false,
    false,
    true,
  ]);
});

test('at most ten different ones in that time, however many there are', () => {
  const limit = new NoticeLimit();
  const said = Array.from({ length: 1000 }, (_, at) => limit.allows(`port ${at} refused`, at));
  expect(said.filter(Boolean)).toHaveLength(10);
  expect(limit.allows('later', 31_000)).toBe(true);
});
