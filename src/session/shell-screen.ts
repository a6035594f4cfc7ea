/** The screen of a terminal emulator as plain data: styled runs of text, never an escape sequence. Pure but for the emulator read. */
import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless';
import cellWidth from '../cell-width.ts';

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
  | { readonly at: 'exited'; readonly code: number; readonly signal?: number }
  | { readonly at: 'failed'; readonly reason: string };

/** What the program wants to hear of the mouse, as xterm names it: nothing, presses, clicks, drags, every move. */
export type MouseTracking = Terminal['modes']['mouseTrackingMode'];

/** DECSCUSR: 0 and 1 blinking block, 2 block, 3 and 4 underline, 5 and 6 bar; 0 is the terminal's own. */
export type CursorShape = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** What the program has set in its terminal, as far as keyboard, mouse and cursor must know. */
export interface ShellModes {
  readonly applicationCursor: boolean;
  readonly bracketedPaste: boolean;
  readonly mouse: MouseTracking;
  /** Mouse reports in SGR form (mode 1006), the only one that reaches beyond column 223. */
  readonly sgrMouse: boolean;
  /** It wants to be told when the window gets or loses the focus. */
  readonly focusReports: boolean;
  readonly alternateScreen: boolean;
  readonly cursorShape: CursorShape;
}

export interface ShellScreen extends ShellModes {
  readonly phase: ShellPhase;
  /** One entry a row; a row is as wide as the screen at most. */
  readonly rows: readonly (readonly ShellRun[])[];
  readonly columns: number;
  /** Null while the program hides it, and while it is scrolled out of sight. */
  readonly cursor: { readonly x: number; readonly y: number } | null;
  /** Rows between what is shown and the newest; 0 unless the user looks back. */
  readonly scrolled: number;
  /** Rows kept above the newest screen. */
  readonly above: number;
}

/** A program that has set nothing. */
export const NO_MODES: ShellModes = {
  applicationCursor: false,
  bracketedPaste: false,
  mouse: 'none',
  sgrMouse: false,
  focusReports: false,
  alternateScreen: false,
  cursorShape: 0,
};

/** Before the first start. */
export const IDLE: ShellScreen = {
  ...NO_MODES,
  phase: { at: 'idle' },
  rows: [],
  columns: 80,
  cursor: null,
  scrolled: 0,
  above: 0,
};

/** Cells of one line of the buffer that are shown the other way round: where a search found something. */
export interface Mark {
  /** Line of the buffer, from its oldest. */
  readonly line: number;
  readonly x: number;
  readonly cells: number;
}

/** The emulator's cells as wide as the layout that draws them measures them. */
export function measureLikeUs(terminal: Terminal): void {
  const known = new Map<number, 0 | 1 | 2>();
  const wcwidth = (code: number): 0 | 1 | 2 => {
    if (code >= 0x20 && code < 0x7f) return 1;
    const seen = known.get(code);
    if (seen !== undefined) return seen;
    const width = Math.min(2, cellWidth(String.fromCodePoint(code))) as 0 | 1 | 2;
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

/** What the emulator's public interface does not tell of what was set in it. */
export interface KeptModes {
  readonly cursorShown: boolean;
  readonly cursorShape: CursorShape;
  readonly sgrMouse: boolean;
}

export interface Shown {
  readonly phase: ShellPhase;
  readonly kept: KeptModes;
  /** The first line shown, from the buffer's oldest. */
  readonly top: number;
  readonly mark: Mark | null;
}

/** The screen as it is now, from line `top` of the buffer on. */
export function snapshot(terminal: Terminal, { phase, kept, top, mark }: Shown): ShellScreen {
  const buffer = terminal.buffer.active;
  const cell = buffer.getNullCell();
  const rows = Array.from({ length: terminal.rows }, (_, y) =>
    runsOf(buffer, top + y, cell, mark?.line === top + y ? mark : null),
  );
  const y = buffer.baseY + buffer.cursorY - top;
  const hidden = phase.at !== 'running' || !kept.cursorShown || y >= terminal.rows;
  const { applicationCursorKeysMode, bracketedPasteMode, mouseTrackingMode, sendFocusMode } = terminal.modes;
  return {
    phase,
    rows,
    columns: terminal.cols,
    cursor: hidden ? null : { x: Math.min(buffer.cursorX, terminal.cols - 1), y },
    scrolled: buffer.baseY - top,
    above: buffer.baseY,
    applicationCursor: applicationCursorKeysMode,
    bracketedPaste: bracketedPasteMode,
    mouse: mouseTrackingMode,
    sgrMouse: kept.sgrMouse,
    focusReports: sendFocusMode,
    alternateScreen: buffer.type === 'alternate',
    cursorShape: kept.cursorShape,
  };
}

type Style = Omit<ShellRun, 'text'>;

function runsOf(buffer: IBuffer, y: number, cell: IBufferCell, mark: Mark | null): readonly ShellRun[] {
  const line = buffer.getLine(y);
  const runs: ShellRun[] = [];
  let style: Style | undefined;
  let text = '';
  for (let x = 0; x < (line?.length ?? 0); x++) {
    line?.getCell(x, cell);
    if (cell.getWidth() === 0) continue;
    const here = markedStyle(styleOf(cell), mark, x);
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

function markedStyle(style: Style, mark: Mark | null, x: number): Style {
  const marked = mark !== null && x >= mark.x && x < mark.x + mark.cells;
  return marked ? { ...style, inverse: !style.inverse } : style;
}

/** A cell's characters, exactly as wide as the cell: anything else would move the rest of the row. */
function textOf(cell: IBufferCell): string {
  const width = cell.getWidth();
  const characters = cell.getChars();
  if (characters === '' || cell.isInvisible()) return ' '.repeat(width);
  if (characters.length === 1 && characters >= ' ' && characters <= '~') return characters;
  // Controls never get into cells; marks that turn the writing direction can.
  const shown = characters.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
  if (cellWidth(shown) === width) return shown;
  const [first = ''] = shown;
  return cellWidth(first) === width ? first : '?'.padEnd(width);
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
