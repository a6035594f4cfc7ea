/** Cutting, padding and wrapping by cells. */
import xterm from '@xterm/headless';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { cleanLine } from '../../src/ui/clean-text.ts';
import { inputWindow } from '../../src/ui/input-window.ts';
import { graphemes, padAfter, padBefore, truncate, widthOf, wrap } from '../../src/ui/text-width.ts';

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

/** Cells as a terminal has them, by an emulator whose widths come from its own tables, which are older than emoji. */
function cellsOf(text: string): Promise<number> {
  const emulator = new xterm.Terminal({ cols: 80, rows: 2, allowProposedApi: true });
  return new Promise((resolve) => {
    emulator.write(text, () => {
      resolve(emulator.buffer.active.cursorX);
      emulator.dispose();
    });
  });
}

test.each([
  'plain',
  'naïve café',
  'e\u0301 a\u0308\u0323',
  '日本語',
  'ｆｕｌｌ',
  '한국어',
  'नमस्ते'.slice(0, 2),
  'שלום',
  'Ωmega ж',
  '─│●▸…›⏎',
])('%j has as many cells as a terminal gives it', async (shown) => {
  expect(widthOf(shown)).toBe(await cellsOf(shown));
  expect(graphemes(shown).reduce((sum, { width }) => sum + width, 0)).toBe(widthOf(shown));
});

test('what a person takes for one picture is two cells wide, whatever it is made of', () => {
  for (const picture of ['👩‍💻', '👍🏽', '🏳️‍🌈', '👨‍👩‍👧‍👦', '🇩🇪', '❤️', '1️⃣']) {
    expect(graphemes(picture)).toHaveLength(1);
    expect(widthOf(picture)).toBe(stringWidth(picture));
    expect(widthOf(picture)).toBe(2);
  }
});

test('a width is the same the second time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (any) => {
      expect(widthOf(any)).toBe(widthOf(any));
      expect(widthOf(cleanLine(any))).toBe(stringWidth(cleanLine(any)));
    }),
  );
});
