/** The input line: text, cursor and what was sent before. Pure values; every function returns a new line. */
import { graphemes } from './text-width.ts';

/** Longest input, UTF-16 units: a message body is at most 8 KiB. */
export const MAX_INPUT = 8 * 1024;
/** Sent lines kept to go back to. */
export const MAX_HISTORY = 200;

export interface EditLine {
  readonly text: string;
  /** Offset into the text, on a border between characters. */
  readonly cursor: number;
}

/** The edits that need nothing but the line. */
export type LineEdit =
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'home'
  | 'end'
  | 'backspace'
  | 'delete'
  | 'delete-word'
  | 'delete-to-start'
  | 'delete-to-end';

export const EMPTY_LINE: EditLine = { text: '', cursor: 0 };

/** Puts text at the cursor. Too long: what does not fit is left out. */
export function insert(line: EditLine, text: string): EditLine {
  const room = MAX_INPUT - line.text.length;
  // Cutting inside a surrogate pair would leave half a character.
  const added = text.slice(0, Math.max(0, room)).toWellFormed();
  return {
    text: line.text.slice(0, line.cursor) + added + line.text.slice(line.cursor),
    cursor: line.cursor + added.length,
  };
}

/** Carries one editing key out. */
export function applyEdit(line: EditLine, edit: LineEdit): EditLine {
  const { text, cursor } = line;
  switch (edit) {
    case 'left':
      return { text, cursor: before(line) };
    case 'right':
      return { text, cursor: after(line) };
    case 'word-left':
      return { text, cursor: wordBefore(line) };
    case 'word-right':
      return { text, cursor: wordAfter(line) };
    case 'home':
      return { text, cursor: rowStart(line) };
    case 'end':
      return { text, cursor: rowEnd(line) };
    case 'backspace':
      return without(line, before(line), cursor);
    case 'delete':
      return without(line, cursor, after(line));
    case 'delete-word':
      return without(line, wordBefore(line), cursor);
    case 'delete-to-start':
      return without(line, rowStart(line), cursor);
    case 'delete-to-end':
      return without(line, cursor, rowEnd(line));
  }
}

/** The line without what is from offset to offset, with the cursor there. */
export function without({ text }: EditLine, from: number, to: number): EditLine {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

/** Where the line of a message of several lines begins in which the cursor is. */
export function rowStart({ text, cursor }: EditLine): number {
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;
}

/** Where that line ends. */
export function rowEnd({ text, cursor }: EditLine): number {
  const end = text.indexOf('\n', cursor);
  return end < 0 ? text.length : end;
}

/** A line of the message up (-1) or down (+1), in the same column; undefined where there is none. */
export function moveRow(line: EditLine, step: 1 | -1): EditLine | undefined {
  const { text, cursor } = line;
  const start = rowStart(line);
  const end = rowEnd(line);
  if (step < 0 ? start === 0 : end === text.length) return undefined;
  const target = { text, cursor: step < 0 ? start - 1 : end + 1 };
  const [from, to] = [rowStart(target), rowEnd(target)];
  const column = graphemes(text.slice(start, cursor)).length;
  const moved = graphemes(text.slice(from, to)).slice(0, column);
  return { text, cursor: from + moved.reduce((sum, { text: character }) => sum + character.length, 0) };
}

function before({ text, cursor }: EditLine): number {
  return cursor - (graphemes(text.slice(0, cursor)).at(-1)?.text.length ?? 0);
}

function after({ text, cursor }: EditLine): number {
  return cursor + (graphemes(text.slice(cursor)).at(0)?.text.length ?? 0);
}

/** As readline's unix-word-rubout: spaces, then all that is no space. */
function wordBefore({ text, cursor }: EditLine): number {
  return text.slice(0, cursor).replace(/\S*\s*$/, '').length;
}

/** End of the word at or after the cursor. */
export function wordAfter({ text, cursor }: EditLine): number {
  return text.length - text.slice(cursor).replace(/^\s*\S*/, '').length;
}

/** What was sent, newest last, and where in it the user is. */
export interface History {
  readonly sent: readonly string[];
  /** Index into `sent`; `sent.length` is the line being written. */
  readonly at: number;
  /** The line that was being written when the user went back. */
  readonly draft: string;
}

export const EMPTY_HISTORY: History = { sent: [], at: 0, draft: '' };

/** Remembers a sent line; the same line twice in a row is kept once. */
export function remember(history: History, text: string): History {
  const sent = history.sent.at(-1) === text ? history.sent : [...history.sent, text].slice(-MAX_HISTORY);
  return { sent, at: sent.length, draft: '' };
}

/** Goes back (-1) or forth (+1). Returns the same history at its ends. */
export function recall(
  history: History,
  line: EditLine,
  step: 1 | -1,
): { readonly history: History; readonly line: EditLine } {
  const at = history.at + step;
  if (at < 0 || at > history.sent.length) return { history, line };
  const draft = history.at === history.sent.length ? line.text : history.draft;
  const text = at === history.sent.length ? draft : (history.sent[at] ?? '');
  return { history: { ...history, at, draft }, line: { text, cursor: text.length } };
}
