/**
 * Edits and deletions: ours go to the station, those of others come from it, at once or, after being away, as what has
 * changed since the last one that we know of. All who read them all end with the same messages.
 */
import { VoiptermError } from '../errors.ts';
import { MAX_HISTORY_PAGE, type Message } from '../net/control/schema.ts';
import type { Archive } from './archive.ts';
import type { Chat } from './chat.ts';
import type { Caller } from './history.ts';
import type { MessageLine } from './lines.ts';
import type { LiveState } from './live-state.ts';
import { typeOf } from './message-lines.ts';
import { isOwn } from './reduce-text.ts';
import type { Which } from './text-commands.ts';

/** Changes of one place that are remembered for a page of history that is on its way and older than they are. */
const MAX_LATEST = 256;
/** Messages of the store that are looked through for the one that is meant. */
const LOOKED_THROUGH = 500;

export interface ChangesOptions {
  readonly live: LiveState;
  readonly archive: Archive;
  readonly call: Caller;
  readonly chat: () => Chat;
}

export class Changes {
  readonly #options: ChangesOptions;
  /** Up to which change of each place all are applied. */
  readonly #applied = new Map<string, number>();
  readonly #latest = new Map<string, Map<number, Message>>();
  readonly #reading = new Map<string, Promise<void>>();

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** Gives a message of ours another text. Rejects with what the station has against it. */
  async edit(room: string, text: string, which: Which = {}): Promise<void> {
    const { call, chat } = this.#options;
    if (text.trim() === '') throw new VoiptermError('usage.invalid', 'what should it say? Write /edit TEXT');
    const line = this.#own(room, which);
    if (line.seq === null) return onItsWay(chat().amend(line.id, text));
    const body = Buffer.from(text, 'utf8').toString('base64');
    const { at, revision } = await call('room.edit', {
      room,
      seq: line.seq,
      type: typeOf(line.action),
      body,
    });
    this.#became(room, line, body, { edited: at, ...(revision === undefined ? {} : { revision }) });
  }

  /** Deletes a message of ours; with its seq also one of another, if the station lets us. */
  async delete(room: string, which: Which = {}): Promise<void> {
    const { call, chat } = this.#options;
    const others = which.seq === undefined ? undefined : this.#meant(room, which, false);
    const line = others ?? this.#own(room, which);
    if (line.seq === null) return onItsWay(chat().amend(line.id, null));
    const { revision } = await call('room.delete', { room, seq: line.seq });
    this.#became(room, line, '', { deleted: true, ...(revision === undefined ? {} : { revision }) });
  }

  /** Answers a message of another. */
  reply(room: string, text: string, which: Which = {}): void {
    const line = this.#meant(room, which, false);
    if (!line) throw new VoiptermError('usage.invalid', 'there is no message here that could be answered');
    this.#options.chat().post(room, text, { replyTo: line });
  }

