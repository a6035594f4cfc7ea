/**
 * A terminal emulator that a program's output goes into: its screen, what scrolled off it, and looking through that.
 *
 * A program that writes without end gets a share of the main thread and no more, so that chat stays quick beside it.
 */
import type { IDisposable, Terminal } from '@xterm/headless';
import { findLine } from './shell-search.ts';
import {
  type CursorShape,
  type KeptModes,
  type Mark,
  measureLikeUs,
  type ShellPhase,
  type ShellScreen,
  snapshot,
} from './shell-screen.ts';

export interface EmulatorEvents {
  /** Something on the screen may be another. */
  changed(): void;
  /** What the emulator answers to a question of the program (device attributes, cursor position). */
  answer(text: string): void;
  /** The program has to wait, or may go on. */
  flow(go: boolean): void;
}

export interface EmulatorSize {
  readonly columns: number;
  readonly rows: number;
}

/** Unparsed output at which the program has to wait, and at which it goes on, UTF-16 units: `yes` must not fill memory. */
const PAUSE_AT = 256 * 1024;
const RESUME_AT = 32 * 1024;
/** Most that is parsed at once, UTF-16 units: some 3 ms. */
const PIECE = 32 * 1024;
/** Of each window, ms, so much is spent on parsing: a flood leaves two thirds of the thread to chat and drawing. */
const WINDOW_MS = 33;
const BUDGET_MS = 11;

const NOTHING_KEPT: KeptModes = { cursorShown: true, cursorShape: 0, sgrMouse: false };

export class Emulator {
  readonly #terminal: Terminal;
  readonly #events: EmulatorEvents;
  readonly #undo: IDisposable[] = [];
  #queue: string[] = [];
  #waiting = 0;
  #held = false;
  #parsing = false;
  #window = { at: 0, spent: 0 };
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #kept = NOTHING_KEPT;
  #mark: Mark | null = null;
  /** Resolve once everything is parsed. */
  #idle: (() => void)[] = [];

  /** Loads the package, which costs some 20 ms, on first use. */
  static async open(size: EmulatorSize, scrollback: number, events: EmulatorEvents): Promise<Emulator> {
    const xterm = await import('@xterm/headless');
    const terminal = new xterm.default.Terminal({
      cols: size.columns,
      rows: size.rows,
      scrollback,
      allowProposedApi: true,
    });
    return new Emulator(terminal, events);
  }

  private constructor(terminal: Terminal, events: EmulatorEvents) {
    this.#terminal = terminal;
    this.#events = events;
    measureLikeUs(terminal);
    this.#undo.push(terminal.onData((answer) => events.answer(answer)));
    this.#listen();
  }

