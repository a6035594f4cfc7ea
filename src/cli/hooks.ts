/**
 * Programs that the user wants started for messages ([hooks] of the configuration).
 *
 * A program gets the message as a line of JSON on its standard input and the short of it in its environment; no shell ever
 * sees what others wrote. Few run at a time and none for long; a flood of messages does not become one of processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { sentenceOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isHidden } from '../session/people.ts';
import type { Event, MessageLine } from '../session/reduce.ts';
import type { State } from '../session/state.ts';

/** Programs at once. */
const MAX_RUNNING = 4;
/** Messages that wait for one; then the oldest is passed over. */
const MAX_WAITING = 64;
/** A program that runs longer is ended, ms. */
const MAX_RUN_MS = 10_000;

/** As the configuration has them: a program and its arguments, or nothing. */
export interface HookPrograms {
  readonly onMessage: readonly string[];
  readonly onMention: readonly string[];
}

/** What a program is told. */
export interface HookMessage {
  readonly event: 'message' | 'mention';
  /** user@host:port as the user wrote it. */
  readonly station: string;
  /** A room's name, or '@name'. */
  readonly room: string;
  readonly from: string;
  /** The fingerprint of the key that wrote it, if the station said. */
  readonly key?: string | undefined;
  readonly id: string;
  readonly seq: number | null;
  /** Milliseconds since 1970 on the station's clock. */
  readonly at: number;
  readonly text: string;
  /** It is for us alone. */
  readonly direct: boolean;
}

export interface HookedSession {
  readonly state: State;
  observe(observer: (event: Event) => void): () => void;
}

type Run = (program: readonly string[], message: HookMessage) => Promise<void>;

export class Hooks {
  readonly #session: HookedSession;
  readonly #log: Logger;
  readonly #run: Run;
  readonly #stop: () => void;
  readonly #programs: () => HookPrograms;
  #waiting: { readonly program: readonly string[]; readonly message: HookMessage }[] = [];
  #running = 0;

  /** @param programs asked for each message, as the settings are then. */
  constructor(session: HookedSession, programs: () => HookPrograms, log: Logger, run: Run = runProgram) {
    this.#session = session;
    this.#programs = programs;
    this.#log = log;
    this.#run = run;
    this.#stop = session.observe((event) => this.#observed(event));
  }

  /** Starts none any more; those that run go on. */
  close(): void {
    this.#stop();
    this.#waiting = [];
  }

  #observed(event: Event): void {
    if (event.kind !== 'messages' || !event.live) return;
    const { state } = this.#session;
    const { self, rooms, target } = state;
    const place = rooms.find(({ name }) => name === event.room);
    for (const line of event.messages) {
      const own = line.key === undefined ? line.from === self.name : line.key === self.key;
      if (own || (place && isHidden(line, place, state))) continue;
      const direct = event.room.startsWith('@');
      const { onMessage, onMention } = this.#programs();
      const message = messageOf(line, { room: event.room, station: target, direct });
      this.#add(onMessage, { ...message, event: 'message' });
      if (direct || line.mention) this.#add(onMention, { ...message, event: 'mention' });
    }
  }

  #add(program: readonly string[], message: HookMessage): void {
    if (program.length === 0) return;
    this.#waiting.push({ program, message });
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#log.warn('a hook is too slow: a message was passed over', { program: program[0] });
    }
    this.#next();
  }

  #next(): void {
    if (this.#running >= MAX_RUNNING) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#running++;
    this.#run(next.program, next.message)
      .catch((error: unknown) => {
        const reason = sentenceOf(error);
        this.#log.warn('a hook failed', { program: next.program[0], reason });
      })
      .finally(() => {
        this.#running--;
        this.#next();
      });
  }
}

function messageOf(
  { id, seq, from, key, at, text }: MessageLine,
  where: Pick<HookMessage, 'room' | 'station' | 'direct'>,
): Omit<HookMessage, 'event'> {
  return { ...where, id, seq, from, at, text, ...(key === undefined ? {} : { key }) };
}

/** Resolves when it has ended; rejects if it could not be started, failed, or ran too long. */
export function runProgram(program: readonly string[], message: HookMessage): Promise<void> {
  const [file = '', ...args] = program;
  const env = {
    ...process.env,
    VOIPTERM_EVENT: message.event,
    VOIPTERM_ROOM: message.room,
    VOIPTERM_FROM: message.from,
  };
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(file, args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`it ran for more than ${MAX_RUN_MS / 1000} s`));
    }, MAX_RUN_MS);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) resolve();
      else reject(new Error(`it ended with ${signal ?? status}`));
    });
    // A program that does not read its input is none of our business.
    child.stdin?.on('error', () => undefined).end(`${JSON.stringify(message)}\n`);
  });
}
