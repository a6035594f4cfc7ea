/** Text measured in terminal cells: cutting, padding, wrapping. Pure. Takes clean text (clean-text.ts) only. */
import cellWidth from '../cell-width.ts';

const segmenter = new Intl.Segmenter();
/** Most text: one cell a character, and nothing to look for. */
const ASCII = /^[\x20-\x7e]*$/;

/** What a person takes for one character, with its width in cells. */
export interface Grapheme {
  readonly text: string;
  readonly width: number;
}

/** Splits into characters as a person counts them. */
export function graphemes(text: string): Grapheme[] {
  if (ASCII.test(text)) return [...text].map((character) => ({ text: character, width: 1 }));
  return Array.from(segmenter.segment(text), ({ segment }) => ({
    text: segment,
    width: cellWidth(segment),
  }));
}

/** Width in cells. */
export function widthOf(text: string): number {
  return cellWidth(text);
}

/** At most `width` cells; a cut shows as the ellipsis. */
export function truncate(text: string, width: number, ellipsis = '\u2026'): string {
  if (width <= 0) return '';
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(ellipsis);
  if (room < 0) return takeCells(text, width);
  return takeCells(text, room) + ellipsis;
}

/** As many whole characters as fit into `width` cells. */
function takeCells(text: string, width: number): string {
  let taken = '';
  let used = 0;
  for (const { text: character, width: cells } of graphemes(text)) {
    if (used + cells > width) break;
    taken += character;
    used += cells;
  }
  return taken;
}

/** Exactly `width` cells: cut or filled with spaces at the end. */
export function padAfter(text: string, width: number, ellipsis?: string): string {
  const cut = truncate(text, width, ellipsis);
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)));
}

/** Exactly `width` cells: cut or filled with spaces before it. */
export function padBefore(text: string, width: number, ellipsis?: string): string {
  const cut = truncate(text, width, ellipsis);
  return ' '.repeat(Math.max(0, width - widthOf(cut))) + cut;
}

/** Breaks at spaces, and inside words that are longer than a row. Always at least one row; none wider than `width`. */
export function wrap(text: string, width: number): string[] {
  return wrapRanges(text, width).map(([from, to]) => text.slice(from, to));
}

/** The same as offsets: where each row begins and ends in the text. */
export function wrapRanges(text: string, width: number): readonly (readonly [number, number])[] {
  if (width < 1) return [[0, 0]];
  if (text.length <= width && widthOf(text) <= width) return [[0, text.length]];
  const rows: [number, number][] = [];
  let [start, end, used] = [0, 0, 0];
  for (const piece of pieces(text, width)) {
    const whole = text.slice(piece.from, piece.to);
    if (used > 0 && used + widthOf(whole.trimEnd()) > width) {
      rows.push([start, end]);
      used = 0;
    }
    if (used === 0) start = piece.from;
    end = piece.to;
    used += widthOf(whole);
  }
  rows.push([start, end]);
  return rows.map(([from, to]) => [from, from + text.slice(from, to).trimEnd().length]);
}

interface Piece {
  readonly from: number;
  readonly to: number;
}

/** Words with the space behind them; words longer than a row are cut. */
function pieces(text: string, width: number): Piece[] {
  let at = 0;
  return text.split(/(?<= )/).flatMap((word) => {
    const from = at;
    at += word.length;
    return widthOf(word.trimEnd()) > width ? chop(word, width, from) : [{ from, to: at }];
  });
}

/** For a terminal without UTF-8: what is not ASCII becomes as many '?' as it has cells. */
export function asciiOnly(text: string): string {
  if (ASCII.test(text)) return text;
  return graphemes(text)
    .map(({ text: character, width }) => (/^[\x20-\x7e]$/.test(character) ? character : '?'.repeat(width)))
    .join('');
}

/** Pieces of at most `width` cells. A character wider than that is left out. */
function chop(word: string, width: number, offset: number): Piece[] {
  const cut: Piece[] = [];
  let [from, at, used] = [offset, offset, 0];
  for (const { text, width: cells } of graphemes(word)) {
    if (used + cells > width) {
      if (at > from) cut.push({ from, to: at });
      [from, used] = [at, 0];
    }
    at += text.length;
    if (cells > width) from = at;
    else used += cells;
  }
  cut.push({ from, to: at });
  return cut;
}
