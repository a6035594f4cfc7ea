/** Editing keys and the history of what was sent. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  applyEdit,
  EMPTY_HISTORY,
  EMPTY_LINE,
  insert,
  type LineEdit as Edit,
  MAX_HISTORY,
  MAX_INPUT,
  recall,
  remember,
} from '../../src/ui/line-editor.ts';

/** '|' is the cursor. */
function edited(before: string, ...edits: Edit[]): string {
  const cursor = before.indexOf('|');
  let line = { text: before.replace('|', ''), cursor };
  for (const edit of edits) line = applyEdit(line, edit);
  return `${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`;
}

test.each<[string, Edit, string]>([
  ['ab|c', 'left', 'a|bc'],
  ['|abc', 'left', '|abc'],
  ['abc|', 'right', 'abc|'],
  ['👩‍💻|x', 'left', '|👩‍💻x'],
  ['|e\u0301x', 'right', 'e\u0301|x'],
  ['one two|', 'word-left', 'one |two'],
  ['one  |two', 'word-left', '|one  two'],
  ['one| two', 'word-right', 'one two|'],
  ['ab|cd', 'home', '|abcd'],
  ['ab|cd', 'end', 'abcd|'],
  ['ab|cd', 'backspace', 'a|cd'],
  ['👍🏽|', 'backspace', '|'],
  ['|ab', 'backspace', '|ab'],
  ['ab|cd', 'delete', 'ab|d'],
  ['one two |x', 'delete-word', 'one |x'],
  ['one two| x', 'delete-to-start', '| x'],
  ['one| two', 'delete-to-end', 'one|'],
])('%s %s: %s', (before, edit, after) => {
  expect(edited(before, edit)).toBe(after);
});

test('typing goes to the cursor and is bounded', () => {
  expect(insert({ text: 'ac', cursor: 1 }, 'b')).toEqual({ text: 'abc', cursor: 2 });
  expect(insert(EMPTY_LINE, 'x'.repeat(MAX_INPUT * 2)).text).toHaveLength(MAX_INPUT);
  expect(insert({ text: 'x'.repeat(MAX_INPUT - 1), cursor: 0 }, '👍').text.isWellFormed()).toBe(true);
});

test('history goes back, keeps the draft, and forgets the oldest', () => {
  let history = remember(remember(remember(EMPTY_HISTORY, 'one'), 'two'), 'two');
  expect(history.sent).toEqual(['one', 'two']);
  let line = { text: 'draft', cursor: 2 };
  const go = (step: 1 | -1): string => {
    ({ history, line } = recall(history, line, step));
    return line.text;
  };
  expect([go(-1), go(-1), go(-1), go(1), go(1), go(1)]).toEqual([
    'two',
    'one',
    'one',
    'two',
    'draft',
    'draft',
  ]);
  const full = Array.from({ length: MAX_HISTORY + 50 }, (_, index) => String(index)).reduce(
    remember,
    EMPTY_HISTORY,
  );
  expect(full.sent).toHaveLength(MAX_HISTORY);
});

test('any edits keep the cursor inside whole characters', () => {
  const edits = fc.array(
    fc.constantFrom<Edit>(
      'left',
      'right',
      'word-left',
      'word-right',
      'home',
      'end',
      'backspace',
      'delete',
      'delete-word',
    ),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), edits, (text, keys) => {
      let line = insert(EMPTY_LINE, text);
      for (const key of keys) line = applyEdit(line, key);
      expect(line.cursor).toBeGreaterThanOrEqual(0);
      expect(line.cursor).toBeLessThanOrEqual(line.text.length);
      expect(line.text.slice(0, line.cursor).isWellFormed()).toBe(true);
    }),
  );
});
