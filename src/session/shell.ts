/**
 * One terminal: a program and the emulator that keeps its screen.
 *
 * What the program prints goes into the emulator only; whoever draws gets the emulator's cells as styled runs, so no
 * escape sequence of a program reaches the real terminal.
 */
import { sentenceOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Emulator, type EmulatorSize } from './shell-emulator.ts';
import { type LocalProgram, launchLocal } from './shell-local.ts';
import type { Launch, Program, ProgramEnd } from './shell-program.ts';
import { IDLE, type ShellPhase, type ShellScreen } from './shell-screen.ts';

/** A terminal as the pane sees it. */
export interface ShellHandle {
  /** What is to be drawn, the newest immutable snapshot; the same object until something changed. */
  readonly screen: ShellScreen;
  /** Calls the listener after changes, at most MAX_UPDATES_PER_SECOND; returns the function that stops it. */
  subscribe(listener: () => void): () => void;
  /** Starts the program unless it runs. Never throws: the phase says what failed. */
  start(columns: number, rows: number): void;
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** Looks back (negative) or forward by rows; 'end' is the newest. */
  scroll(rows: number | 'end'): void;
  /** Shows the next place above (-1) or below (1) with the text; false if there is none. */
  find(text: string, step: 1 | -1): boolean;
  /** Ends the program and forgets its screen. */
  close(): void;
}

/** Who is told all that a program prints, as it prints it. */
export interface OutputTap {
  output(text: string): void;
  resized(size: EmulatorSize): void;
}

export interface TerminalOptions {
  readonly launch: Launch;
  readonly log: Logger;
  /** Rows kept above the screen. */
  readonly scrollback?: number;
}

export interface ShellOptions extends LocalProgram {
  readonly log: Logger;
  readonly scrollback?: number;
}

/** Screen updates handed on, a second: what the user interface draws at most. */
export const MAX_UPDATES_PER_SECOND = 30;
/** Rows kept above the screen unless told otherwise: some 2 MB at 80 columns. */
export const SCROLLBACK_ROWS = 2000;
/** Keys kept while the packages are still loading, UTF-16 units. */
const MAX_EARLY = 4096;
/** Sizes handed on to the program, ms apart: a window that is dragged has 50 a second, and each makes a program draw all anew. */
const RESIZE_EVERY_MS = 50;

/** A terminal with a program of this machine, which runs from `start` on. */
export function createShell({ log, scrollback, ...local }: ShellOptions): TerminalShell {
  const more = scrollback === undefined ? {} : { scrollback };
  return new TerminalShell({ launch: launchLocal(local), log, ...more });
}

export class TerminalShell implements ShellHandle {
  readonly #options: TerminalOptions;
  readonly #listeners = new Set<() => void>();
  readonly #taps = new Set<OutputTap>();
  #screen: ShellScreen = IDLE;
  #phase: ShellPhase = { at: 'idle' };
  #size: EmulatorSize = { columns: 80, rows: 24 };
  #program: Program | undefined;
  #emulator: Emulator | undefined;
  #stale = false;
  #timer: NodeJS.Timeout | undefined;
  #resizing: NodeJS.Timeout | undefined;
  #early = '';
  /** Ends the start that is under way. */
  #run = new AbortController();

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  get screen(): ShellScreen {
    if (this.#stale) {
      this.#stale = false;
      this.#screen = this.#emulator?.screen(this.#phase) ?? { ...IDLE, phase: this.#phase };
    }
    return this.#screen;
  }

  /** The newest rows, wherever the user looks: what others see of it. */
  get live(): ShellScreen {
    return this.#emulator?.screen(this.#phase, true) ?? this.screen;
  }

  get size(): EmulatorSize {
    return this.#size;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells somebody all output from now on; returns the function that stops it. */
  tap(tap: OutputTap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  start(columns: number, rows: number): void {
    this.#size = { columns, rows };
    if (this.#phase.at === 'running') return;
    this.#dispose();
    this.#setPhase({ at: 'running' });
    const run = new AbortController();
    this.#run = run;
    this.#launch(run.signal).catch((error: unknown) => {
      if (run.signal.aborted) return;
      this.#setPhase({ at: 'failed', reason: sentenceOf(error) });
    });
  }

  write(text: string): void {
    if (this.#emulator?.scrolled) this.scroll('end');
    if (this.#program) this.#program.write(text);
    else if (this.#phase.at === 'running') this.#early = (this.#early + text).slice(0, MAX_EARLY);
  }

  resize(columns: number, rows: number): void {
    if (columns === this.#size.columns && rows === this.#size.rows) return;
    this.#size = { columns, rows };
    if (this.#resizing) return;
    this.#applySize();
    this.#resizing = setTimeout(() => {
      this.#resizing = undefined;
      this.#applySize();
    }, RESIZE_EVERY_MS);
  }

  scroll(rows: number | 'end'): void {
    if (rows === 'end') this.#emulator?.toEnd();
    else this.#emulator?.scroll(rows);
  }

  find(text: string, step: 1 | -1): boolean {
    return this.#emulator?.find(text, step) ?? false;
  }

  close(): void {
    this.#run.abort();
    this.#dispose();
    clearTimeout(this.#timer);
    clearTimeout(this.#resizing);
    this.#timer = undefined;
    this.#resizing = undefined;
    this.#phase = { at: 'idle' };
    this.#screen = IDLE;
    this.#stale = false;
  }

  async #launch(signal: AbortSignal): Promise<void> {
    const { launch, scrollback = SCROLLBACK_ROWS } = this.#options;
    const emulator = await Emulator.open(this.#size, scrollback, {
      changed: () => this.#changed(),
      answer: (text) => this.#program?.write(text),
      flow: (go) => this.#program?.flow(go),
    });
    if (signal.aborted) return emulator.close();
    this.#emulator = emulator;
    const program = await launch(
      this.#size,
      {
        output: (text) => this.#output(signal, text),
        ended: (end) => void this.#ended(signal, end),
      },
      signal,
    );
    if (signal.aborted || this.#phase.at !== 'running') return program.end();
    this.#program = program;
    program.resize(this.#size);
    if (this.#early !== '') program.write(this.#early);
    this.#early = '';
    this.#changed();
  }

  #applySize(): void {
    const { columns, rows } = this.#size;
    const now = this.#emulator?.size;
    if (now?.columns === columns && now.rows === rows) return;
    this.#emulator?.resize(this.#size);
    this.#program?.resize(this.#size);
    for (const tap of this.#taps) tap.resized(this.#size);
  }

  #output(signal: AbortSignal, text: string): void {
    if (signal.aborted) return;
    this.#emulator?.feed(text);
    for (const tap of this.#taps) tap.output(text);
  }

  /** Its last words are read before its end is told. */
  async #ended(signal: AbortSignal, end: ProgramEnd): Promise<void> {
    if (signal.aborted || this.#phase.at !== 'running') return;
    this.#program = undefined;
    await this.#emulator?.settled();
    if (signal.aborted || this.#phase.at !== 'running') return;
    this.#options.log.info('the shell ended', end);
    this.#setPhase('code' in end ? { at: 'exited', ...end } : { at: 'failed', reason: end.why });
  }

  #setPhase(phase: ShellPhase): void {
    this.#phase = phase;
    this.#changed();
  }

  /** Changes are told together, at most one in 33 ms. */
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
      this.#program?.end();
    } catch (error) {
      this.#options.log.debug('the shell was gone already', { reason: String(error) });
    }
    this.#program = undefined;
    this.#emulator?.close();
    this.#emulator = undefined;
    this.#early = '';
  }
}
