/**
 * The line that is typed in a terminal without a screen: what to write for each change of it, as little as possible, since
 * a screen reader says what is written. Pure.
 */
import { inputWindow } from '../input-window.ts';
import { EMPTY_LINE, type EditLine } from '../line-editor.ts';
import { widthOf } from '../text-width.ts';

const ERASE_LINE = '\r\x1b[K';

export class TypedLine {
  #line: EditLine = EMPTY_LINE;
  #newline: string;

  /** @param newline what stands for a line break inside a message. */
  constructor(newline: string) {
    this.#newline = newline;
  }

  /** What to write so that the terminal shows this line in place of the one before. */
  show(line: EditLine, columns: number): string {
    const before = this.#line;
    this.#line = line;
    if (line.text === before.text && line.cursor === before.cursor) return '';
    if (!this.#isLong(line, columns) && !this.#isLong(before, columns)) {
      const step = this.#smallStep(before, line);
      if (step !== undefined) return step;
    }
    return ERASE_LINE + this.drawn(columns);
  }

  /** The line as it stands, to be written anew below something that was printed. */
  drawn(columns: number): string {
    const { text, cursor } = inputWindow(this.#line, columns - 1, this.#newline);
    const back = widthOf(text) - cursor;
    return text + (back > 0 ? `\x1b[${back}D` : '');
  }

  /** What to write before something is printed. */
  hidden(): string {
    return this.#line.text === '' ? '' : ERASE_LINE;
  }

  /** Typed at the end, or deleted there. */
  #smallStep(before: EditLine, line: EditLine): string | undefined {
    const atEnd = before.cursor === before.text.length && line.cursor === line.text.length;
    if (!atEnd) return undefined;
    if (line.text.startsWith(before.text)) {
      const added = line.text.slice(before.text.length);
      return inputWindow({ text: added, cursor: added.length }, Number.MAX_SAFE_INTEGER, this.#newline).text;
    }
    if (!before.text.startsWith(line.text)) return undefined;
    const cells = widthOf(before.text.slice(line.text.length));
    return cells === 1 ? '\b \b' : undefined;
  }

  #isLong(line: EditLine, columns: number): boolean {
    return widthOf(line.text) >= columns - 1 || line.text.includes('\n');
  }
}
