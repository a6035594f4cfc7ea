import { expect, test, vi } from 'vitest';
import { remembered } from '../src/remembered.ts';

test('a text is looked at once, until so many others were that all are forgotten', () => {
  const work = vi.fn((text: string) => text.length);
  const lengthOf = remembered(work, 3);
  for (const text of ['a', 'bb', 'a', '', '', 'bb']) expect(lengthOf(text)).toBe(text.length);
  expect(work).toHaveBeenCalledTimes(3);
  lengthOf('dddd');
  expect(lengthOf('a')).toBe(1);
  expect(work).toHaveBeenCalledTimes(5);
});
