/**
 * A terminal for tests: a program in a real pseudo-terminal, its screen kept by an emulator.
 *
 *     const terminal = await Terminal.start({ command: process.execPath, args: ['app.js'] });
 *     await terminal.until((screen) => screen.includes('ready'));
 *     terminal.send('hello\r');
 *     await terminal.stop();
 *
 * No sleeps: `until` looks again after each output and fails with the screen when its time is over.
 */
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import stringWidth from 'string-width';

export interface TerminalOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Added to a small environment: PATH, HOME, TERM, LANG. CI is set, as a test runner's may be. */
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  /** Answers the kitty protocol's question, as a terminal that speaks it does. */
  readonly kitty?: boolean;
}

/** How long a condition may take to come true, ms: cold starts on two busy cores take seconds. */
const PATIENCE_MS = 40_000;
/** Output kept for `raw`, UTF-16 units. */
const MAX_RAW = 4 * 1024 * 1024;

export class Terminal {
  #pty: IPty;
  #emulator: InstanceType<typeof xterm.Terminal>;
  #raw = '';
  #watchers = new Set<() => void>();
  /** Once its last output was seen. */
  #exit: { readonly exitCode: number; readonly signal: number } | undefined;
  #ended = false;
  #kittyFlags: number[] = [];
  #scrolls = 0;

  /** Starts the program. It may not have written anything yet. */
  static start(options: TerminalOptions): Terminal {
    return new Terminal(options);
  }

  private constructor(options: TerminalOptions) {
    const {
      command,
      args = [],
      cwd = process.cwd(),
      env = {},
      columns = 80,
      rows = 24,
      kitty = false,
    } = options;
    const { PATH = '', HOME = '' } = process.env;
    this.#emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 500, allowProposedApi: true });
    measureAsInk(this.#emulator);
    this.#pty = spawn(command, [...args], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      cwd,
      env: { PATH, HOME, LANG: 'C.UTF-8', CI: '1', ...env },
    });
    this.#emulator.onData((answer) => this.#pty.write(answer));
    let counted = this.alternateScreen;
    this.#emulator.onScroll(() => {
      // Changing the screen tells of a scroll too.
      if (counted && this.alternateScreen) this.#scrolls++;
      counted = this.alternateScreen;
    });
    this.#speakKitty(kitty);
    this.#pty.onData((data) => {
      this.#raw = (this.#raw + data).slice(-MAX_RAW);
      this.#emulator.write(data, () => this.#changed());
    });
    this.#pty.onExit(({ exitCode, signal = 0 }) => {
      this.#ended = true;
      // What the program wrote last is still on its way through the emulator.
      this.#emulator.write('', () => {
        this.#exit = { exitCode, signal };
        this.#changed();
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** The rows of the screen, without spaces at their ends. */
  get lines(): readonly string[] {
    const { active } = this.#emulator.buffer;
    return Array.from(
      { length: this.#emulator.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Everything that the program wrote, escape sequences included. */
  get raw(): string {
    return this.#raw;
  }

  get cursor(): { readonly x: number; readonly y: number } {
    const { cursorX, cursorY } = this.#emulator.buffer.active;
    return { x: cursorX, y: cursorY };
  }

  get alternateScreen(): boolean {
    return this.#emulator.buffer.active.type === 'alternate';
  }

  /** How often the alternate screen scrolled: a program that draws exactly its size never makes it. */
  get scrolls(): number {
    return this.#scrolls;
  }

  /** Modes that a program must switch off again when it leaves. */
  get modes(): {
    readonly cursorShown: boolean;
    readonly bracketedPaste: boolean;
    readonly focusReports: boolean;
    readonly wrap: boolean;
    readonly kittyFlags: number;
  } {
    const { bracketedPasteMode, sendFocusMode, wraparoundMode } = this.#emulator.modes;
    return {
      cursorShown: this.#raw.lastIndexOf('\x1b[?25h') > this.#raw.lastIndexOf('\x1b[?25l'),
      bracketedPaste: bracketedPasteMode,
      focusReports: sendFocusMode,
      wrap: wraparoundMode,
      kittyFlags: this.#kittyFlags.at(-1) ?? 0,
    };
  }

  send(bytes: string): void {
    this.#pty.write(bytes);
  }

  resize(columns: number, rows: number): void {
    this.#emulator.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Tells the program a size that the screen does not have. */
  lie(columns: number, rows: number): void {
    this.#pty.resize(Math.max(1, columns), Math.max(1, rows));
  }

  kill(signal: NodeJS.Signals): void {
    this.#pty.kill(signal);
  }

  /** Waits until the screen's text fulfils the condition. */
  async until(
    condition: (text: string, terminal: Terminal) => boolean,
    patience = PATIENCE_MS,
  ): Promise<void> {
    await this.#wait(
      () => condition(this.text, this),
      patience,
      'the screen never came to show what was expected',
    );
  }

  /** Waits for the program's end. */
  async exited(patience = PATIENCE_MS): Promise<{ readonly exitCode: number; readonly signal: number }> {
    await this.#wait(() => this.#exit !== undefined, patience, 'the program did not end');
    return this.#exit ?? { exitCode: -1, signal: 0 };
  }

  /** Ends the program if it still runs. */
  async stop(): Promise<void> {
    if (!this.#ended) this.#pty.kill('SIGKILL');
    await this.exited();
    this.#emulator.dispose();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #wait(condition: () => boolean, patience: number, complaint: string): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.#watchers.delete(watcher);
        clearTimeout(timer);
        settle();
      };
      const watcher = (): void => {
        if (condition()) done(resolve);
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`${complaint}; it shows:\n${this.text}`))),
        patience,
      );
      this.#watchers.add(watcher);
    });
  }

  /** `CSI ? u` asks, `CSI > flags u` pushes, `CSI < u` pops (the kitty keyboard protocol). */
  #speakKitty(kitty: boolean): void {
    const flags = this.#kittyFlags;
    const on = (prefix: string, handle: (parameter: number) => void): void => {
      this.#emulator.parser.registerCsiHandler({ prefix, final: 'u' }, ([parameter]) => {
        handle(typeof parameter === 'number' ? parameter : 0);
        return true;
      });
    };
    on('?', () => {
      if (kitty) this.#pty.write(`\x1b[?${flags.at(-1) ?? 0}u`);
    });
    on('>', (pushed) => flags.push(pushed));
    on('<', () => flags.pop());
  }
}

/** Emoji as wide as the program under test measures them, as modern terminals do. */
function measureAsInk(emulator: InstanceType<typeof xterm.Terminal>): void {
  const wcwidth = (code: number): 0 | 1 | 2 =>
    Math.min(2, stringWidth(String.fromCodePoint(code))) as 0 | 1 | 2;
  emulator.unicode.register({
    version: 'string-width',
    wcwidth,
    charProperties(code, preceding) {
      const width = wcwidth(code);
      const joins = width === 0 && preceding !== 0;
      return ((joins ? (preceding >> 1) & 3 : width) << 1) | (joins ? 1 : 0);
    },
  });
  emulator.unicode.activeVersion = 'string-width';
}
