/**
 * Editing as readline has it: what was cut can be put back, what was done can be undone. Pure values around the line of
 * line-editor.ts; every function returns a new one.
 */
import {
  applyEdit,
  type EditLine,
  EMPTY_LINE,
  insert,
  type LineEdit,
  without,
  wordAfter,
} from './line-editor.ts';
import { graphemes } from './text-width.ts';

/** Texts that were cut and can be put back: as many as readline keeps. */
export const MAX_KILLS = 10;
/** Steps that can be undone. */
export const MAX_UNDO = 200;

/** What readline's keys do besides Edit. */
export const FURTHER_EDITS = [
  'yank',
  'yank-pop',
  'transpose-chars',
  'transpose-words',
  'delete-word-right',
  'upper-word',
  'lower-word',
  'capital-word',
  'undo',
] as const;
export type FurtherEdit = (typeof FURTHER_EDITS)[number];

export interface Editor {
  readonly line: EditLine;
  /** What was cut, newest first. */
  readonly kills: readonly string[];
  /** The lines before, newest last. */
  readonly undo: readonly EditLine[];
  /** What was done last: cuts that follow each other become one, typed letters are undone together. */
  readonly last: 'kill' | 'kill-back' | 'yank' | 'type' | 'other';
  /** Which of `kills` was put back last. */
  readonly yanked: number;
}

export const EMPTY_EDITOR: Editor = { line: EMPTY_LINE, kills: [], undo: [], last: 'other', yanked: 0 };

/** The line becomes another one, as a single step that can be undone. */
export function changed(editor: Editor, line: EditLine, last: Editor['last'] = 'other'): Editor {
  if (line.text === editor.line.text) return { ...editor, line, last };
  return { ...marked(editor), line, last };
}

/** The line as it is now is what an undo leads back to. */
export function marked(editor: Editor): Editor {
  return { ...editor, undo: [...editor.undo, editor.line].slice(-MAX_UNDO) };
}

/** Another line altogether (sent, or from the history): nothing of the one before is undone in it. */
export function started(editor: Editor, line: EditLine): Editor {
  return { ...editor, line, undo: [], last: 'other' };
}

/** Types text. Letters of one word are undone together; with `whole`, all that is typed in a row. */
export function typed(editor: Editor, text: string, whole = false): Editor {
  const line = insert(editor.line, text);
  const goesOn = editor.last === 'type' && (whole || !/^\s/.test(text));
  return goesOn ? { ...editor, line } : changed(editor, line, 'type');
}

/** Carries one editing key out. */
export function edited(editor: Editor, edit: LineEdit | FurtherEdit): Editor {
  const { line } = editor;
  switch (edit) {
    case 'delete-word':
    case 'delete-to-start':
      return killed(editor, applyEdit(line, edit), 'kill-back');
    case 'delete-to-end':
      return killed(editor, applyEdit(line, edit), 'kill');
    case 'delete-word-right':
      return killed(editor, without(line, line.cursor, wordAfter(line)), 'kill');
    case 'yank':
      return yanked(editor, 0, line);
    case 'yank-pop':
      return yankPopped(editor);
    case 'transpose-chars':
      return changed(editor, transposeChars(line));
    case 'transpose-words':
      return changed(editor, transposeWords(line));
    case 'upper-word':
      return changed(
        editor,
        recased(line, (word) => word.toUpperCase()),
      );
    case 'lower-word':
      return changed(
        editor,
        recased(line, (word) => word.toLowerCase()),
      );
    case 'capital-word':
      return changed(editor, recased(line, capital));
    case 'undo':
      return undone(editor);
    default:
      return changed(editor, applyEdit(line, edit));
  }
}

/** Text to put back later, besides what is there already. */
export function withKill(editor: Editor, text: string): Editor {
  return text === '' ? editor : { ...editor, kills: [text, ...editor.kills].slice(0, MAX_KILLS) };
}

/** Cuts that follow each other are put back as one text, in the order in which they stood. */
function killed(editor: Editor, line: EditLine, how: 'kill' | 'kill-back'): Editor {
  const { text } = editor.line;
  const length = text.length - line.text.length;
  const cut = text.slice(line.cursor, line.cursor + length);
  if (cut === '') return { ...editor, last: how };
  const [newest = '', ...older] = editor.kills;
  const goesOn = editor.last === 'kill' || editor.last === 'kill-back';
  const joined = how === 'kill' ? newest + cut : cut + newest;
  const kills = goesOn ? [joined, ...older] : [cut, ...editor.kills].slice(0, MAX_KILLS);
  return { ...changed(editor, line, how), kills };
}

function yanked(editor: Editor, index: number, line: EditLine): Editor {
  const text = editor.kills[index];
  if (text === undefined) return editor;
  return { ...changed(editor, insert(line, text), 'yank'), yanked: index };
}

/** In place of what was put back last, what was cut before that. */
function yankPopped(editor: Editor): Editor {
  const { line, kills, last } = editor;
  if (last !== 'yank' || kills.length === 0) return editor;
  const length = kills[editor.yanked]?.length ?? 0;
  return yanked(editor, (editor.yanked + 1) % kills.length, without(line, line.cursor - length, line.cursor));
}

function undone(editor: Editor): Editor {
  const line = editor.undo.at(-1);
  return line ? { ...editor, line, undo: editor.undo.slice(0, -1), last: 'other' } : editor;
}

/** The character before the cursor goes over the one under it; at the end the last two change places. */
function transposeChars(line: EditLine): EditLine {
  const characters = graphemes(line.text).map(({ text }) => text);
  let at = graphemes(line.text.slice(0, line.cursor)).length;
  if (characters.length < 2 || at === 0) return line;
  at = Math.min(at, characters.length - 1);
  const [left = '', right = ''] = characters.slice(at - 1, at + 1);
  const text = [...characters.slice(0, at - 1), right, left, ...characters.slice(at + 1)].join('');
  return { text, cursor: characters.slice(0, at + 1).join('').length };
}

/** The word before the cursor changes places with the one at or after it; at the end the last two do. */
function transposeWords(line: EditLine): EditLine {
  const words = [...line.text.matchAll(/\S+/g)].map(({ 0: text, index }) => ({ text, index }));
  const under = words.findIndex(({ text, index }) => index + text.length > line.cursor);
  const second = under < 0 ? words.length - 1 : Math.max(1, under);
  const [a, b] = [words[second - 1], words[second]];
  if (!a || !b) return line;
  const between = line.text.slice(a.index + a.text.length, b.index);
  const end = b.index + b.text.length;
  return {
    text: line.text.slice(0, a.index) + b.text + between + a.text + line.text.slice(end),
    cursor: end,
  };
}

/** Changes the word from the cursor on and steps over it. */
function recased(line: EditLine, change: (word: string) => string): EditLine {
  const end = wordAfter(line);
  const word = change(line.text.slice(line.cursor, end));
  const before = line.text.slice(0, line.cursor) + word;
  return { text: before + line.text.slice(end), cursor: before.length };
}

function capital(word: string): string {
  return word.toLowerCase().replace(/\p{L}/u, (letter) => letter.toUpperCase());
}
