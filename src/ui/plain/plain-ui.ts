/**
 * The plain interface: no alternate screen, one event a line, for screen readers, terminals that can do nothing else, and
 * pipes. A second view of the session, beside the one that Ink draws.
 *
 * With a keyboard (a terminal that takes keys one by one) the line is written here; else whole lines are read.
 */
import { createInterface } from 'node:readline';
import type { SessionHandle } from '../../session/handle.ts';
import { type Entered, parseEntered } from '../commands.ts';
import { completionSources, NO_OTHERS } from '../completion-sources.ts';
import { THEME_NAMES } from '../schemes.ts';
import { NO_NOTES } from '../desktop-notes.ts';
import { helpAbout } from '../help-about.ts';
import type { KeyBindings } from '../key-bindings.ts';
import { ESCAPE_WAIT_MS, KeyParser, PASTE_WAIT_MS } from '../key-parser.ts';
import type { UiCommand } from '../key-row.ts';
import { type FollowedSettings, followSettings, type UiSettings } from '../live-settings.ts';
import type { UiHost } from '../process-host.ts';
import type { OutputStream } from '../screen.ts';
import { giveSigns } from '../signs.ts';
import type { TalkKeyStyle } from '../talk-key.ts';
import type { InputStream } from '../terminal.ts';
import { asciiOnly } from '../text-width.ts';
import { PlainNews } from './news.ts';
import { greetingWords, helpLines, voiceLines } from './plain-help.ts';
import { PlainInput } from './plain-input.ts';
import { statusWords } from './status-words.ts';
import { TypedLine } from './typing.ts';

export interface PlainOptions {
  readonly session: SessionHandle;
  readonly bindings: KeyBindings;
  readonly talkKeyStyle: TalkKeyStyle;
  /** For a terminal without UTF-8. */
  readonly ascii: boolean;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  /** Keys come one by one; else whole lines. */
  readonly keyboard: boolean;
  readonly host: UiHost;
  /** What the settings in force say, to follow their changes; none are followed unless it is said. */
  readonly follow?: () => UiSettings;
  /** Files and directories that a half-written path may become; none unless it is said. */
  readonly paths?: (begin: string) => readonly string[];
}

/** Bracketed paste, so that a paste of many lines is one message. */
const ENTER = '\x1b[?2004h';
const LEAVE = '\x1b[?2004l';
/** A pipe ended: its last lines may take so long to be acknowledged, ms. */
const UNSENT_MS = 10_000;
/** A reader that is so far behind gets no more lines until it has caught up, bytes. */
const MAX_WAITING = 1024 * 1024;
const FALLBACK_COLUMNS = 80;

/** Resolves when the user leaves, the input ends, or the host ends it. */
export async function runPlain(options: PlainOptions): Promise<void> {
  await new PlainUi(options).run();
}

class PlainUi {
  #options: PlainOptions;
  #news: PlainNews;
  #typed: TypedLine;
  #input: PlainInput;
  #parser = new KeyParser();
  #timers: { flush?: NodeJS.Timeout; talk?: NodeJS.Timeout } = {};
  #undo: (() => void)[] = [];
  #raw = false;
  #lost = 0;
  #end: (error?: unknown) => void = () => undefined;

