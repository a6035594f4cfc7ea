/** The part of the input line that fits on the screen, and where the cursor stands in it. Pure. */
import { cleanLine } from './clean-text.ts';
import type { EditLine } from './line-editor.ts';
import { type Grapheme, graphemes, widthOf } from './text-width.ts';

export interface InputWindow {
  /** At most the given cells. */
  readonly text: string;
  /** Cell of the cursor, less than the given cells. */
  readonly cursor: number;
}

/** @param newline what stands for a line break inside a message. */
export function inputWindow(line: EditLine, width: number, newline: string): InputWindow {
  const before = shown(line.text.slice(0, line.cursor), newline);
  const after = shown(line.text.slice(line.cursor), newline);
  // The cursor needs a cell of its own behind the last character.
  let room = Math.max(0, width - 1 - Math.min(total(after), Math.floor(width / 4)));
  let text = '';
  let cursor = 0;
  for (const { text: character, width: cells } of before.reverse()) {
    if (cells > room) break;
    room -= cells;
    text = character + text;
    cursor += cells;
  }
  let left = width - cursor;
  for (const { text: character, width: cells } of after) {
    if (cells > left) break;
    left -= cells;
    text += character;
  }
  return { text, cursor };
}

function total(characters: readonly Grapheme[]): number {
  return characters.reduce((sum, { width }) => sum + width, 0);
}

/** Character by character, so that a break between the two halves never joins or splits one. */
function shown(text: string, newline: string): Grapheme[] {
  return graphemes(text).map(({ text: character }) => {
    const visible = character === '\n' ? newline : cleanLine(character);
    return { text: visible, width: widthOf(visible) };
  });
}
