/** One visit: the guest's streams and link, the program that was asked for, and an end that gives the terminal back. */
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { TerminalSize, Visitor } from '../station/guests.ts';
import { cleanLine } from '../ui/clean-text.ts';
import type { RunningUi, UiHost } from '../ui/process-host.ts';
import { needsClient } from './allowed.ts';
import { GUEST_HELP, type GuestCommand, parseGuestCommand } from './command-line.ts';
import { exitStatus } from '../cli/exit.ts';
import type { Guest } from './guest.ts';
import { GuestLink } from './guest-link.ts';
import type { GuestRules } from './messages.ts';
import { GuestInput, GuestOutput } from './streams.ts';
import { type TerminalKind, terminalKind } from './terminal-kind.ts';

/** How long the last words may take to a peer that does not read, ms. */
const LAST_WORDS_MS = 300;

export interface VisitEvents {
  output(bytes: Uint8Array): void;
  errorOutput(text: string): void;
  line(line: string): void;
  /** Where the guest was, for its next visit. */
  rooms(rooms: readonly string[]): void;
  /** Once, and nothing comes after it. */
  ended(status: number): void;
}

/** The programs, which load what they need when somebody first asks for it. */
export type Serve = (command: Exclude<GuestCommand, { run: 'help' }>, guest: Guest) => Promise<number>;

export class Visit {
  readonly #visitor: Visitor;
  readonly #rules: GuestRules;
  readonly #events: VisitEvents;
  readonly #log: Logger;
  readonly #kind: TerminalKind;
  readonly #input = new GuestInput();
  readonly #output: GuestOutput;
  readonly #link: GuestLink;
  readonly #leaving = new AbortController();
  readonly #clientCommand: string;
  #idle: NodeJS.Timeout | undefined;
  #gone = false;
  #dismissal: VoiptermError | undefined;

  constructor(visitor: Visitor, rules: GuestRules, events: VisitEvents, log: Logger) {
    this.#visitor = visitor;
    this.#rules = rules;
    this.#events = events;
    this.#log = log;
    this.#kind = terminalKind(visitor);
    const { terminal } = visitor;
    const lines = (text: string): string => (terminal ? text.replace(/\r?\n/g, '\r\n') : text);
    this.#output = new GuestOutput({
      size: terminal ?? { columns: 80, rows: 24 },
      send: (bytes) => events.output(bytes),
      translate: lines,
    });
    this.#clientCommand = `voipterm ${rules.target.replace('USER', cleanLine(visitor.user))}`;
    this.#link = new GuestLink({
      fingerprint: rules.fingerprint,
      send: (line) => events.line(line),
      needsClient: needsClient('That', this.#clientCommand),
    });
  }

  /** Serves the guest to the end. Never rejects. */
  async run(serve: Serve): Promise<void> {
    let status = 0;
    this.#wake();
    try {
      const command = parseGuestCommand(this.#visitor.command);
      if (command.run === 'help') this.#output.write(GUEST_HELP);
      else status = await this.#serve(command, serve);
    } catch (error) {
      const why = this.#dismissal ?? error;
      status = exitStatus(why);
      this.#explain(why);
    }
    clearTimeout(this.#idle);
    this.#link.close();
    this.#input.destroy();
    await this.#lastWords();
    this.#events.ended(status);
  }

  typed(bytes: Uint8Array): Promise<void> {
    this.#wake();
    return this.#input.typed(bytes);
  }

  typedAll(): Promise<void> {
    return this.#input.typedAll();
  }

  resized(size: TerminalSize): Promise<void> {
    return this.#output.resize(size);
  }

  signalled(name: string): void {
    if (/^(?:HUP|INT|TERM|QUIT|KILL)$/.test(name)) this.leave(`SIG${name} came.`);
  }

  line(line: string): void {
    this.#link.receive(line);
  }

  taken(bytes: number): void {
    this.#output.taken(bytes);
  }

  /** The station ends it. */
  dismiss(): void {
    this.#dismissal =
      this.#link.removed ?? new VoiptermError('control.unreachable', 'The station closed the connection.');
    this.leave(this.#dismissal.message);
  }

  /** Ends the visit with a sentence. Harmless when repeated. */
  leave(reason: string): void {
    if (this.#leaving.signal.aborted) return;
    this.#leaving.abort(reason);
    this.#link.lost(new VoiptermError('control.unreachable', reason));
    this.#input.end();
  }

  /** The channel is gone. */
  gone(): void {
    this.#gone = true;
    this.leave('You left.');
    this.#output.destroy();
  }

  async #serve(command: Exclude<GuestCommand, { run: 'help' }>, serve: Serve): Promise<number> {
    const { name } = await this.#link.enter();
    const status = await serve(command, {
      name,
      visitor: this.#visitor,
      rules: this.#rules,
      kind: this.#kind,
      link: this.#link,
      input: this.#input,
      output: this.#output,
      clientCommand: this.#clientCommand,
      keepRooms: (rooms) => this.#events.rooms(rooms),
      leaving: this.#leaving.signal,
      host: this.#host,
      log: this.#log,
    });
    const { signal } = this.#leaving;
    if (!signal.aborted) return status;
    if (this.#dismissal) throw this.#dismissal;
    this.#events.errorOutput(`${signal.reason}${this.#newline}`);
    return status;
  }

  /** Screens end with the visit. */
  readonly #host: UiHost = {
    attach: (ui: RunningUi) => {
      const end = (): void => ui.end();
      const { signal } = this.#leaving;
      if (signal.aborted) end();
      signal.addEventListener('abort', end);
      return () => signal.removeEventListener('abort', end);
    },
  };

  get #newline(): string {
    return this.#visitor.terminal ? '\r\n' : '\n';
  }

  #explain(error: unknown): void {
    const known = error instanceof VoiptermError;
    if (!known)
      this.#log.error('a guest was not served by a fault of the station', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    const sentence = known ? cleanLine(error.message) : 'The station failed; please tell who runs it.';
    const help = known && error.code === 'usage.invalid' ? `\n${GUEST_HELP}` : '\n';
    this.#events.errorOutput(`${sentence}${help}`.replaceAll('\n', this.#newline));
  }

  /** Nobody there for long: the place is for somebody who is. */
  #wake(): void {
    const { idleMs } = this.#rules;
    clearTimeout(this.#idle);
    if (idleMs > 0) this.#idle = setTimeout(() => this.leave('Nothing was typed for long.'), idleMs);
  }

  #lastWords(): Promise<void> {
    if (this.#gone || this.#output.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LAST_WORDS_MS);
      this.#output.once('close', resolve);
      this.#output.end(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
