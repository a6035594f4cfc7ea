/** Cutting, padding and wrapping by cells. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanLine } from '../../src/ui/clean-text.ts';
import { inputWindow } from '../../src/ui/input-window.ts';
import { padAfter, padBefore, truncate, widthOf, wrap } from '../../src/ui/text-width.ts';

const text = fc
  .array(
    fc.constantFrom(
      'a',
      'word',
      ' ',
      '  ',
      '日本',
      '👍🏽',
      'é',
      'e\u0301',
      '👩‍💻',
      'a-very-long-word-indeed',
    ),
    { maxLength: 40 },
  )
  .map((parts) => cleanLine(parts.join('')));

test('wraps at spaces, and cuts long words', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  expect(wrap('日本語', 4)).toEqual(['日本', '語']);
  expect(wrap('', 5)).toEqual(['']);
});

test('no row is wider than asked, and no letter is lost', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 30 }), (line, width) => {
      const rows = wrap(line, width);
      for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
      expect(rows.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
    }),
  );
});

test('padding gives exactly the width', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 30 }), (line, width) => {
      expect(widthOf(padAfter(line, width))).toBe(width);
      expect(widthOf(padBefore(line, width))).toBe(width);
      expect(widthOf(truncate(line, width))).toBeLessThanOrEqual(width);
    }),
  );
});

test('a cut shows', () => {
  expect(truncate('abcdef', 4)).toBe('abc…');
  expect(truncate('abcd', 4)).toBe('abcd');
});

test('the input window always holds the cursor', () => {
  fc.assert(
    fc.property(text, fc.nat(), fc.integer({ min: 4, max: 40 }), (line, at, width) => {
      const cursor = Math.min(at, line.length);
      const window = inputWindow({ text: line, cursor }, width, '⏎');
      expect(window.cursor).toBeLessThan(width);
      expect(widthOf(window.text)).toBeLessThanOrEqual(width);
    }),
  );
  expect(inputWindow({ text: 'a\nb', cursor: 3 }, 10, '⏎')).toEqual({ text: 'a⏎b', cursor: 3 });
});
