/** Finding text in an emulator's buffer, a line as it was written, however many rows it takes. Pure but for the buffer read. */
import type { IBuffer } from '@xterm/headless';
import type { Mark } from './shell-screen.ts';

/** Longest text that is looked for, characters: what a person types. */
export const MAX_QUERY = 200;
/** Rows that one written line is followed over: what is longer is searched in parts. */
const MAX_ROWS = 64;

/** The next row from `from` on in the direction of `step`, without `from` itself, where the text begins. */
export function findLine(buffer: IBuffer, text: string, from: number, step: 1 | -1): Mark | null {
  const query = text.slice(0, MAX_QUERY);
  if (query === '') return null;
  const plain = query === query.toLowerCase();
  for (let y = from + step; y >= 0 && y < buffer.length; y += step) {
    const row = rowText(buffer, y);
    // A find may begin in this row and go on in the next ones.
    const whole = plain ? followed(buffer, y, row).toLowerCase() : followed(buffer, y, row);
    const at =
      step < 0 ? whole.slice(0, row.length + query.length - 1).lastIndexOf(query) : whole.indexOf(query);
    if (at >= 0 && at < row.length) return markOf(buffer, y, at, query.length);
  }
  return null;
}

function rowText(buffer: IBuffer, y: number): string {
  return buffer.getLine(y)?.translateToString(false) ?? '';
}

/** The row with the rows that it wraps into. */
function followed(buffer: IBuffer, y: number, row: string): string {
  let text = row;
  for (let next = y + 1; next < y + MAX_ROWS && buffer.getLine(next)?.isWrapped; next++)
    text += rowText(buffer, next);
  return text;
}

/** From characters to cells: wide ones take two, and several code units may share one. */
function markOf(buffer: IBuffer, line: number, at: number, length: number): Mark {
  const row = buffer.getLine(line);
  const cells = row?.length ?? 0;
  let units = 0;
  let x = -1;
  let end = cells;
  for (let column = 0; column < cells; column++) {
    const cell = row?.getCell(column);
    if (!cell || cell.getWidth() === 0) continue;
    if (x < 0 && units >= at) x = column;
    if (units >= at + length) {
      end = column;
      break;
    }
    units += Math.max(1, cell.getChars().length);
  }
  return { line, x: Math.max(0, x), cells: Math.max(1, end - Math.max(0, x)) };
}
