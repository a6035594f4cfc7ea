/** `voipterm tail`: prints a room's last messages and, with -f, what follows, also through a station's restart. */
import { type ErrorCode, VoiptermError } from '../errors.ts';
import type { Message } from '../net/control/schema.ts';
import { parseTarget } from '../net/control/target.ts';
import { TunnelClient } from '../net/tunnel/client.ts';
import type { ConnectOptions, Phase } from '../net/tunnel/messages.ts';
import { type Caller, roomHistory } from '../session/history.ts';
import { lineOf } from '../session/message-lines.ts';
import { RoomSync } from '../session/room-sync.ts';
import { cleanLine } from '../ui/clean-text.ts';
import { type CommonOptions, type Context, connectOptions, openHeadless } from './context.ts';
import { printLine, readerGone, toJsonLine } from './output.ts';
import { onStopSignal } from './signals.ts';

export interface TailOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly json?: boolean;
  /** A seq, an ISO time or an age such as 10m. */
  readonly since?: string;
  /** How many of the last messages. */
  readonly count?: number;
}

/** As tail(1). */
const DEFAULT_COUNT = 10;
/** How long the first connection may take, ms. */
const CONNECT_TIMEOUT_MS = 20_000;
/** Errors of a request whose connection broke, or that the station could not answer before it went. */
const LOST = new Set<ErrorCode>(['control.unreachable', 'control.timeout', 'control.closing']);
const AGE_UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** From where on: a place in the room, a time (ms since 1970), or nowhere in particular. */
export type Since = { readonly after: number } | { readonly time: number } | undefined;

export async function tail(targetText: string, options: TailOptions): Promise<void> {
  const since = parseSince(options.since, Date.now());
  const context = openHeadless(options);
  const target = parseTarget(targetText);
  const room = target.room ?? context.config.client.rooms[0] ?? 'lobby';
  const stop = onStopSignal();
  const feed = new Feed(room, (message) => print(message, options.json ?? false), context);
  try {
    const all = feed.run(connectOptions(context, target), since, options);
    await Promise.race([all, stop.requested, readerGone]);
  } finally {
    stop.dispose();
    await feed.close();
  }
}

/** @throws VoiptermError 'usage.invalid'. */
function parseSince(text: string | undefined, now: number): Since {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,15}$/.test(text)) return { after: Math.max(0, Number(text) - 1) };
  const age = /^([0-9]{1,9})([smhd])$/.exec(text);
  if (age) return { time: Math.max(0, now - Number(age[1]) * (AGE_UNITS[age[2] ?? 's'] ?? 1) * 1000) };
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return { time: Math.max(0, time) };
  throw new VoiptermError(
    'usage.invalid',
    '--since takes a message number (120), an age (90s, 10m, 2h, 7d) or a time (2026-11-21T18:00)',
  );
}

function print(message: Message, json: boolean): Promise<void> {
  const { room, seq, id, from, at, type } = message;
  const { text } = lineOf(message);
  if (json) return printLine(toJsonLine({ room, seq, id, from, at, type, text }));
  return printLine(`${timeOf(at)} <${cleanLine(from)}> ${cleanLine(text)}`);
}

