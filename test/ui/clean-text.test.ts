/** What others wrote, and what may reach a terminal of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLine, cleanLines, MAX_CLEAN, MAX_MARKS, MAX_MESSAGE_LINES } from '../../src/ui/clean-text.ts';
import { widthOf } from '../../src/ui/text-width.ts';

test.each([
  ['plain text stays', 'plain text stays'],
  ['naïve café 日本語 Ελλάδα שלום', 'naïve café 日本語 Ελλάδα שלום'],
  ['👍🏽 👩‍💻 ❤️ 1️⃣', '👍🏽 👩‍💻 ❤️ 1️⃣'],
  ['\x1b[31mred\x1b[0m', '␛[31mred␛[0m'],
  ['\x1b]0;title\x07', '␛]0;title␇'],
  ['\x9b31m \x85', '\ufffd31m  '],
  ['a\tb\nc\rd', 'a b c d'],
  ['\u202Egnp.exe\u202C', 'gnp.exe'],
  ['\u2066x\u2069\u200E\u061C', 'x'],
  ['pay\u200bpal\u200d\ufeff\u00ad', 'paypal'],
  ['a\u00a0b\u3000c', 'a b c'],
  ['\x7f\0', '␡␀'],
  ['\ud800x', '\ufffdx'],
  ['\u{e0041}tag', 'tag'],
])('%j becomes %j', (dirty, clean) => {
  expect(cleanLine(dirty)).toBe(clean);
});

test('marks that pour over neighbouring rows are cut', () => {
  expect([...cleanLine(`a${'\u0301'.repeat(50)}b`)]).toHaveLength(2 + MAX_MARKS);
});

test('a message keeps its line breaks, and no more lines than bounded', () => {
  expect(cleanLines('one\r\ntwo\n\tthree')).toEqual(['one', 'two', '    three']);
  expect(cleanLines('x\n'.repeat(10_000))).toHaveLength(MAX_MESSAGE_LINES);
});

describe('any text', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
      .map((units) => String.fromCharCode(...units)),
    fc
      .array(
        fc.constantFrom(
          '\x1b',
          '[',
          'm',
          '\u202e',
          '\u2067',
          '\u200d',
          '\ufe0f',
          '\u0301',
          '👩',
          '🏽',
          'x',
          '\x9d',
          '\u2028',
        ),
        { maxLength: 50 },
      )
      .map((parts) => parts.join('')),
  );

  test('never has a control, bidi or line-breaking character, and is bounded', () => {
    fc.assert(
      fc.property(any, (text) => {
        for (const line of [cleanLine(text), ...cleanLines(text)]) {
          expect(line).not.toMatch(
            /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u061c]/u,
          );
          expect(line.length).toBeLessThanOrEqual(MAX_CLEAN);
        }
      }),
    );
  });

  test('cleaning twice changes nothing', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(cleanLine(cleanLine(text))).toBe(cleanLine(text));
      }),
    );
  });

  test('a zero width never hides a letter', () => {
    fc.assert(
      fc.property(any, (text) => {
        const clean = cleanLine(`a${text}b`);
        expect(widthOf(clean)).toBeGreaterThan(0);
      }),
    );
  });
});
