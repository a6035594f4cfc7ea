/**
 * `voipterm tail`: prints the last messages of a room or a conversation and, with -f, what follows and what becomes of
 * them, also through a station's restart.
 */
import { type ErrorCode, VoiptermError } from '../errors.ts';
import { MAX_HISTORY_PAGE, type Message, type StationNotification } from '../net/control/schema.ts';
import { TunnelClient } from '../net/tunnel/client.ts';
import type { ConnectOptions, Phase } from '../net/tunnel/messages.ts';
import type { Progress } from '../session/chat.ts';
import { type Caller, roomHistory } from '../session/history.ts';
import { RoomSync } from '../session/room-sync.ts';
import { type CommonOptions, connectOptions, type Context, openHeadless, roomOf } from './context.ts';
import { printLine, readerGone } from './output.ts';
import { placeOf } from './place.ts';
import { onStopSignal } from './signals.ts';
import { changeText, messageText } from './tail-lines.ts';

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
  const { target, direct } = placeOf(targetText);
  const room = direct === null ? roomOf(context, target) : `@${direct}`;
  const stop = onStopSignal();
  const feed = new Feed(room, options.json ?? false, context);
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

/** One room's messages, in order and each once. Lines are printed one after the other, however fast they come. */
class Feed {
  /** As the station calls it: a conversation has the name that it began with. */
  #room: string;
  readonly #json: boolean;
  readonly #context: Context;
  readonly #failed: Promise<never>;
  #tunnel: TunnelClient | undefined;
  #sync: RoomSync | undefined;
  /** Highest seq up to which all that is wanted was printed, before there is a sync. */
  #held: number | undefined;
  /** Which of the place's changes was printed last, once it is followed. */
  #revision: number | undefined;
  readonly #call: Caller = (method, ask) => this.#running().call(method, ask);
  #printing: Promise<void> = Promise.resolve();
  #fail: (error: VoiptermError) => void = () => undefined;
  #online: () => void = () => undefined;
  #reached = false;

  constructor(room: string, json: boolean, context: Context) {
    this.#room = room;
    this.#json = json;
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
        else if (event.event === 'notification') this.#notified(event.notification);
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
        for (const message of messages) this.#queue(messageText(message, this.#json));
      },
      onError: (error) => this.#context.log.warn('history could not be read', { reason: String(error) }),
    });
    // If the link breaks now, the next 'online' joins.
    await this.#rejoin().catch((error: unknown) => this.#unlessLost(error));
    this.#context.log.debug('following', { room: this.#room, after: this.#held });
  }

  /** Goes on after what was printed, if the link broke on the way. */
  async #history(since: Since, count: number | undefined): Promise<void> {
    const { lastSeq, revision } = await this.#enter();
    const rest = this.#held === undefined ? { since, count } : { since: { after: this.#held } };
    for await (const messages of roomHistory(this.#call, this.#room, rest.since, rest.count, lastSeq)) {
      for (const message of messages) this.#queue(messageText(message, this.#json));
      this.#held = messages.at(-1)?.seq ?? this.#held;
      await this.#printing;
    }
    this.#held ??= lastSeq;
    this.#revision ??= revision;
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
    const { lastSeq, revision = 0 } = await this.#enter();
    await this.#sync?.joined(lastSeq);
    if (this.#revision !== undefined && revision > this.#revision) await this.#missedChanges(this.#revision);
  }

  /** Enters a room, or finds the conversation with somebody. */
  async #enter(): Promise<Progress> {
    if (!this.#room.startsWith('@')) return this.#call('room.join', { room: this.#room });
    const conversation = await this.#call('direct.open', { name: this.#room.slice(1) });
    this.#room = conversation.room;
    return conversation;
  }

  #notified({ method, params }: StationNotification): void {
    if (method === 'room.message' && params.room === this.#room) this.#sync?.live(params);
    if (method === 'room.changed' && params.room === this.#room && this.#sync) this.#changed(params);
  }

  /** What was edited or deleted while the link was broken. */
  async #missedChanges(since: number): Promise<void> {
    for (let after = since; ; ) {
      const ask = { room: this.#room, after, limit: MAX_HISTORY_PAGE };
      const { messages, more } = await this.#call('room.changes', ask);
      for (const message of messages) this.#changed(message);
      const last = messages.at(-1)?.revision ?? after;
      if (!more || last <= after) return;
      after = last;
    }
  }

  /** Each change once. What was not printed yet comes as it is by then. */
  #changed(message: Message): void {
    const { revision = 0, seq } = message;
    if (revision <= (this.#revision ?? 0)) return;
    this.#revision = revision;
    if (seq <= (this.#sync?.held ?? 0)) this.#queue(changeText(message, this.#json));
  }

  #queue(line: string): void {
    this.#printing = this.#printing
      .then(() => printLine(line))
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