  /** The station tells of a change in a place that is open; another is read as it is once it is. */
  changed(message: Message): void {
    const { room, revision = 0 } = message;
    if (!this.#options.live.now.rooms.some(({ name }) => name === room)) return;
    this.#take(room, [message]);
    this.#options.archive.keepChanges(room, [message], undefined);
    const applied = this.#applied.get(room);
    if (applied === undefined || this.#reading.has(room)) return;
    if (revision === applied + 1) this.#reached(room, revision, []);
    else if (revision > applied) void this.#catchUp(room);
  }

  /** The newest version of a message: a page of history may have been read before it changed. */
  latest(message: Message): Message {
    const known = this.#latest.get(message.room)?.get(message.seq);
    return known && (known.revision ?? 0) > (message.revision ?? 0) ? known : message;
  }

  /** A place is entered: reads what was changed since we were here. `held` is the last message that is kept. */
  async entered(room: string, revision: number | undefined, held: number): Promise<void> {
    this.#latest.delete(room);
    this.#applied.delete(room);
    if (revision === undefined) return; // a station that changes nothing
    const known = this.#options.archive.place(room)?.revision ?? null;
    // Whoever keeps nothing yet reads everything as it is.
    const from = held === 0 || (known ?? 0) > revision ? revision : (known ?? 0);
    this.#reached(room, from, []);
    if (revision > from) await this.#catchUp(room);
  }

  #catchUp(room: string): Promise<void> {
    const known = this.#reading.get(room);
    if (known) return known;
    const reading = this.#read(room)
      .catch(() => undefined) // the link broke: the next one begins anew
      .finally(() => this.#reading.delete(room));
    this.#reading.set(room, reading);
    return reading;
  }

  async #read(room: string): Promise<void> {
    for (;;) {
      const after = this.#applied.get(room) ?? 0;
      const { messages, more, revision } = await this.#options.call('room.changes', {
        room,
        after,
        limit: MAX_HISTORY_PAGE,
      });
      this.#take(room, messages);
      const last = messages.at(-1)?.revision ?? after;
      this.#reached(room, more ? last : Math.max(last, revision), messages);
      if (!more || last <= after) return;
    }
  }

  #reached(room: string, revision: number, messages: readonly Message[]): void {
    this.#applied.set(room, revision);
    this.#options.archive.keepChanges(room, messages, revision);
  }

  #take(room: string, messages: readonly Message[]): void {
    const { live, archive } = this.#options;
    const latest = this.#latest.get(room) ?? new Map<number, Message>();
    this.#latest.set(room, latest);
    for (const message of messages) {
      latest.delete(message.seq);
      latest.set(message.seq, this.latest(message));
      live.apply({ kind: 'changed', room, line: archive.line(message) });
    }
    for (const seq of latest.keys()) {
      if (latest.size <= MAX_LATEST) break;
      latest.delete(seq);
    }
  }

  /** What a message of ours is now, before the station tells everybody. */
  #became(room: string, line: MessageLine, body: string, change: Partial<Message>): void {
    const { id, seq, from, at, action, key, replyTo } = line;
    if (seq === null || change.revision === undefined) return; // it comes with the notification
    const whole = { room, id, seq, from, at, type: typeOf(action), body };
    const rest = { ...(key === undefined ? {} : { key }), ...(replyTo === undefined ? {} : { replyTo }) };
    this.changed({ ...whole, ...rest, ...change });
  }

  #own(room: string, which: Which): MessageLine {
    const line = this.#meant(room, which, true);
    if (line) return line;
    throw new VoiptermError(
      'usage.invalid',
      which.seq === undefined ? 'there is no message of yours here' : 'that message is not yours',
    );
  }

  /** Of the lines, and of what is kept before them, the one that is meant. */
  #meant(room: string, { seq, back = 1, from }: Which, own: boolean): MessageLine | undefined {
    const { live, archive } = this.#options;
    const name = from?.replace(/^@/, '').toLowerCase();
    const fits = (line: MessageLine): boolean =>
      !line.deleted &&
      line.state !== 'refused' &&
      // Whoever names a message may answer one of their own.
      (isOwn(line, live.now) === own || (!own && seq !== undefined)) &&
      (own || line.seq !== null) &&
      (seq === undefined || line.seq === seq) &&
      (name === undefined || line.from.toLowerCase() === name);
    const place = live.now.rooms.find((one) => one.name === room);
    const lines = (place?.newer ? [] : (place?.lines ?? []))
      .filter((line) => line.kind === 'message')
      .filter(fits);
    const found = lines[lines.length - back];
    if (found) return found;
    const before = seq === undefined ? undefined : seq + 1;
    const stored = archive.recent(room, seq === undefined ? LOOKED_THROUGH : 1, before).filter(fits);
    return stored[stored.length - back];
  }
}

function onItsWay(done: boolean): void {
  if (!done)
    throw new VoiptermError('usage.invalid', 'that message is on its way just now: try again in a moment');
}
