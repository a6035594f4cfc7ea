/**
 * The local store as one station's: what is kept of its places, as lines. Before the first connection there is no station,
 * and so nothing is kept or found. A disk that is full must not stop the talk: what cannot be kept is said once, and shown
 * all the same.
 */
import { sentenceOf } from '../errors.ts';
import type { Message } from '../net/control/schema.ts';
import type { ClientMessage, ClientStore, FoundMessage, StoredPlace } from '../store/client.ts';
import type { LiveState } from './live-state.ts';
import { type MessageLine, messageAt, quoteFrom } from './lines.ts';
import { mentionsAny } from './mentions.ts';
import { keptOf, storedLine } from './message-lines.ts';
import { isOwn } from './reduce-text.ts';

export interface ArchiveOptions {
  readonly store: ClientStore;
  readonly live: LiveState;
}

/**
 * Messages are written together after this time, ms, as each write waits for the disk and the screen would wait with it.
 * What a kill takes away is read from the station again.
 */
const WRITE_AFTER_MS = 25;
/** So many are written at once without waiting: a page of history and more. */
const MAX_QUEUED = 256;

export class Archive {
  #station: string | undefined;
  #queued: ClientMessage[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #options: ArchiveOptions;
  #complained = false;
  /** What counts as a mention, made anew when our name or the settings change. */
  #watched: { readonly from: readonly unknown[]; readonly words: readonly string[] } | undefined;

  constructor(options: ArchiveOptions, station: string | undefined) {
    this.#options = options;
    this.#station = station;
  }

  /** The station's host key: what its messages are filed under. */
  get station(): string | undefined {
    return this.#station;
  }

  /** From now on everything is that station's. */
  adopt(station: string): void {
    this.flush();
    this.#station = station;
  }

  /** The last messages of a place, before a seq if given, in order. */
  recent(room: string, limit: number, before?: number): MessageLine[] {
    const { store } = this.#options;
    if (!this.station) return [];
    this.flush();
    return store.recent(this.station, room, limit, before).map((message) => this.#line(message));
  }

  /** The first messages of a place after a seq, in order. */
  following(room: string, after: number, limit: number): MessageLine[] {
    const { store } = this.#options;
    if (!this.station) return [];
    this.flush();
    return store.following(this.station, room, after, limit).map((message) => this.#line(message));
  }

  lastSeq(room: string): number {
    this.flush();
    return this.station ? this.#options.store.lastSeq(this.station, room) : 0;
  }

  place(room: string): StoredPlace | undefined {
    return this.station ? this.#options.store.place(this.station, room) : undefined;
  }

  /** The newest messages that hold every word. */
  search(query: string, limit: number, room: string | null, skip: number): FoundMessage[] {
    if (!this.station) return [];
    this.flush();
    return this.#options.store.search(this.station, query, limit, { room: room ?? undefined, skip });
  }

  /** A message of the station as a line: whether it mentions us, and the begin of what it answers. */
  line(message: Message): MessageLine {
    return this.#line(keptOf(message));
  }

  /** Keeps messages, soon; what came from the outbox is out of it then. */
  keep(messages: readonly ClientMessage[]): void {
    if (!this.station) return;
    this.#queued.push(...messages);
    if (this.#queued.length >= MAX_QUEUED) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), WRITE_AFTER_MS);
  }

  /** Writes what is to be kept now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const messages = this.#queued;
    this.#queued = [];
    if (messages.length > 0) this.#write((store, station) => store.saveMessages(station, messages));
  }

  /** Keeps what became of messages, and with `revision` that all changes up to it are kept. */
  keepChanges(room: string, messages: readonly Message[], revision: number | undefined): void {
    this.flush();
    this.#write((store, station) => {
      store.saveChanges(station, messages.map(keptOf));
      if (revision !== undefined) store.updatePlace(station, room, { revision });
    });
  }

  update(room: string, change: Partial<Omit<StoredPlace, 'readTo'>>): void {
    this.#write((store, station) => store.updatePlace(station, room, change));
  }

  markRead(room: string, seq: number): void {
    this.#write((store, station) => store.markRead(station, room, seq));
  }

  #write(work: (store: ClientStore, station: string) => void): void {
    if (!this.station) return;
    try {
      work(this.#options.store, this.station);
      this.#complained = false;
    } catch (error) {
      if (this.#complained) return;
      this.#complained = true;
      const why = sentenceOf(error);
      this.#options.live.notice(`history is not kept: ${why}`);
    }
  }

  #line(message: ClientMessage): MessageLine {
    const line = storedLine(message);
    const { now } = this.#options.live;
    const mention = !line.deleted && !isOwn(line, now) && mentionsAny(line.text, this.#words());
    const quote = line.replyTo === undefined ? undefined : this.quote(message.room, line.replyTo);
    return { ...line, ...(mention ? { mention: true as const } : {}), ...(quote ? { quote } : {}) };
  }

  /** The begin of a message that is shown or kept. */
  quote(room: string, seq: number): MessageLine['quote'] {
    const { rooms } = this.#options.live.now;
    const shown = messageAt(rooms.find(({ name }) => name === room)?.lines ?? [], seq);
    if (shown) return quoteFrom(shown);
    this.flush();
    const [stored] = this.station ? this.#options.store.recent(this.station, room, 1, seq + 1) : [];
    return stored?.seq === seq ? quoteFrom(storedLine(stored)) : undefined;
  }

  #words(): readonly string[] {
    const { self, text } = this.#options.live.now;
    const from = [self.name, text.highlight];
    if (!this.#watched?.from.every((value, at) => value === from[at]))
      this.#watched = { from, words: [self.name.toLowerCase(), ...text.highlight] };
    return this.#watched?.words ?? [];
  }
}
