/**
 * The user's shell in a real pseudo-terminal, with a terminal emulator that keeps its screen.
 *
 * What the shell prints goes into the emulator only; whoever draws gets the emulator's cells as styled runs, so no
 * escape sequence of a program reaches the real terminal. The packages are loaded when the shell is first started,
 * and their absence is a sentence, not a crash.
 */
import type { IPty } from '@lydell/node-pty';
import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless';
import stringWidth from 'string-width';
import type { Logger } from '../log.ts';

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

export interface ShellHandle {
  /** The newest immutable snapshot; the same object until something changed. */
  readonly screen: ShellScreen;
  /** Calls the listener after changes, at most MAX_UPDATES_PER_SECOND; returns the function that stops it. */
  subscribe(listener: () => void): () => void;
  /** Starts the shell unless it runs. Never throws: the phase says what failed. */
  start(columns: number, rows: number): void;
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** Ends the shell and forgets its screen. */
  close(): void;
}

export interface ShellOptions {
  /** The program, such as $SHELL. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/** Screen updates handed on, a second: what the user interface draws at most. */
export const MAX_UPDATES_PER_SECOND = 30;
/** Unparsed output at which the program has to wait, and at which it goes on, UTF-16 units: `yes` must not fill memory. */
const PAUSE_AT = 256 * 1024;
const RESUME_AT = 32 * 1024;
/** Keys kept while the packages are still loading, UTF-16 units. */
const MAX_EARLY = 4096;
/** Rows kept above the screen: the emulator needs a few to reflow on a resize; the pane shows none of them. */
const SCROLLBACK_ROWS = 200;

const IDLE: ShellScreen = {
  phase: { at: 'idle' },
  rows: [],
  cursor: null,
  applicationCursor: false,
  bracketedPaste: false,
};

/** A shell that runs from `start` on. */
export function createShell(options: ShellOptions): ShellHandle {
  return new Shell(options);
}

class Shell implements ShellHandle {
  #options: ShellOptions;
  #listeners = new Set<() => void>();
  #screen: ShellScreen = IDLE;
  #phase: ShellPhase = { at: 'idle' };
  #size = { columns: 80, rows: 24 };
  #pty: IPty | undefined;
  #terminal: Terminal | undefined;
  #stale = false;
  #timer: NodeJS.Timeout | undefined;
  #unparsed = 0;
  #early = '';
  /** Counts starts and closes, so that a start whose packages load late notices that it was overtaken. */
  #run = 0;

  constructor(options: ShellOptions) {
    this.#options = options;
  }

  get screen(): ShellScreen {
    if (this.#stale) {
      this.#stale = false;
      this.#screen = snapshot(this.#phase, this.#terminal);
    }
    return this.#screen;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(columns: number, rows: number): void {
    this.#size = { columns, rows };
    if (this.#phase.at === 'running') return;
    this.#dispose();
    this.#setPhase({ at: 'running' });
    const run = ++this.#run;
    this.#launch(run).catch((error: unknown) => {
      if (run !== this.#run) return;
      this.#setPhase({ at: 'failed', reason: reasonOf(error, this.#options.file) });
    });
  }

  write(text: string): void {
    if (this.#pty) this.#pty.write(text);
    else if (this.#phase.at === 'running') this.#early = (this.#early + text).slice(0, MAX_EARLY);
  }

  resize(columns: number, rows: number): void {
    if (columns === this.#size.columns && rows === this.#size.rows) return;
    this.#size = { columns, rows };
    this.#terminal?.resize(columns, rows);
    this.#pty?.resize(columns, rows);
    this.#changed();
  }

  close(): void {
    this.#run++;
    this.#dispose();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#phase = { at: 'idle' };
    this.#screen = IDLE;
    this.#stale = false;
  }

  async #launch(run: number): Promise<void> {
    const [{ spawn }, xterm] = await Promise.all([import('@lydell/node-pty'), import('@xterm/headless')]);
    if (run !== this.#run) return;
    const { columns: cols, rows } = this.#size;
    const { file, args = [], cwd, env } = this.#options;
    const terminal = new xterm.default.Terminal({
      cols,
      rows,
      scrollback: SCROLLBACK_ROWS,
      allowProposedApi: true,
    });
    measureLikeUs(terminal);
    const pty = spawn(file, [...args], { name: 'xterm-256color', cols, rows, cwd, env: { ...env } });
    this.#terminal = terminal;
    this.#pty = pty;
    // Questions of the program (device attributes, cursor position) are answered by the emulator.
    terminal.onData((answer) => pty.write(answer));
    pty.onData((data) => this.#output(run, data));
    pty.onExit(({ exitCode }) => this.#exited(run, exitCode));
    if (this.#early !== '') pty.write(this.#early);
    this.#early = '';
    this.#changed();
  }

  #output(run: number, data: string): void {
    if (run !== this.#run) return;
    this.#unparsed += data.length;
    if (this.#unparsed > PAUSE_AT) this.#pty?.pause();
    this.#terminal?.write(data, () => {
      if (run !== this.#run) return;
      this.#unparsed -= data.length;
      if (this.#unparsed < RESUME_AT) this.#pty?.resume();
      this.#changed();
    });
  }

  #exited(run: number, code: number): void {
    if (run !== this.#run) return;
    this.#pty = undefined;
    this.#options.log.info('the shell ended', { code });
    this.#setPhase({ at: 'exited', code });
  }

  #setPhase(phase: ShellPhase): void {
    this.#phase = phase;
    this.#changed();
  }

  /** The first change after a rest is told at once, then one in 33 ms. */
  #changed(): void {
    this.#stale = true;
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const listener of this.#listeners) listener();
    }, 1000 / MAX_UPDATES_PER_SECOND);
  }

  #dispose(): void {
    try {
      this.#pty?.kill();
    } catch (error) {
      this.#options.log.debug('the shell was gone already', { reason: String(error) });
    }
    this.#pty = undefined;
    this.#terminal?.dispose();
    this.#terminal = undefined;
    this.#unparsed = 0;
    this.#early = '';
  }
}

function reasonOf(error: unknown, file: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (
    code === 'ERR_MODULE_NOT_FOUND' ||
    code === 'MODULE_NOT_FOUND' ||
    /@lydell\/node-pty/.test(String(error))
  ) {
    return 'The shell needs the package @lydell/node-pty with its part for this system; install it with npm install @lydell/node-pty.';
  }
  return `The shell ${file} could not be started (${error instanceof Error ? error.message : String(error)}); set SHELL to a program that exists.`;
}

/** The emulator's cells as wide as the layout that draws them measures them. */
function measureLikeUs(terminal: Terminal): void {
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

function snapshot(phase: ShellPhase, terminal: Terminal | undefined): ShellScreen {
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
