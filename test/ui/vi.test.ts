/** Vi keys on a line: '|' is the cursor. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_EDITOR, type Editor, typed } from '../../src/ui/editing.ts';
import { VI, type Vi, viEscape, viKey, viType } from '../../src/ui/vi.ts';

interface Held {
  vi: Vi;
  editor: Editor;
}

/** Types keys as a person does; \x1b is Escape. */
function play(held: Held, keys: string): Held {
  let { vi, editor } = held;
  for (const key of keys) {
    const step =
      key === '\x1b'
        ? viEscape(vi, editor)
        : vi.mode === 'insert'
          ? viType(vi, editor, key)
          : viKey(vi, editor, key);
    ({ vi, editor } = step);
  }
  return { vi, editor };
}

function normal(before: string): Held {
  const cursor = before.indexOf('|');
  const line = { text: before.replace('|', ''), cursor };
  return { vi: { ...VI, mode: 'normal' }, editor: { ...EMPTY_EDITOR, line } };
}

const shown = ({ editor: { line } }: Held): string =>
  `${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`;

describe('motions', () => {
  test.each([
    ['ab|c', 'h', 'a|bc'],
    ['|abc', 'h', '|abc'],
    ['|abc', 'l', 'a|bc'],
    ['ab|c', 'l', 'ab|c'],
    ['|abcdef', '3l', 'abc|def'],
    ['|one two', 'w', 'one |two'],
    ['|one.two three', 'w', 'one|.two three'],
    ['|one.two three', 'W', 'one.two |three'],
    ['|a b c d', '3w', 'a b c |d'],
    ['one tw|o', 'b', 'one |two'],
    ['one |two', 'b', '|one two'],
    ['|one two', 'e', 'on|e two'],
    ['on|e two', 'e', 'one tw|o'],
    ['one.|two x', 'B', '|one.two x'],
    ['  one tw|o', '0', '|  one two'],
    ['  one tw|o', '^', '  |one two'],
    ['|one two', '$', 'one tw|o'],
    ['|a-b-c', 'f-', 'a|-b-c'],
    ['|a-b-c', '2f-', 'a-b|-c'],
    ['|a-b-c', 't-', '|a-b-c'],
    ['|ab-c', 't-', 'a|b-c'],
    ['a-b-|c', 'F-', 'a-b|-c'],
    ['a-bb|c', 'T-', 'a-|bbc'],
    ['|a-b-c', 'f-;', 'a-b|-c'],
    ['|a-b-c', 'f-;,', 'a|-b-c'],
    ['|abc', 'fz', '|abc'],
    ['👩‍💻|e\u0301x', 'l', '👩‍💻e\u0301|x'],
    ['one\nt|wo', '0', 'one\n|two'],
    ['one\n|two', 'h', 'one\n|two'],
  ])('%j %s: %j', (before, keys, after) => {
    expect(shown(play(normal(before), keys))).toBe(after);
  });
});

describe('text objects', () => {
  test.each([
    ['one t|wo three', 'diw', 'one | three'],
    ['one t|wo three', 'daw', 'one |three'],
    ['one tw|o', 'daw', 'on|e'],
    ['one|  two', 'diw', 'one|two'],
    ['one|  two x', 'daw', 'one| x'],
    ['a.b|c-d e', 'diw', 'a.|-d e'],
    ['x a.b|c-d e', 'diW', 'x | e'],
    ['say "one |two" now', 'di"', 'say "|" now'],
    ['say "one |two" now', 'da"', 'say | now'],
    ['|say "one" now', "ci'", '|say "one" now'],
    ['|say "one" now', 'di"', 'say "|" now'],
    ["a 'b' c |d 'e'", "di'", "a 'b' c d '|'"],
    ['f(a, g(b|), c)', 'di(', 'f(a, g(|), c)'],
    ['f(a, g(b)|, c)', 'di)', 'f(|)'],
    ['f|(a, g(b))', 'dib', 'f(|)'],
    ['f(a, g(b)|)', 'da(', '|f'],
    ['{a [b|] c}', 'di[', '{a [|] c}'],
    ['{a [b|] c}', 'daB', '|'],
    ['a |b', 'di(', 'a |b'],
    ['a |b', 'dix', 'a |b'],
    ['one t|wo', 'ciwfour\x1b', 'one fou|r'],
    ['one t|wo six', 'ciwx\x1bw.', 'one x |x'],
    ['one t|wo', 'yiwP', 'one tw|otwo'],
    ['one\nt|wo', 'diw', 'one\n|'],
    ['|', 'diw', '|'],
    ['a|b', 'iw\x1b', 'a|wb'],
  ])('%j %s: %j', (before, keys, after) => {
    expect(shown(play(normal(before), keys))).toBe(after);
  });
});