/** Local time, "2026-11-21 18:04:05". */
function timeOf(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** One room's messages, in order and each once. Lines are printed one after the other, however fast they come. */
class Feed {
  readonly #room: string;
  readonly #print: (message: Message) => Promise<void>;
  readonly #context: Context;
  readonly #failed: Promise<never>;
  #tunnel: TunnelClient | undefined;
  #sync: RoomSync | undefined;
  /** Highest seq up to which all that is wanted was printed, before there is a sync. */
  #held: number | undefined;
  readonly #call: Caller = (method, ask) => this.#running().call(method, ask);
  #printing: Promise<void> = Promise.resolve();
  #fail: (error: VoiptermError) => void = () => undefined;
  #online: () => void = () => undefined;
  #reached = false;

  constructor(room: string, printMessage: (message: Message) => Promise<void>, context: Context) {
    this.#room = room;
    this.#print = printMessage;
    this.#context = context;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => undefined); // whoever waits gets it; nobody may be waiting yet
  }

  /** Prints what is asked for; with `follow` it never resolves, and rejects when the station is lost for good. */
  async run(connect: ConnectOptions, since: Since, { count, follow = false }: TailOptions): Promise<void> {
    await this.#start(connect);
    await this.#first(since, count, follow);
    if (follow) await this.#failed;
  }

  /** Resolves once the station is reached. */
  async #start(options: ConnectOptions): Promise<void> {
    const online = this.#nextOnline();
    this.#tunnel = await TunnelClient.start({
      onDied: (error) => this.#fail(error),
      onEvent: (event) => {
        if (event.event === 'phase') this.#onPhase(event.phase);
        else if (event.event === 'log') this.#context.log[event.level](event.text, event.fields);
        else if (event.event === 'notification' && event.notification.method === 'room.message') {
          if (event.notification.params.room === this.#room) this.#sync?.live(event.notification.params);
        }
      },
    });
    await this.#tunnel.connect(options);
    const timer = setTimeout(
      () => this.#fail(new VoiptermError('control.timeout', 'the station does not answer')),
      CONNECT_TIMEOUT_MS,
    );
    await Promise.race([online, this.#failed]).finally(() => clearTimeout(timer));
  }

  /** Prints what is asked for, and from then on keeps the room complete if it is followed. */
  async #first(since: Since, count: number | undefined, follow: boolean): Promise<void> {
    const wanted = count ?? (since ? undefined : DEFAULT_COUNT);
    if (!follow) return this.#history(since, wanted);
    while (!(await this.#historyUnlessLost(since, wanted))) await this.#nextOnline();
    this.#sync = new RoomSync({
      room: this.#room,
      held: this.#held ?? 0,
      everything: true,
      call: this.#call,
      onMessages: (messages) => {
        for (const message of messages) this.#queue(message);
      },
      onError: (error) => this.#context.log.warn('history could not be read', { reason: String(error) }),
    });
    // If the link breaks now, the next 'online' joins.
    await this.#rejoin().catch((error: unknown) => this.#unlessLost(error));
    this.#context.log.debug('following', { room: this.#room, after: this.#held });
  }

  /** Goes on after what was printed, if the link broke on the way. */
  async #history(since: Since, count: number | undefined): Promise<void> {
    const { lastSeq } = await this.#call('room.join', { room: this.#room });
    const rest = this.#held === undefined ? { since, count } : { since: { after: this.#held } };
    for await (const messages of roomHistory(this.#call, this.#room, rest.since, rest.count, lastSeq)) {
      for (const message of messages) this.#queue(message);
      this.#held = messages.at(-1)?.seq ?? this.#held;
      await this.#printing;
    }
    this.#held ??= lastSeq;
  }

  async #historyUnlessLost(since: Since, count: number | undefined): Promise<boolean> {
    try {
      await this.#history(since, count);
      return true;
    } catch (error) {
      this.#unlessLost(error);
      return false;
    }
  }

  /** Throws the error again unless it says that the link broke, which mends itself. */
  #unlessLost(error: unknown): void {
    if (!(error instanceof VoiptermError && LOST.has(error.code))) throw error;
  }

  async close(): Promise<void> {
    await this.#printing;
    await this.#tunnel?.close();
  }

  #nextOnline(): Promise<void> {
    return new Promise((resolve) => {
      this.#online = resolve;
    });
  }

  #onPhase(phase: Phase): void {
    if (phase.at === 'failed') this.#fail(new VoiptermError(phase.code, phase.reason));
    if (phase.at === 'offline') {
      // Before the first connection a person wants to know at once; later it comes back.
      if (!this.#reached) this.#fail(new VoiptermError(phase.code, phase.reason));
      else this.#context.log.warn(`${phase.reason}; trying again`);
    }
    if (phase.at !== 'online') return;
    this.#reached = true;
    this.#online();
    if (this.#sync) void this.#rejoin().catch(() => undefined); // broke again: the next 'online' tries anew
  }

  async #rejoin(): Promise<void> {
    const { lastSeq } = await this.#running().call('room.join', { room: this.#room });
    await this.#sync?.joined(lastSeq);
  }

  #queue(message: Message): void {
    this.#printing = this.#printing
      .then(() => this.#print(message))
      .catch((error: unknown) => this.#fail(asError(error)));
  }

  #running(): TunnelClient {
    if (this.#tunnel) return this.#tunnel;
    throw new VoiptermError('internal', 'the tunnel is not started');
  }
}

function asError(error: unknown): VoiptermError {
  return error instanceof VoiptermError ? error : new VoiptermError('internal', String(error));
}
