/** Text measured in terminal cells: cutting, padding, wrapping. Pure. Takes clean text (clean-text.ts) only. */
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter();

/** What a person takes for one character, with its width in cells. */
export interface Grapheme {
  readonly text: string;
  readonly width: number;
}

/** Splits into characters as a person counts them. */
export function graphemes(text: string): Grapheme[] {
  if (/^[\x20-\x7e]*$/.test(text)) return [...text].map((character) => ({ text: character, width: 1 }));
  return Array.from(segmenter.segment(text), ({ segment }) => ({
    text: segment,
    width: stringWidth(segment),
  }));
}

/** Width in cells. */
export function widthOf(text: string): number {
  return stringWidth(text);
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
  if (width < 1) return [''];
  if (text.length <= width && widthOf(text) <= width) return [text];
  const rows: string[] = [];
  let row = '';
  let used = 0;
  for (const piece of pieces(text, width)) {
    if (used > 0 && used + widthOf(piece.trimEnd()) > width) {
      rows.push(row.trimEnd());
      row = '';
      used = 0;
    }
    row += piece;
    used += widthOf(piece);
  }
  rows.push(row.trimEnd());
  return rows;
}

/** Words with the space behind them; words longer than a row are cut. */
function pieces(text: string, width: number): string[] {
  return text
    .split(/(?<= )/)
    .flatMap((word) => (widthOf(word.trimEnd()) > width ? chop(word, width) : [word]));
}

/** For a terminal without UTF-8: what is not ASCII becomes as many '?' as it has cells. */
export function asciiOnly(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return graphemes(text)
    .map(({ text: character, width }) => (/^[\x20-\x7e]$/.test(character) ? character : '?'.repeat(width)))
    .join('');
}

/** Pieces of at most `width` cells. A character wider than that is left out. */
function chop(word: string, width: number): string[] {
  const cut: string[] = [];
  let piece = '';
  let used = 0;
  for (const { text, width: cells } of graphemes(word)) {
    if (cells > width) continue;
    if (used + cells > width) {
      cut.push(piece);
      piece = '';
      used = 0;
    }
    piece += text;
    used += cells;
  }
  cut.push(piece);
  return cut;
}
