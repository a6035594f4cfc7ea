/** Lines of a chat as rows: answers, changes, what somebody does, code, what is new. */
import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/session/state.ts';
import { type ChatFormat, type Row, rowsOf } from '../../src/ui/chat-rows.ts';
import { ChatRows } from '../../src/ui/chat-rows.ts';
import { visibleRows } from '../../src/ui/chat-window.ts';
import { shownLines } from '../../src/ui/shown-lines.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { busyState, message, NOON, room } from '../fakes/fake-session.ts';

const FORMAT: ChatFormat = {
  width: 60,
  timestamps: 'time',
  self: 'ada',
  glyphs: makeTheme(false, false).glyphs,
};
const BEFORE = message('b', 'linus', 'x', NOON - 1000);
type Message = Extract<Line, { kind: 'message' }>;

const textOf = (row: Row): string => row.segments.map(({ text }) => text).join('');
const rows = (change: Partial<Message>, format: Partial<ChatFormat> = {}): string[] =>
  rowsOf({ ...message('a', 'grace', 'so be it', NOON), ...change }, BEFORE, { ...FORMAT, ...format }).map(
    textOf,
  );

describe('what became of a message shows', () => {
  test.each<[Partial<Message>, string[]]>([
    [{ edited: NOON }, [' 12:00     grace │ so be it (edited)']],
    [{ deleted: true, text: '' }, [' 12:00     grace │ (deleted)']],
    [{ state: 'pending' }, [' 12:00     grace ┊ so be it']],
    [{ state: 'refused' }, [' 12:00     grace ✕ so be it (not sent)']],
    [{ action: true, text: 'waves' }, [' 12:00         * │ grace waves']],
  ])('%j', (change, expected) => {
    expect(rows(change)).toEqual(expected);
  });

  test('also on a narrow screen', () => {
    expect(rows({ action: true, text: 'waves' }, { width: 40 })).toEqual(['12:00 * grace waves']);
    expect(rows({ state: 'refused' }, { width: 40 })).toEqual(['12:00 grace✕ so be it (not sent)']);
  });
});

test('an answer stands under one line of what it answers', () => {
  const quote = { from: 'margaret', text: `it is ${'very '.repeat(20)}long` };
  const answer = { ...message('a', 'linus', 'indeed', NOON), replyTo: 4 };
  expect(rowsOf(answer, BEFORE, FORMAT, quote).map(textOf)).toEqual([
    ' 12:00     linus │ ↳ margaret: it is very very very very ve…',
    '                 │ indeed',
  ]);
  const gone = rowsOf(answer, BEFORE, FORMAT, { from: 'margaret', text: '' }).map(textOf);
  expect(gone[0]).toBe(' 12:00     linus │ ↳ margaret: (deleted)');
});

test('what an answer quotes follows the message that it answers', () => {
  const chat = new ChatRows(FORMAT);
  const said = (text: string): Line[] => [
    { ...message('a', 'grace', text, NOON), seq: 7 },
    { ...message('b', 'linus', 'yes', NOON + 1000), seq: 8, replyTo: 7 },
  ];
  const last = said('one')[1] as Line;
  const shown = (text: string): string =>
    visibleRows([said(text)[0] as Line, last], chat, null, 9)
      .map(textOf)
      .join('\n');
  expect(shown('one')).toContain('↳ grace: one');
  expect(shown('two')).toContain('↳ grace: two');
});

test('code is cut, not wrapped; all else is wrapped', () => {
  const text = `see\n\`\`\`\n${'x'.repeat(60)}\n  y\n\`\`\`\n${'word '.repeat(12)}`;
  expect(rows({ text })).toEqual([
    ' 12:00     grace │ see',
    '                 │ ```',
    `                 │ ${'x'.repeat(40)}…`,
    '                 │   y',
    '                 │ ```',
    `                 │ ${'word '.repeat(8).trim()}`,
    `                 │ ${'word '.repeat(4).trim()}`,
  ]);
});

describe('what is new', () => {
  const numbered = (count: number, from = 1): Message[] =>
    Array.from({ length: count }, (_, index) => ({
      ...message(`m${from + index}`, 'grace', `line ${from + index}`, NOON + index),
      seq: from + index,
    }));
  const state = busyState();
  const shown = (lines: readonly Line[], readTo: number, older = false): string[] =>
    shownLines(room('x', [], lines, { readTo, older }), state).map(({ id }) => id);

  test('stands below a mark', () => {
    expect(shown(numbered(4), 2)).toEqual(['m1', 'm2', 'new-mark', 'm3', 'm4']);
    const row = rowsOf({ kind: 'notice', id: 'new-mark', at: NOON, text: '' }, BEFORE, FORMAT).map(textOf);
    expect(row).toEqual([expect.stringMatching(/^─+ new messages ─+$/)]);
  });

  test('unless there is nothing, all is, or it began before what is here', () => {
    expect(shown(numbered(3), 3)).toEqual(['m1', 'm2', 'm3']);
    expect(shown(numbered(3), 0)).toEqual(['m1', 'm2', 'm3']);
    expect(shown(numbered(3, 10), 4, true)).toEqual(['m10', 'm11', 'm12']);
    expect(shown(numbered(3, 10), 9, false)).toEqual(['new-mark', 'm10', 'm11', 'm12']);
  });

  test('our own messages are not', () => {
    const mine = numbered(3).map((line) => (line.seq !== 1 ? { ...line, from: 'ada' } : line));
    expect(shown(mine as Line[], 1)).toEqual(['m1', 'm2', 'm3']);
  });

  test('nothing is made anew while nothing changes', () => {
    const place = room('x', [], numbered(4), { readTo: 2 });
    expect(shownLines(place, state)).toBe(shownLines(place, state));
  });
});
