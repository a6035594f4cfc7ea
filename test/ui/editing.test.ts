/** Readline's cutting, putting back and undoing: '|' is the cursor. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changed,
  EMPTY_EDITOR,
  type Editor,
  edited,
  FURTHER_EDITS,
  type FurtherEdit,
  MAX_KILLS,
  MAX_UNDO,
  started,
  typed,
} from '../../src/ui/editing.ts';
import { EMPTY_LINE, moveRow } from '../../src/ui/line-editor.ts';

type What = Parameters<typeof edited>[1];

function at(before: string): Editor {
  return { ...EMPTY_EDITOR, line: { text: before.replace('|', ''), cursor: before.indexOf('|') } };
}
const shown = ({ line }: Editor): string =>
  `${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`;
const run = (editor: Editor, ...whats: What[]): string => shown(whats.reduce(edited, editor));

describe('cutting and putting back', () => {
  test('what was cut comes back at the cursor', () => {
    expect(run(at('one two|'), 'delete-word', 'home', 'yank')).toBe('two|one ');
    expect(run(at('one| two'), 'delete-to-end', 'yank', 'yank')).toBe('one two two|');
    expect(run(at('|one two'), 'delete-word-right', 'end', 'yank')).toBe(' twoone|');
  });

  test('cuts in a row become one text, in their order', () => {
    expect(run(at('one two three|'), 'delete-word', 'delete-word', 'yank')).toBe('one two three|');
    expect(run(at('one |two three'), 'delete-word-right', 'delete-word-right', 'yank')).toBe(
      'one two three|',
    );
    expect(run(at('one two| three'), 'delete-word', 'delete-word-right', 'yank')).toBe('one two three|');
  });

  test('older cuts come instead of newer ones', () => {
    const cut = (['delete-word', 'left', 'delete-word'] as const).reduce<Editor>(edited, at('one two|'));
    expect(run(cut, 'yank')).toBe('one| ');
    expect(run(cut, 'yank', 'yank-pop')).toBe('two| ');
    expect(run(cut, 'yank', 'yank-pop', 'yank-pop')).toBe('one| ');
    expect(run(cut, 'yank', 'left', 'yank-pop')).toBe('on|e ');
  });

  test('of a message of several lines only the row is cut', () => {
    expect(run(at('one\ntw|o\nsix'), 'delete-to-start')).toBe('one\n|o\nsix');
    expect(run(at('one\nt|wo\nsix'), 'delete-to-end')).toBe('one\nt|\nsix');
    expect(run(at('one\ntwo|\nsix'), 'home')).toBe('one\n|two\nsix');
  });
});

test.each<[string, FurtherEdit, string]>([
  ['ab|c', 'transpose-chars', 'acb|'],
  ['abc|', 'transpose-chars', 'acb|'],
  ['|abc', 'transpose-chars', '|abc'],
  ['a|', 'transpose-chars', 'a|'],
  ['one two|', 'transpose-words', 'two one|'],
  ['one tw|o six', 'transpose-words', 'two one| six'],
  ['o|ne two six', 'transpose-words', 'two one| six'],
  ['one|', 'transpose-words', 'one|'],
  ['|one two', 'upper-word', 'ONE| two'],
  ['one| TWO', 'lower-word', 'one two|'],
  ['|élan vital', 'capital-word', 'Élan| vital'],
])('%j %s: %j', (before, what, after) => {
  expect(run(at(before), what)).toBe(after);
});

describe('undoing', () => {
  test('goes back word by word, and cut by cut', () => {
    const editor = [...'one two'].reduce((held, letter) => typed(held, letter), EMPTY_EDITOR);
    expect(run(editor, 'undo')).toBe('one|');
    expect(run(editor, 'undo', 'undo')).toBe('|');
    expect(run(editor, 'delete-word', 'undo')).toBe('one two|');
    expect(run(editor, 'undo', 'undo', 'undo')).toBe('|');
  });

  test('another line begins anew', () => {
    const sent = started(typed(EMPTY_EDITOR, 'sent'), EMPTY_LINE);
    expect(run(sent, 'undo')).toBe('|');
  });

  test('both memories are bounded', () => {
    let editor = EMPTY_EDITOR;
    for (let n = 0; n < MAX_UNDO * 2; n++) editor = changed(editor, { text: `x${n}`, cursor: 0 });
    expect(editor.undo).toHaveLength(MAX_UNDO);
    for (let n = 0; n < MAX_KILLS * 2; n++)
      editor = edited(edited(typed(editor, `word${n} `), 'delete-word'), 'left');
    expect(editor.kills).toHaveLength(MAX_KILLS);
  });
});

test('rows of a message are gone through in their column', () => {
  expect(moveRow({ text: 'one\ntwo\nx', cursor: 6 }, -1)).toEqual({ text: 'one\ntwo\nx', cursor: 2 });
  expect(moveRow({ text: 'one\ntwo\nx', cursor: 6 }, 1)).toEqual({ text: 'one\ntwo\nx', cursor: 9 });
  expect(moveRow({ text: 'one', cursor: 1 }, -1)).toBeUndefined();
  expect(moveRow({ text: '\nx', cursor: 0 }, -1)).toBeUndefined();
});

test('any edits keep whole characters, and undoing leads back to the begin', () => {
  const whats = fc.array(
    fc.constantFrom<What>(
      ...FURTHER_EDITS,
      'left',
      'word-left',
      'home',
      'end',
      'backspace',
      'delete-word',
      'delete-to-end',
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), whats, (text, keys) => {
      let editor = typed(EMPTY_EDITOR, text);
      for (const key of keys) editor = edited(editor, key);
      expect(editor.line.text.isWellFormed()).toBe(true);
      expect(editor.line.cursor).toBeLessThanOrEqual(editor.line.text.length);
      while (editor.undo.length > 0) editor = edited(editor, 'undo');
      expect(editor.line.text).toBe('');
    }),
  );
});
