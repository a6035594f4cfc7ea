/** The screen of a terminal emulator as plain data: styled runs of text, never an escape sequence. Pure but for the emulator read. */
import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless';
import stringWidth from 'string-width';

/** A palette index 0..255 or 0xRRGGBB as "#rrggbb"; null is the terminal's own colour. */
export type ShellColor = number | string | null;

export interface ShellRun {
  readonly text: string;
  readonly foreground: ShellColor;
  readonly background: ShellColor;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strikethrough: boolean;
}

export type ShellPhase =
  | { readonly at: 'idle' }
  | { readonly at: 'running' }
  | { readonly at: 'exited'; readonly code: number }
  | { readonly at: 'failed'; readonly reason: string };

export interface ShellScreen {
  readonly phase: ShellPhase;
  /** One entry a row; a row is as wide as the screen at most. */
  readonly rows: readonly (readonly ShellRun[])[];
  /** Null while the program hides it. */
  readonly cursor: { readonly x: number; readonly y: number } | null;
  /** What the keyboard encoder must know. */
  readonly applicationCursor: boolean;
  readonly bracketedPaste: boolean;
}

/** Before the first start. */
export const IDLE: ShellScreen = {
  phase: { at: 'idle' },
  rows: [],
  cursor: null,
  applicationCursor: false,
  bracketedPaste: false,
};

/** The emulator's cells as wide as the layout that draws them measures them. */
export function measureLikeUs(terminal: Terminal): void {
  const known = new Map<number, 0 | 1 | 2>();
  const wcwidth = (code: number): 0 | 1 | 2 => {
    if (code >= 0x20 && code < 0x7f) return 1;
    const seen = known.get(code);
    if (seen !== undefined) return seen;
    const width = Math.min(2, stringWidth(String.fromCodePoint(code))) as 0 | 1 | 2;
    // Bounded by Unicode itself; in practice a few hundred.
    known.set(code, width);
    return width;
  };
  const version = 'string-width';
  terminal.unicode.register({
    version,
    wcwidth,
    // As xterm packs it: width in bits 1 and 2, bit 0 says that the character joins the one before.
    charProperties(code, preceding) {
      const width = wcwidth(code);
      const joins = width === 0 && preceding !== 0;
      return ((joins ? (preceding >> 1) & 3 : width) << 1) | (joins ? 1 : 0);
    },
  });
  terminal.unicode.activeVersion = version;
}

/** The screen as it is now. */
export function snapshot(phase: ShellPhase, terminal: Terminal | undefined): ShellScreen {
  if (!terminal) return { ...IDLE, phase };
  const buffer = terminal.buffer.active;
  const cell = buffer.getNullCell();
  const rows = Array.from({ length: terminal.rows }, (_, y) => runsOf(buffer, buffer.baseY + y, cell));
  const hidden = phase.at !== 'running' || cursorHidden(terminal);
  return {
    phase,
    rows,
    cursor: hidden ? null : { x: Math.min(buffer.cursorX, terminal.cols - 1), y: buffer.cursorY },
    applicationCursor: terminal.modes.applicationCursorKeysMode,
    bracketedPaste: terminal.modes.bracketedPasteMode,
  };
}

/** DECTCEM, where this version of the emulator tells it. */
function cursorHidden(terminal: Terminal): boolean {
  return 'showCursor' in terminal.modes && terminal.modes.showCursor === false;
}

type Style = Omit<ShellRun, 'text'>;

function runsOf(buffer: IBuffer, y: number, cell: IBufferCell): readonly ShellRun[] {
  const line = buffer.getLine(y);
  const runs: ShellRun[] = [];
  let style: Style | undefined;
  let text = '';
  for (let x = 0; x < (line?.length ?? 0); x++) {
    line?.getCell(x, cell);
    if (cell.getWidth() === 0) continue;
    const here = styleOf(cell);
    if (style === undefined || !sameStyle(style, here)) {
      if (style !== undefined) runs.push({ text, ...style });
      style = here;
      text = '';
    }
    text += textOf(cell);
  }
  if (style !== undefined) runs.push({ text, ...style });
  return withoutBlankEnd(runs);
}

/** A cell's characters, exactly as wide as the cell: anything else would move the rest of the row. */
function textOf(cell: IBufferCell): string {
  const width = cell.getWidth();
  const characters = cell.getChars();
  if (characters === '' || cell.isInvisible()) return ' '.repeat(width);
  if (characters.length === 1 && characters >= ' ' && characters <= '~') return characters;
  // Controls never get into cells; marks that turn the writing direction can.
  const shown = characters.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
  if (stringWidth(shown) === width) return shown;
  const [first = ''] = shown;
  return stringWidth(first) === width ? first : '?'.padEnd(width);
}

function styleOf(cell: IBufferCell): Style {
  return {
    foreground: cell.isFgDefault() ? null : colorOf(cell.isFgRGB(), cell.getFgColor()),
    background: cell.isBgDefault() ? null : colorOf(cell.isBgRGB(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
    strikethrough: cell.isStrikethrough() !== 0,
  };
}

function colorOf(isRgb: boolean, value: number): ShellColor {
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value;
}

function sameStyle(a: Style, b: Style): boolean {
  return (
    a.foreground === b.foreground &&
    a.background === b.background &&
    a.bold === b.bold &&
    a.dim === b.dim &&
    a.italic === b.italic &&
    a.underline === b.underline &&
    a.inverse === b.inverse &&
    a.strikethrough === b.strikethrough
  );
}

/** Rows end where they stop showing anything, so that drawing them is cheap. */
function withoutBlankEnd(runs: readonly ShellRun[]): readonly ShellRun[] {
  const last = runs.at(-1);
  if (!last || last.background !== null || last.inverse || last.underline || last.strikethrough) return runs;
  const text = last.text.trimEnd();
  if (text === last.text) return runs;
  return text === '' ? runs.slice(0, -1) : [...runs.slice(0, -1), { ...last, text }];
}
