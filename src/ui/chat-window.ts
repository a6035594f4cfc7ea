/** Which rows of a chat are on the screen: sticks to the newest line, or stays where the user scrolled to. Pure. */
import { quoteOf } from '../session/lines.ts';
import type { Line } from '../session/state.ts';
import type { ChatRows, Row } from './chat-rows.ts';

/** The lowest visible row, by its line, so that lines added above and below do not move the view. Null: the newest. */
export type Anchor = { readonly id: string; readonly row: number } | null;

interface Position {
  readonly line: number;
  readonly row: number;
}

/** The rows to draw, oldest first, at most `height`. */
export function visibleRows(
  lines: readonly Line[],
  chat: ChatRows,
  anchor: Anchor,
  height: number,
): readonly Row[] {
  const at = resolve(lines, chat, anchor);
  if (!at) return [];
  const found: Row[] = [];
  for (let line = at.line; line >= 0 && found.length < height; line--) {
    const rows = rowsAt(lines, chat, line);
    const end = line === at.line ? at.row + 1 : rows.length;
    found.unshift(...rows.slice(Math.max(0, end - (height - found.length)), end));
  }
  return found;
}

/** Moves the view by `by` rows (negative: to older ones). `top` says that the oldest row is in view now. */
export function scroll(
  lines: readonly Line[],
  chat: ChatRows,
  anchor: Anchor,
  by: number,
  height: number,
): { readonly anchor: Anchor; readonly top: boolean } {
  const at = resolve(lines, chat, anchor);
  if (!at) return { anchor: null, top: true };
  const moved = by < 0 ? up(lines, chat, at, -by) : down(lines, chat, at, by);
  const above = rowsUpTo(lines, chat, moved, height);
  const settled = above < height ? down(lines, chat, moved, height - above) : moved;
  return {
    anchor: anchorAt(lines, chat, settled),
    top: above <= height && isTop(lines, chat, settled, height),
  };
}

/** Where the view must be to show a whole line, as near as it can be to where it is. */
export function reveal(
  lines: readonly Line[],
  chat: ChatRows,
  anchor: Anchor,
  id: string,
  height: number,
): Anchor {
  const line = lines.findIndex((each) => each.id === id);
  const at = resolve(lines, chat, anchor);
  if (line < 0 || !at) return anchor;
  const last = rowsAt(lines, chat, line).length - 1;
  if (at.line < line || (at.line === line && at.row < last))
    return anchorAt(lines, chat, { line, row: last });
  const between = rowsBetween(lines, chat, line, at, height);
  if (between <= height) return anchor;
  // Its first row becomes the highest one.
  return anchorAt(lines, chat, down(lines, chat, { line, row: 0 }, height - 1));
}

/** Rows from the begin of a line to the position, counted no further than `enough` + 1. */
function rowsBetween(
  lines: readonly Line[],
  chat: ChatRows,
  from: number,
  to: Position,
  enough: number,
): number {
  let count = to.row + 1;
  for (let line = to.line - 1; line >= from && count <= enough; line--)
    count += rowsAt(lines, chat, line).length;
  return count;
}

function rowsAt(lines: readonly Line[], chat: ChatRows, index: number): readonly Row[] {
  const line = lines[index];
  if (!line) return [];
  const quote = line.kind === 'message' ? quoteOf(lines, line) : undefined;
  return chat.of(line, lines[index - 1], quote);
}

function resolve(lines: readonly Line[], chat: ChatRows, anchor: Anchor): Position | undefined {
  const last = lines.length - 1;
  if (last < 0) return undefined;
  const found = anchor ? lines.findLastIndex(({ id }) => id === anchor.id) : -1;
  const line = found < 0 ? last : found;
  const lowest = rowsAt(lines, chat, line).length - 1;
  return { line, row: anchor && found >= 0 ? Math.min(anchor.row, lowest) : lowest };
}

/** Null where nothing is below any more: the view sticks to the newest line again. */
function anchorAt(lines: readonly Line[], chat: ChatRows, { line, row }: Position): Anchor {
  if (line === lines.length - 1 && row >= rowsAt(lines, chat, line).length - 1) return null;
  const id = lines[line]?.id;
  return id === undefined ? null : { id, row };
}

function up(lines: readonly Line[], chat: ChatRows, from: Position, by: number): Position {
  let { line, row } = from;
  for (let left = by; left > 0; ) {
    if (row >= left) return { line, row: row - left };
    if (line === 0) return { line: 0, row: 0 };
    left -= row + 1;
    line--;
    row = rowsAt(lines, chat, line).length - 1;
  }
  return { line, row };
}

function down(lines: readonly Line[], chat: ChatRows, from: Position, by: number): Position {
  let { line, row } = from;
  for (let left = by; left > 0; ) {
    const lowest = rowsAt(lines, chat, line).length - 1;
    if (row + left <= lowest) return { line, row: row + left };
    if (line === lines.length - 1) return { line, row: lowest };
    left -= lowest - row + 1;
    line++;
    row = 0;
  }
  return { line, row };
}

/** Rows from the top down to the position, counted no further than `enough` + 1. */
function rowsUpTo(lines: readonly Line[], chat: ChatRows, at: Position, enough: number): number {
  let count = at.row + 1;
  for (let line = at.line - 1; line >= 0 && count <= enough; line--)
    count += rowsAt(lines, chat, line).length;
  return count;
}

function isTop(lines: readonly Line[], chat: ChatRows, at: Position, height: number): boolean {
  return rowsUpTo(lines, chat, at, height) <= height;
}
