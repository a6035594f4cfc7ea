/**
 * The user's shell in a real pseudo-terminal, with a terminal emulator that keeps its screen.
 *
 * What the shell prints goes into the emulator only; whoever draws gets the emulator's cells as styled runs, so no
 * escape sequence of a program reaches the real terminal. The packages are loaded when the shell is first started,
 * and their absence is a sentence, not a crash.
 */
import type { IPty } from '@lydell/node-pty';
import type { Terminal } from '@xterm/headless';
import type { Logger } from '../log.ts';
import { IDLE, measureLikeUs, type ShellPhase, type ShellScreen, snapshot } from './shell-screen.ts';

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
