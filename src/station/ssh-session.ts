/**
 * One SSH session channel: the control protocol or its datagrams, or a person with a plain SSH client, whose terminal,
 * environment and command are read here and bounded.
 */
import type { Socket } from 'node:net';
import type { ServerChannel, Session } from 'ssh2';
import { CONTROL_SUBSYSTEM, DATAGRAM_SUBSYSTEM } from '../net/control/schema.ts';
import type { TerminalSize, Visit, Visitor, VisitorChannel } from './guests.ts';

/** Environment that says how to draw and to write; all else is dropped. */
const ENV_NAMES = /^(?:LANG|LC_[A-Z]{1,20}|COLORTERM|COLORFGBG|NO_COLOR|TERM_PROGRAM|VOIPTERM_PLAIN)$/;
const MAX_ENV = 16;
/** Longest value, and longest type of terminal, UTF-16 units. */
const MAX_ENV_CHARS = 128;
/** Longest command: the longest message and a room. */
export const MAX_COMMAND_CHARS = 10 * 1024;
/** Terminals say what they like: no real one is larger, and a larger one costs to draw. */
export const MAX_COLUMNS = 500;
export const MAX_ROWS = 200;
const USUAL: TerminalSize = { columns: 80, rows: 24 };

export interface SessionEvents {
  /** False where there is one already, or may be none. */
  control(accept: () => ServerChannel): boolean;
  datagrams(accept: () => ServerChannel): boolean;
  /** Somebody is there in person. */
  visitor(visitor: Omit<Visitor, 'user' | 'key'>, channel: VisitorChannel): Visit;
  /** They are gone. */
  left(visit: Visit): void;
}

export class SshSession {
  #events: SessionEvents;
  #socket: Socket;
  #env: Record<string, string> = {};
  #terminal: Visitor['terminal'] = null;
  #visit: Visit | undefined;

  constructor(session: Session, socket: Socket, events: SessionEvents) {
    this.#events = events;
    this.#socket = socket;
    session.on('env', (accept, reject, { key, val }) => {
      if (this.#takeEnv(key, val)) accept?.();
      else reject?.();
    });
    session.on('pty', (accept, _reject, info) => {
      this.#terminal = { type: info.term.slice(0, MAX_ENV_CHARS), ...sizeOf(info.cols, info.rows) };
      accept?.();
    });
    session.on('window-change', (accept, _reject, { cols, rows }) => {
      accept?.();
      this.#visit?.resized(sizeOf(cols, rows));
    });
    session.on('signal', (accept, _reject, { name }) => {
      accept?.();
      this.#visit?.signalled(name);
    });
    session.on('shell', (accept, reject) => this.#begin(null, accept, reject));
    session.on('exec', (accept, reject, { command }) => this.#begin(command, accept, reject));
    session.on('subsystem', (accept, reject, { name }) => {
      const taken =
        (name === CONTROL_SUBSYSTEM && events.control(accept)) ||
        (name === DATAGRAM_SUBSYSTEM && events.datagrams(accept));
      if (!taken) reject?.();
    });
  }

  #takeEnv(key: string, value: string): boolean {
    const fits = ENV_NAMES.test(key) && value.length <= MAX_ENV_CHARS;
    if (!fits || this.#visit || Object.keys(this.#env).length >= MAX_ENV) return false;
    this.#env[key] = value;
    return true;
  }

  #begin(
    command: string | null,
    accept: (() => ServerChannel) | undefined,
    reject: (() => void) | undefined,
  ): void {
    if (this.#visit || (command !== null && command.length > MAX_COMMAND_CHARS)) {
      reject?.(); // a second program in one session, or a command that is no command
      return;
    }
    const channel = accept?.();
    if (!channel) return;
    const visitor = { command, terminal: this.#terminal, env: this.#env };
    const visit = this.#events.visitor(visitor, new TypedChannel(channel, this.#socket));
    this.#visit = visit;
    channel.on('data', (bytes: Uint8Array) => visit.typed(bytes));
    channel.on('end', () => visit.typedAll());
    channel.on('error', () => channel.destroy());
    channel.on('close', () => {
      visit.gone();
      this.#events.left(visit);
    });
    channel.stderr.on('error', () => undefined);
  }
}

/** A channel to a person. The library throws where a connection has just gone; nobody needs to know. */
class TypedChannel implements VisitorChannel {
  #channel: ServerChannel;
  #socket: Socket;
  #ended = false;
  /** Told when the socket has sent what it holds. */
  #waiting: (() => void)[] = [];

  constructor(channel: ServerChannel, socket: Socket) {
    this.#channel = channel;
    this.#socket = socket;
  }

  write(bytes: Uint8Array, taken: () => void): void {
    this.#quietly(() => this.#channel.write(bytes, () => this.#whenRead(taken)));
  }

  writeError(text: string): void {
    this.#quietly(() => this.#channel.stderr.write(text));
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  end(status: number): void {
    this.#quietly(() => {
      this.#channel.resume();
      this.#channel.exit(status);
      this.#channel.end();
    });
    this.#ended = true;
  }

  /** The library hands over to the socket what the peer's window admits, which a peer that stands still has wide open. */
  #whenRead(taken: () => void): void {
    if (!this.#socket.writableNeedDrain) return taken();
    this.#waiting.push(taken);
    if (this.#waiting.length > 1) return;
    this.#socket.once('drain', () => {
      for (const told of this.#waiting.splice(0)) told();
    });
  }

  #quietly(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch {
      this.#ended = true;
      this.#socket.destroy();
    }
  }
}

/** What a terminal claims, as something that can be drawn on. */
function sizeOf(columns: number, rows: number): TerminalSize {
  return {
    columns: Math.min(columns || USUAL.columns, MAX_COLUMNS),
    rows: Math.min(rows || USUAL.rows, MAX_ROWS),
  };
}
