/** What stands above the input line: what is answered, and what Tab offers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Noted, noteRows } from '../../src/ui/note-rows.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { makeTheme } from '../../src/ui/theme.ts';

const { glyphs } = makeTheme(false, false);
const texts = (noted: Noted, width = 40): string[] =>
  noteRows(noted, width, glyphs).map(({ segments }) => segments.map(({ text }) => text).join(''));

test('the message that is answered or changed, in one row', () => {
  const target = {
    room: 'lobby',
    seq: 1,
    from: 'grace',
    text: 'a long line\nof two that does not fit at all',
  };
  expect(texts({ target: { kind: 'reply', ...target }, completion: null })).toEqual([
    ' ↳ Answering grace: a long … (Esc: not)',
  ]);
  expect(texts({ target: { kind: 'edit', ...target }, completion: null }, 90)[0]).toBe(
    ' ↳ Changing your message: a long line of two that does not fit at all (Esc: not)',
  );
});

describe('candidates', () => {
  const shown = Array.from({ length: 30 }, (_, at) => `name-${at + 1}`);

  test('stand in columns, and say how many there are', () => {
    expect(texts({ target: null, completion: { shown: shown.slice(0, 5), at: -1 } })).toEqual([
      ' name-1  name-2  name-3  name-4 ',
      ' name-5 ',
    ]);
    const many = texts({ target: null, completion: { shown, at: -1 } });
    expect(many).toHaveLength(4);
    expect(many.at(-1)).toContain('30 in all');
  });

  test('the chosen one is among the rows', () => {
    for (let at = 0; at < shown.length - 1; at++) {
      const rows = noteRows({ target: null, completion: { shown, at } }, 40, glyphs);
      const chosen = rows.flatMap(({ segments }) => segments).filter(({ tone }) => tone === 'selected');
      expect(chosen.map(({ text }) => text.trim())).toEqual([`name-${at + 1}`]);
    }
  });
});

test('no row is wider than the screen, and none has a control character', () => {
  const any = fc.string({ unit: 'binary', maxLength: 60 });
  const target = fc.record({
    kind: fc.constantFrom('reply' as const, 'edit' as const),
    room: fc.constant('lobby'),
    seq: fc.constant(1),
    from: any,
    text: any,
  });
  const completion = fc.record({
    shown: fc.array(any, { minLength: 1, maxLength: 40 }),
    at: fc.integer({ min: -1, max: 39 }),
  });
  fc.assert(
    fc.property(
      fc.option(target),
      fc.option(completion),
      fc.integer({ min: 40, max: 200 }),
      (one, other, width) => {
        for (const row of texts({ target: one, completion: other }, width)) {
          expect(widthOf(row)).toBeLessThanOrEqual(width);
          expect(row).not.toMatch(/\p{Cc}/u);
        }
      },
    ),
  );
});