  /** Takes output of the program. */
  feed(text: string): void {
    if (this.#closed || text === '') return;
    this.#queue.push(text);
    this.#waiting += text.length;
    if (this.#waiting > PAUSE_AT) this.#hold(true);
    this.#pump();
  }

  /** Resolves when everything that was fed is on the screen. */
  settled(): Promise<void> {
    if (this.#closed || (this.#queue.length === 0 && !this.#parsing)) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  get size(): EmulatorSize {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  resize({ columns, rows }: EmulatorSize): void {
    this.#mark = null;
    this.#terminal.resize(columns, rows);
    this.#events.changed();
  }

  /** Rows between what is shown and the newest. */
  get scrolled(): number {
    const { baseY, viewportY } = this.#terminal.buffer.active;
    return baseY - viewportY;
  }

  /** Scrolls by rows, back if negative; output that comes meanwhile leaves what is shown where it is. */
  scroll(rows: number): void {
    this.#terminal.scrollLines(rows);
    this.#events.changed();
  }

  toEnd(): void {
    this.#mark = null;
    this.#terminal.scrollToBottom();
    this.#events.changed();
  }

  /**
   * Shows the next line above (-1) or below (1) the last find, or the screen, that has the text. Capitals count if there
   * are any in it. False if there is none.
   */
  find(text: string, step: 1 | -1): boolean {
    const buffer = this.#terminal.buffer.active;
    const from = this.#mark?.line ?? buffer.viewportY + (step < 0 ? this.#terminal.rows : -1);
    const mark = findLine(buffer, text, from, step);
    if (!mark) return false;
    this.#mark = mark;
    const middle = mark.line - Math.floor(this.#terminal.rows / 2);
    const top = Math.max(0, Math.min(buffer.baseY, middle));
    this.#terminal.scrollToLine(top);
    this.#events.changed();
    return true;
  }

  /** What the user looks at; with `live` the newest rows wherever that is. */
  screen(phase: ShellPhase, live = false): ShellScreen {
    const { baseY, viewportY } = this.#terminal.buffer.active;
    const mark = live ? null : this.#mark;
    return snapshot(this.#terminal, { phase, kept: this.#kept, top: live ? baseY : viewportY, mark });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#queue = [];
    for (const { dispose } of this.#undo.splice(0)) dispose();
    this.#terminal.dispose();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #hold(on: boolean): void {
    if (this.#held === on) return;
    this.#held = on;
    this.#events.flow(!on);
  }

  #pump(): void {
    if (this.#parsing || this.#closed || this.#timer || this.#queue.length === 0) return;
    const now = performance.now();
    if (now - this.#window.at >= WINDOW_MS) this.#window = { at: now, spent: 0 };
    if (this.#window.spent >= BUDGET_MS) {
      this.#timer = setTimeout(
        () => {
          this.#timer = undefined;
          this.#pump();
        },
        this.#window.at + WINDOW_MS - now,
      );
      return;
    }
    const piece = this.#take();
    this.#parsing = true;
    this.#terminal.write(piece, () => this.#parsed(piece.length, now));
  }

  #parsed(length: number, began: number): void {
    this.#parsing = false;
    if (this.#closed) return;
    this.#window = { ...this.#window, spent: this.#window.spent + performance.now() - began };
    this.#waiting -= length;
    if (this.#waiting < RESUME_AT) this.#hold(false);
    this.#events.changed();
    if (this.#queue.length > 0) this.#pump();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The next piece; small ones are parsed together. */
  #take(): string {
    let piece = '';
    while (piece.length < PIECE && this.#queue.length > 0) {
      const next = this.#queue.shift() ?? '';
      const room = PIECE - piece.length;
      piece += next.slice(0, room);
      if (next.length > room) this.#queue.unshift(next.slice(room));
    }
    return piece;
  }

  /** What the emulator's own interface does not tell: each handler looks on and lets the emulator do its work. */
  #listen(): void {
    const { parser } = this.#terminal;
    const keep = (change: Partial<KeptModes>): false => {
      this.#kept = { ...this.#kept, ...change };
      return false;
    };
    const privateMode = (numbers: readonly (number | number[])[], on: boolean): false => {
      if (numbers.includes(25)) keep({ cursorShown: on });
      if (numbers.includes(1006)) keep({ sgrMouse: on });
      return false;
    };
    this.#undo.push(
      parser.registerCsiHandler({ prefix: '?', final: 'h' }, (numbers) => privateMode(numbers, true)),
      parser.registerCsiHandler({ prefix: '?', final: 'l' }, (numbers) => privateMode(numbers, false)),
      parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, ([shape]) =>
        keep({ cursorShape: cursorShape(shape) }),
      ),
      // DECSTR and RIS: what is reset by them is reset here as well.
      parser.registerCsiHandler({ intermediates: '!', final: 'p' }, () => keep({ cursorShown: true })),
      parser.registerEscHandler({ final: 'c' }, () => keep(NOTHING_KEPT)),
    );
  }
}

function cursorShape(value: number | number[] | undefined): CursorShape {
  return typeof value === 'number' && value >= 0 && value <= 6 ? (value as CursorShape) : 0;
}
