/** Suggestions for misspelt names. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../src/cli/suggest.ts';

const words = ['bitrate', 'complexity', 'input', 'output', 'open'];

test.each([
  ['bitrat', 'bitrate'],
  ['bitarte', 'bitrate'],
  ['BITRATE', 'bitrate'],
  ['complexty', 'complexity'],
  ['inptu', 'input'],
  ['opn', 'open'],
  ['volume', undefined],
  ['', undefined],
  ['x'.repeat(65), undefined],
])('%j', (word, expected) => {
  expect(nearest(word, words)).toBe(expected);
});

test('a word with one letter wrong is found again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.nat(3), fc.constantFrom('', 'q', 'zz'), (word, at, letter) => {
      const typo = word.slice(0, at) + letter.slice(0, 1) + word.slice(at + 1);
      expect(nearest(typo, words)).toBe(word);
    }),
  );
});
