/** Rows of a chat, and which of them are in view. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/session/state.ts';
import { type ChatFormat, ChatRows, type Row, rowsOf } from '../../src/ui/chat-rows.ts';
import { type Anchor, scroll, visibleRows } from '../../src/ui/chat-window.ts';
import { MIN_COLUMNS } from '../../src/ui/layout.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { message, NOON } from '../fakes/fake-session.ts';

const FORMAT: ChatFormat = {
  width: 60,
  timestamps: 'time',
  self: 'ada',
  glyphs: makeTheme(false, false).glyphs,
};
const DAY = 24 * 3_600_000;

const textOf = (row: Row): string => row.segments.map(({ text }) => text).join('');
const lines = (count: number, from = 0): Line[] =>
  Array.from({ length: count }, (_, index) =>
    message(`l${from + index}`, 'grace', `line ${from + index}`, NOON + index),
  );

describe('rows of a line', () => {
  const rows = (line: Line, previous?: Line, format: Partial<ChatFormat> = {}): string[] =>
    rowsOf(line, previous, { ...FORMAT, ...format }).map(textOf);

  test('time, name and text stand in columns; long text hangs under itself', () => {
    const line = message('a', 'grace', 'the quick brown fox jumps over the lazy dog again and again', NOON);
    expect(rows(line, message('b', 'linus', 'x', NOON - 1000))).toEqual([
      ' 12:00     grace │ the quick brown fox jumps over the lazy',
      '                 │ dog again and again',
    ]);
  });

  test('a new day is announced', () => {
    const [separator] = rows(message('a', 'grace', 'x', NOON), message('b', 'grace', 'y', NOON - DAY));
    expect(separator).toMatch(/^─+ Monday, 17 November 2025 ─+$/);
    expect(widthOf(separator ?? '')).toBe(FORMAT.width);
  });

  test('the same person within minutes is not named again', () => {
    const first = message('a', 'grace', 'one', NOON);
    expect(rows(message('b', 'grace', 'two', NOON + 1000), first)).toEqual(['                 │ two']);
    expect(rows(message('b', 'grace', 'two', NOON + 10 * 60_000), first)).toEqual([' 12:10     grace │ two']);
  });

  test('narrow screens put the name before the text', () => {
    const line = message('a', 'grace', 'the quick brown fox jumps', NOON);
    expect(rows(line, message('b', 'linus', 'x', NOON - 1), { width: 30 })).toEqual([
      '12:00 grace: the quick brown',
      '  fox jumps',
    ]);
  });

  test('timestamps may carry the date or be off', () => {
    const line = message('a', 'grace', 'x', NOON);
    const before = message('b', 'linus', 'x', NOON - 60_000);
    expect(rows(line, before, { timestamps: 'datetime' })).toEqual([' 2025-11-17 12:00     grace │ x']);
    expect(rows(line, before, { timestamps: 'off' })).toEqual(['     grace │ x']);
  });

  test('the name gets more room on a wider screen', () => {
    const line = message('a', 'margaret.hamilton', 'x', NOON);
    const before = message('b', 'linus', 'x', NOON - 60_000);
    const at = (width: number): string[] => rows(line, before, { width });
    expect([at(60), at(75), at(99)].flat()).toEqual([
      ' 12:00 margaret… │ x',
      ' 12:00 margaret.ha… │ x',
      ' 12:00  margaret.hamilton │ x',
    ]);
  });

  test('a notice begins with a capital, unless it begins with a name', () => {
    const notice = (text: string): string | undefined =>
      rows({ kind: 'notice', id: 'n', at: NOON, text }, message('b', 'linus', 'x', NOON))
        .at(0)
        ?.trim();
    expect(notice('you are muted: /unmute first')).toBe('· │ You are muted: /unmute first');
    expect(notice('#lobby: ann')).toBe('· │ #lobby: ann');
    expect(notice('margaret.hamilton came in')).toBe('· │ margaret.hamilton came in');
  });

  test('a pending message has its own mark and is dim', () => {
    const line = message('a', 'ada', 'wait', NOON, 'pending');
    const [row] = rowsOf(line, message('b', 'linus', 'x', NOON - 1), FORMAT);
    expect(row && textOf(row)).toContain('ada ┊ wait');
    expect(row?.segments.at(-1)).toEqual({ text: 'wait', tone: 'dim' });
  });

  test('no row is wider than the format, whatever was written', () => {
    const any = fc.string({ unit: 'binary', maxLength: 120 });
    fc.assert(
      fc.property(any, any, fc.integer({ min: MIN_COLUMNS, max: 120 }), (from, text, width) => {
        for (const row of rowsOf(message('a', from, text, NOON), undefined, { ...FORMAT, width })) {
          expect(widthOf(textOf(row))).toBeLessThanOrEqual(width);
          expect(textOf(row)).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});

describe('the window', () => {
  const shown = (all: readonly Line[], chat: ChatRows, anchor: Anchor, height: number): string[] =>
    visibleRows(all, chat, anchor, height).map(
      (row) => /line \d+|─ .* ─/.exec(textOf(row))?.[0] ?? textOf(row),
    );

  test('shows the newest lines, and only as many as fit', () => {
    const chat = new ChatRows(FORMAT);
    expect(shown(lines(100), chat, null, 3)).toEqual(['line 97', 'line 98', 'line 99']);
    expect(shown(lines(1), chat, null, 5)).toEqual(['─ Monday, 17 November 2025 ─', 'line 0']);
    expect(shown([], chat, null, 5)).toEqual([]);
  });

  test('scrolled up it stays where it is while lines come at both ends', () => {
    const chat = new ChatRows(FORMAT);
    const { anchor, top } = scroll(lines(50, 100), chat, null, -10, 5);
    const before = shown(lines(50, 100), chat, anchor, 5);
    expect(before.at(-1)).toBe('line 139');
    expect(top).toBe(false);
    expect(shown([...lines(50, 50), ...lines(80, 100)], chat, anchor, 5)).toEqual(before);
  });

  test('tells when the oldest row is in view, and goes no further', () => {
    const chat = new ChatRows(FORMAT);
    const { anchor, top } = scroll(lines(50), chat, null, -1000, 5);
    expect(top).toBe(true);
    expect(shown(lines(50), chat, anchor, 5)).toEqual([
      '─ Monday, 17 November 2025 ─',
      'line 0',
      'line 1',
      'line 2',
      'line 3',
    ]);
    expect(scroll(lines(50), chat, anchor, -1, 5).anchor).toEqual(anchor);
  });

  test('back at the end it sticks to it again', () => {
    const chat = new ChatRows(FORMAT);
    const { anchor } = scroll(lines(50), chat, null, -3, 5);
    expect(scroll(lines(50), chat, anchor, 3, 5).anchor).toBeNull();
    expect(scroll(lines(3), chat, null, -5, 10)).toEqual({ anchor: null, top: true });
  });

  test('a line that is gone leads to the newest', () => {
    expect(shown(lines(9), new ChatRows(FORMAT), { id: 'gone', row: 0 }, 1)).toEqual(['line 8']);
  });

  test('any scrolling fills the window and undoes itself', () => {
    const steps = fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 20 });
    const texts = fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(texts, steps, fc.integer({ min: 1, max: 20 }), (said, moves, height) => {
        const chat = new ChatRows(FORMAT);
        const all = said.map((text, index) => message(`l${index}`, 'grace', text, NOON + index));
        const total = all.flatMap((line, index) => chat.of(line, all[index - 1])).length;
        let anchor: Anchor = null;
        for (const move of moves) {
          anchor = scroll(all, chat, anchor, move, height).anchor;
          expect(visibleRows(all, chat, anchor, height)).toHaveLength(Math.min(total, height));
        }
        expect(scroll(all, chat, anchor, total, height).anchor).toBeNull();
      }),
    );
  });
});