  constructor(options: PlainOptions) {
    this.#options = options;
    const { session, bindings, talkKeyStyle, stdin, ascii, paths = NO_OTHERS.paths } = options;
    this.#news = new PlainNews(stdin.isTTY === true, Date.now());
    this.#typed = new TypedLine(ascii ? '|' : '⏎');
    this.#input = new PlainInput({
      ...{ session, bindings, talkKeyStyle },
      sources: () => completionSources(session.state, { themes: THEME_NAMES, paths }),
      onLine: (text) => this.#entered(text),
      onCommand: (command) => this.#command(command),
      say: (text) => this.#say([text]),
    });
  }

  async run(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    const detach = this.#options.host.attach({
      end: (error) => this.#end(error),
      giveBack: () => this.#leave(),
    });
    try {
      this.#say([greetingWords(this.#options, !this.#options.session.state.voice.absent)]);
      this.#undo.push(this.#options.session.subscribe(() => this.#look()));
      this.#look();
      const { session, follow } = this.#options;
      if (follow) this.#undo.push(followSettings(session, follow, (now) => this.#follow(now)));
      if (this.#options.keyboard)
        this.#undo.push(giveSigns(this.#options.session, this.#options.stdout, NO_NOTES));
      if (this.#options.keyboard) this.#listenToKeys();
      else this.#listenToLines();
      await ended;
    } finally {
      this.#leave();
      detach();
    }
  }

  /** Other keys. They are left as they are where they cannot be bound. */
  #follow({ bindings = this.#options.bindings, talkKeyStyle }: FollowedSettings): void {
    this.#options = { ...this.#options, bindings, talkKeyStyle };
    this.#input.configure(bindings, talkKeyStyle);
  }

  // What is printed ---------------------------------------------------------------------------------------

  #look(): void {
    this.#say(this.#news.next(this.#options.session.state, Date.now()));
  }

  /** Prints lines above the one that is being typed. */
  #say(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const { stdout, ascii } = this.#options;
    if ((stdout.writableLength ?? 0) > MAX_WAITING) {
      this.#lost += lines.length;
      return;
    }
    const all = this.#lost === 0 ? lines : [`(${this.#lost} lines were lost, as nobody read them)`, ...lines];
    this.#lost = 0;
    const text = all.map((line) => `${ascii ? asciiOnly(line) : line}\n`).join('');
    stdout.write(this.#typed.hidden() + text + this.#typed.drawn(this.#columns));
  }

  get #columns(): number {
    return this.#options.stdout.columns || FALLBACK_COLUMNS;
  }

  // What is entered ---------------------------------------------------------------------------------------

  #listenToKeys(): void {
    const { stdin, stdout } = this.#options;
    stdin.setRawMode?.(true);
    this.#raw = true;
    stdout.write(ENTER);
    this.#on(stdin, 'data', (bytes: Buffer) => this.#bytes(bytes));
    this.#on(stdin, 'end', () => this.#end());
    this.#on(stdin, 'error', () => this.#end());
    this.#on(stdout, 'error', () => this.#end());
    stdin.ref?.();
    stdin.resume();
  }

  #listenToLines(): void {
    const { stdin, stdout } = this.#options;
    const reader = createInterface({ input: stdin, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
    this.#undo.push(() => reader.close());
    reader.on('line', (line) => this.#entered(line));
    reader.on('close', () => this.#inputEnded());
    this.#on(stdout, 'error', () => this.#end());
  }

  /** What came out of a pipe is sent before this ends. */
  #inputEnded(): void {
    const { session } = this.#options;
    const done = (): void => {
      if (session.state.text.unsent === 0) this.#end();
    };
    const timer = setTimeout(() => this.#end(), UNSENT_MS);
    this.#undo.push(session.subscribe(done), () => clearTimeout(timer));
    done();
  }

  // biome-ignore lint/suspicious/noExplicitAny: listeners of any event
  #on(emitter: NodeJS.EventEmitter, event: string, listener: (...values: any[]) => void): void {
    emitter.on(event, listener);
    this.#undo.push(() => emitter.off(event, listener));
  }

  #bytes(bytes: Buffer): void {
    clearTimeout(this.#timers.flush);
    this.#handle(this.#parser.push(bytes));
    const { waiting } = this.#parser;
    if (waiting === 'nothing') return;
    const wait = waiting === 'escape' ? ESCAPE_WAIT_MS : PASTE_WAIT_MS;
    this.#timers.flush = setTimeout(() => this.#handle(this.#parser.flush()), wait);
  }

  #handle(events: ReturnType<KeyParser['flush']>): void {
    for (const event of events) {
      this.#input.handle(event, performance.now());
      this.#options.stdout.write(this.#typed.show(this.#input.line, this.#columns));
    }
    this.#armTalkTimer();
  }

  #armTalkTimer(): void {
    clearTimeout(this.#timers.talk);
    const deadline = this.#input.nextDeadline();
    if (deadline === Number.POSITIVE_INFINITY) return;
    const tick = (): void => {
      this.#input.tick(performance.now());
      this.#armTalkTimer();
    };
    this.#timers.talk = setTimeout(tick, Math.max(0, deadline - performance.now()));
  }

  /** A whole line. False for one with an error, which stays to be mended. */
  #entered(text: string): boolean {
    if (this.#raw && text.trim() !== '') this.#commit(text);
    const entered = parseEntered(text, this.#options.session.state);
    this.#carryOut(entered);
    return entered.kind !== 'error';
  }

  /** The line that was typed stays where it is, and what comes goes below it. */
  #commit(text: string): void {
    const { stdout } = this.#options;
    const shown = this.#typed.show({ text, cursor: text.length }, this.#columns);
    stdout.write(`${shown}\n`);
    this.#typed.show({ text: '', cursor: 0 }, this.#columns);
  }

  #carryOut(entered: Entered): void {
    const { session, bindings } = this.#options;
    switch (entered.kind) {
      case 'command':
        return session.do(entered.command);
      case 'help':
        return this.#say(
          entered.about === '' ? helpLines(this.#options) : helpAbout(entered.about, bindings).split('\n'),
        );
      case 'status':
        return this.#say([statusWords(session.state)]);
      case 'older':
        return this.#older();
      case 'voices':
        return this.#say(voiceLines(session.state));
      case 'error':
        return this.#say([entered.text]);
      case 'quit':
        return this.#options.keyboard ? this.#end() : this.#inputEnded();
      case 'nothing':
        return;
    }
  }

  #command(command: UiCommand): void {
    const { session } = this.#options;
    switch (command.do) {
      case 'quit':
        return this.#end();
      case 'status':
      case 'redraw':
        return this.#say([statusWords(session.state)]);
      case 'room':
        return this.#stepRoom(command.step);
      case 'scroll':
        return command.step < 0 ? this.#older() : undefined;
      case 'tab':
        if (command.tab === 'help') this.#say(helpLines(this.#options));
        else this.#say(['This is not there in lines; without --plain it is.']);
        return;
      default:
    }
  }

  #older(): void {
    const { current } = this.#options.session.state;
    if (current !== null) this.#options.session.do({ do: 'older', room: current });
  }

  #stepRoom(step: 1 | -1): void {
    const { rooms, current } = this.#options.session.state;
    const at = rooms.findIndex(({ name }) => name === current);
    const next = rooms[(at + step + rooms.length) % Math.max(1, rooms.length)];
    if (next && next.name !== current) this.#options.session.do({ do: 'show', room: next.name });
  }

  #leave(): void {
    clearTimeout(this.#timers.flush);
    clearTimeout(this.#timers.talk);
    for (const undo of this.#undo.splice(0)) undo();
    if (!this.#raw) return;
    this.#raw = false;
    const { stdin, stdout } = this.#options;
    stdout.write(LEAVE);
    stdin.setRawMode?.(false);
    stdin.pause();
  }
}