describe('operators', () => {
  test.each([
    ['|one two', 'dw', '|two'],
    ['|one two three', '2dw', '|three'],
    ['|one two three', 'd2w', '|three'],
    ['|one two', 'de', '| two'],
    ['one |two', 'db', '|two'],
    ['one| two', 'd$', 'on|e'],
    ['one| two', 'D', 'on|e'],
    ['one t|wo', 'd0', '|wo'],
    ['|a-b-c', 'df-', '|b-c'],
    ['|ab-c', 'dt-', '|-c'],
    ['a-b|c', 'dF-', 'a|c'],
    ['o|ne two', 'dd', '|'],
    ['one\nt|wo\nsix', 'dd', 'one\n|\nsix'],
    ['|abc', 'x', '|bc'],
    ['|abcd', '2x', '|cd'],
    ['ab|c', 'x', 'a|b'],
    ['ab|c', 'X', 'a|c'],
    ['|one two', 'cwsix\x1b', 'si|x two'],
    ['one tw|o', 'cwx\x1b', 'one tw|x'],
    ['|one two', 'cczero\x1b', 'zer|o'],
    ['one| two', 'C!\x1b', 'one|!'],
    ['|abc', 'sxy\x1b', 'x|ybc'],
    ['|one two', 'ywP', 'one| one two'],
    ['|one two', 'yyp', 'oone tw|one two'],
    ['|abc', 'xp', 'b|ac'],
    ['|ab', 'x2p', 'ba|a'],
    ['|abc', 'rx', '|xbc'],
    ['|abc', '2rx', 'x|xc'],
    ['|abc', '9rx', '|abc'],
    ['|aBc', '~~', 'Ab|c'],
  ])('%j %s: %j', (before, keys, after) => {
    expect(shown(play(normal(before), keys))).toBe(after);
  });
});

describe('insert', () => {
  test.each([
    ['a|b', 'ix\x1b', 'a|xb'],
    ['a|b', 'ax\x1b', 'ab|x'],
    ['  a|b', 'Ix\x1b', '  |xab'],
    ['|ab', 'Ax\x1b', 'ab|x'],
    ['a|b', 'ox\x1b', 'ab\n|x'],
  ])('%j %s: %j', (before, keys, after) => {
    expect(shown(play(normal(before), keys))).toBe(after);
  });

  test('undo takes all that was typed, the dot types it again', () => {
    const typedOn = play(normal('|b'), 'ione two \x1b');
    expect(shown(typedOn)).toBe('one two| b');
    expect(shown(play(typedOn, 'u'))).toBe('|b');
    expect(shown(play(typedOn, '.'))).toBe('one twoone two|  b');
    expect(shown(play(normal('|a b c d'), 'dw..'))).toBe('|d');
    expect(shown(play(normal('|a b c d e'), 'dw2.'))).toBe('|d e');
    expect(shown(play(normal('|a b c'), 'cwx\x1bw.w.'))).toBe('x x |x');
    expect(shown(play(normal('|abcd'), 'xxuu'))).toBe('|abcd');
  });

  test('a message begins in insert mode', () => {
    expect(shown(play({ vi: VI, editor: EMPTY_EDITOR }, 'hello\x1bb'))).toBe('|hello');
  });
});

test('history and the editor are asked for', () => {
  const asks = ['k', 'j', 'v'].map((key) => {
    const { vi, editor } = normal('|a');
    return viKey(vi, editor, key).ask;
  });
  expect(asks).toEqual(['history-back', 'history-forth', 'editor']);
});

test('any keys leave the cursor on a border between characters', () => {
  const key = fc.constantFrom(...'hlwbeWBE0^$fFtT;,dcyxXDCsSYpPr~uiaIAo.kjv123 -\x1b', '👍🏽', 'é');
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.array(key, { maxLength: 40 }),
      (text, keys) => {
        let held: Held = { vi: { ...VI, mode: 'normal' }, editor: typed(EMPTY_EDITOR, text) };
        for (const one of keys) held = play(held, one.length > 1 ? '' : one);
        const { line } = held.editor;
        expect(line.cursor).toBeGreaterThanOrEqual(0);
        expect(line.cursor).toBeLessThanOrEqual(line.text.length);
        expect(line.text.slice(0, line.cursor).isWellFormed()).toBe(true);
      },
    ),
  );
});
