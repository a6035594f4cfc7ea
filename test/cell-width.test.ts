/** The short way to a width gives what string-width gives, which is taken for granted here. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import cellWidth from '../src/cell-width.ts';

/** Characters that are measured without string-width, and those that would join with them or are wide. */
const character = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0xa0, max: 0x2fff }).map((code) => String.fromCodePoint(code)),
  fc.constantFrom(
    '\u0301',
    '\ufe0f',
    '\u200d',
    '\u20e3',
    '\u3042',
    '\u1100',
    '\u1161',
    '\u{1f600}',
    '\u{1f1e9}',
  ),
  fc.constantFrom(
    '\u001b[1m',
    '\u001b[38;2;1;2;3m',
    '\u001b[K',
    '\u001b]8;;https://a\u0007',
    '\u001b',
    '\t',
    '\n',
  ),
);

describe('a width in cells', () => {
  test('of any one character of two bytes is that of string-width', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const text = String.fromCharCode(code);
      if (cellWidth(text) !== stringWidth(text)) expect.fail(`U+${code.toString(16)}`);
    }
  });

  test('of any text is that of string-width', () => {
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
        const text = characters.join('');
        expect(cellWidth(text)).toBe(stringWidth(text));
      }),
      { numRuns: 5000 },
    );
  });

  test('takes the options of string-width', () => {
    expect(cellWidth('\u2026', { ambiguousIsNarrow: false })).toBe(2);
    expect(cellWidth('\u001b[1ma', { countAnsiEscapeCodes: true })).toBe(
      stringWidth('\u001b[1ma', { countAnsiEscapeCodes: true }),
    );
  });
});
