/**
 * What a client keeps on disk: messages with full-text search, the outbox, saved settings, known stations, joined rooms,
 * read markers, and what the user wants of people.
 *
 * Several client processes may share the file. A station is named by its host key's fingerprint. Everything that the
 * user saw stays: the disk is theirs, and a year of busy talk is some tens of megabytes. Every method throws
 * VoiptermError 'store.unwritable' or 'store.locked' when the disk refuses; nothing of that call is then kept.
 */
import type Sqlite from 'better-sqlite3';
import { VoiptermError } from '../errors.ts';
import { KnownNames } from './client-names.ts';
import { CLIENT_MIGRATIONS } from './client-migrations.ts';
import {
  type ClientMessage,
  type FoundMessage,
  type KnownStation,
  messageOf,
  type OutboxMessage,
  rowOf,
  type StoredPerson,
  type StoredPlace,
} from './client-rows.ts';
import { prepareClient } from './client-sql.ts';
import { type Database, guarded, openDatabase } from './open.ts';
import { searchQuery } from './search-query.ts';

export type {
  ClientMessage,
  FoundMessage,
  KnownStation,
  OutboxMessage,
  StoredPerson,
  StoredPlace,
} from './client-rows.ts';

/** Most messages that wait to be acknowledged, over all stations: more means that the user should look at the link. */
export const MAX_OUTBOX = 1000;
/** Most messages that one call reads: a screen shows far fewer. */
const MAX_PAGE = 1000;
/** Of more messages than these that fit a search only the last saved are looked at: whoever finds so many adds a word. */
const MAX_FOUND = 1000;

/** Which of the messages that were found. */
export interface SearchOptions {
  /** The only place that is searched; it takes a station. */
  readonly room?: string | undefined;
  /** How many of the newest to leave out. */
  readonly skip?: number | undefined;
}

export class ClientStore {
  readonly names: KnownNames;
  #db: Database;
  #sql: ReturnType<typeof prepareClient>;
  #save: Sqlite.Transaction<(station: string, messages: readonly ClientMessage[]) => void>;
  #change: Sqlite.Transaction<(station: string, messages: readonly ClientMessage[]) => void>;
  #setRooms: Sqlite.Transaction<(station: string, names: readonly string[]) => void>;
  #queue: Sqlite.Transaction<(message: OutboxMessage) => void>;
  #setSettings: Sqlite.Transaction<(values: ReadonlyMap<string, string | undefined>) => void>;

  /** Opens or creates the database; ':memory:' keeps nothing. Throws 'store.newer', 'store.locked' or 'store.unwritable'. */
  constructor(path: string) {
    this.#db = openDatabase(path, { application: 'client', migrations: CLIENT_MIGRATIONS });
    this.#sql = prepareClient(this.#db);
    this.names = new KnownNames(this.#db);
    this.#save = this.#db.transaction((station, messages) => {
      for (const message of messages) this.#saveOne(station, message);
    });
    this.#change = this.#db.transaction((station, messages) => {
      for (const message of messages) this.#changeOne(station, message);
    });
    this.#setRooms = this.#db.transaction((station, names) => {
      this.#sql.leaveRooms.run(station);
      for (const [place, name] of names.entries()) this.#sql.joinRoom.run(station, name, place);
    });
    this.#queue = this.#db.transaction((message) => this.#queueOne(message));
    this.#setSettings = this.#db.transaction((values) => {
      for (const [key, value] of values)
        value === undefined ? this.#sql.dropSetting.run(key) : this.#sql.setSetting.run(key, value);
    });
  }

  /**
   * Keeps messages and takes those that came from the outbox out of it, in one transaction. Saving again is harmless;
   * another id under the same seq (a station that lost its history and began anew) replaces what was there.
   */
  saveMessages(station: string, messages: readonly ClientMessage[]): void {
    if (messages.length > 0) this.#guard(() => this.#save.immediate(station, messages));
  }

  /** The last `limit` messages of a room, before `beforeSeq` if given, in ascending order. */
  recent(station: string, room: string, limit: number, beforeSeq?: number): ClientMessage[] {
    const before = beforeSeq ?? Number.MAX_SAFE_INTEGER;
    const take = page(limit);
    return this.#guard(() => this.#sql.recent.all({ station, room, before, take }).reverse().map(messageOf));
  }

  /** The first `limit` messages of a room after a seq, in ascending order. */
  following(station: string, room: string, after: number, limit: number): ClientMessage[] {
    const take = page(limit);
    return this.#guard(() => this.#sql.following.all({ station, room, after, take }).map(messageOf));
  }

  /**
   * Takes over what became of messages that are kept, unless the same or something newer is known already. Others are
   * left out: they come as they are then.
   */
  saveChanges(station: string, messages: readonly ClientMessage[]): void {
    if (messages.length > 0) this.#guard(() => this.#change.immediate(station, messages));
  }

  /** The highest seq kept of a room, 0 for none. There may be gaps below it when live messages were saved first. */
  lastSeq(station: string, room: string): number {
    return this.#guard(() => this.#sql.lastSeq.get({ station, room })?.seq ?? 0);
  }

  /**
   * The newest messages, of one station or of all (null), that hold every word typed (see search-query.ts). Only bodies
   * of a text type are searched. Anything may be typed: what cannot be searched for finds nothing. At most MAX_FOUND.
   */
  search(station: string | null, query: string, limit: number, options: SearchOptions = {}): FoundMessage[] {
    const { room, skip = 0 } = options;
    return this.#guard(() => {
      const id = room === undefined || station === null ? null : this.#sql.roomId.get({ station, room })?.id;
      const words = searchQuery(query);
      if (words === undefined || (room !== undefined && !id)) return [];
      const match = `text : (${words})${id ? ` AND place : "${placeWord(id)}"` : ''}`;
      const wanted = { match, station, newest: MAX_FOUND, take: page(limit), skip };
      return this.#sql.search.all(wanted).map(messageOf);
    });
  }

  /** Keeps a message until it is acknowledged; the same id again is harmless. Throws 'control.limit' when full. */
  outboxAdd(message: OutboxMessage): void {
    this.#guard(() => this.#queue.immediate(message));
  }

  /** What waits for a station, in the order in which it was written. */
  outboxList(station: string): OutboxMessage[] {
    return this.#guard(() =>
      this.#sql.outbox
        .all(station)
        .map(({ replyTo, ...message }) => (replyTo === null ? message : { ...message, replyTo })),
    );
  }

  /** Gives a message that waits another text. */
  outboxChange(id: string, body: Uint8Array): void {
    this.#guard(() => this.#sql.outboxChange.run(body, id));
  }

  /** What waited for one station waits for another, as it is called by now. */
  outboxMove(from: string, to: string): void {
    this.#guard(() => this.#sql.outboxMove.run(to, from));
  }

  outboxRemove(id: string): void {
    this.#guard(() => this.#sql.outboxRemove.run(id));
  }

  /** A value that the settings pane saved. */
  setting(key: string): string | undefined {
    return this.#guard(() => this.#sql.setting.get(key)?.value);
  }

  /** Saves values, all or none; undefined removes one, so that the config file or the default counts again. */
  setSettings(values: ReadonlyMap<string, string | undefined>): void {
    this.#guard(() => this.#setSettings.immediate(values));
  }

  settings(): Map<string, string> {
    return this.#guard(() => new Map(this.#sql.settings.all().map(({ key, value }) => [key, value])));
  }

  /** Notes a successful connection; the target becomes the last one used. */
  rememberStation(station: KnownStation): void {
    const { target, fingerprint, name, at } = station;
    this.#guard(() => this.#sql.rememberStation.run(target, fingerprint, name, at));
  }

  /** Where the user connected last. */
  lastTarget(): string | undefined {
    return this.#guard(() => this.#sql.lastTarget.get()?.target);
  }

  /** The host key's fingerprint that was found at a target, so that its messages show before the connection stands. */
  stationFor(target: string): string | undefined {
    return this.#guard(() => this.#sql.stationFor.get(target)?.fingerprint);
  }

  /** The joined rooms, in the user's order. */
  rooms(station: string): string[] {
    return this.#guard(() => this.#sql.joined.all(station).map(({ name }) => name));
  }

  /** Replaces the list of joined rooms. Messages and read markers of the others stay. */
  setRooms(station: string, names: readonly string[]): void {
    this.#guard(() => this.#setRooms.immediate(station, names));
  }

  /** Everybody of whom something is wanted: some dozens, since each was named by hand. */
  people(): StoredPerson[] {
    return this.#guard(() =>
      this.#sql.people.all().map((row) => ({
        ...row,
        muted: row.muted !== 0,
        blocked: row.blocked !== 0,
        ignored: row.ignored !== 0,
        priority: row.priority !== 0,
      })),
    );
  }

  savePerson({ muted, blocked, ignored, priority, ...person }: StoredPerson): void {
    const hidden = { blocked: Number(blocked), ignored: Number(ignored) };
    const flags = { muted: Number(muted), ...hidden, priority: Number(priority) };
    this.#guard(() => this.#sql.savePerson.run({ ...person, ...flags }));
  }

  /** Nothing is wanted of that person any more. */
  forgetPerson(key: string): void {
    this.#guard(() => this.#sql.forgetPerson.run(key));
  }

  /** The highest seq that the user has read, 0 for none. */
  readUpTo(station: string, room: string): number {
    return this.place(station, room)?.readTo ?? 0;
  }

  /** What is kept of a place besides its messages; undefined if it was never met. */
  place(station: string, room: string): StoredPlace | undefined {
    const row = this.#guard(() => this.#sql.place.get({ station, room }));
    if (!row) return undefined;
    const { peer, peerKey, ...rest } = row;
    return { ...rest, peer: peer === null || peerKey === null ? null : { name: peer, key: peerKey } };
  }

  /** Keeps what the station told of a place: up to which of its changes all are kept, its topic, with whom it is. */
  updatePlace(station: string, room: string, change: Partial<Omit<StoredPlace, 'readTo'>>): void {
    const { revision, topic, peer } = change;
    this.#guard(() => {
      this.#sql.addRoom.run(station, room);
      if (typeof revision === 'number') this.#sql.setRevision.run({ station, room, revision });
      if (topic !== undefined) this.#sql.setTopic.run({ station, room, topic });
      if (peer) this.#sql.setPeer.run({ station, room, ...peer });
    });
  }

  /** Moves the read marker forward; never back, since another window may have read further. */
  markRead(station: string, room: string, seq: number): void {
    this.#guard(() => this.#sql.markRead.run(station, room, seq));
  }

  /** Lets the file go. Harmless when called twice. */
  close(): void {
    this.#db.close();
  }

  #guard<T>(work: () => T): T {
    return guarded(this.#db.name, work);
  }

  #saveOne(station: string, message: ClientMessage): void {
    this.#sql.addRoom.run(station, message.room);
    const saved = this.#sql.saveMessage.get({ station, ...rowOf(message) });
    if (saved) this.#index(saved, message);
    this.#sql.outboxSent.run(message.id, station);
  }

  #changeOne(station: string, message: ClientMessage): void {
    const changed = this.#sql.changeMessage.get({ station, ...rowOf(message) });
    if (changed) this.#index(changed, message);
  }

  /** What is no text, or is one no more, is found by nothing: indexing it would only fill the index with noise. */
  #index({ key, room }: { readonly key: number; readonly room: number }, message: ClientMessage): void {
    const { type, body } = message;
    if (!type.startsWith('text/') || body.length === 0) this.#sql.forgetWords.run(key);
    else this.#sql.indexWords.run(key, new TextDecoder().decode(body), placeWord(room));
  }

  #queueOne(message: OutboxMessage): void {
    const { id, station, room, type, body, at, replyTo = null } = message;
    if (this.#sql.outboxHas.get(id)) return;
    if ((this.#sql.outboxCount.get()?.n ?? 0) >= MAX_OUTBOX) {
      throw new VoiptermError(
        'control.limit',
        `${MAX_OUTBOX} messages wait to be sent already: wait until the station answers again.`,
      );
    }
    this.#sql.outboxAdd.run({ id, station, room, type, body, at, replyTo });
  }
}

function page(limit: number): number {
  return Math.max(0, Math.min(Math.floor(limit), MAX_PAGE));
}

/** What stands for a place in the index. */
function placeWord(room: number): string {
  return `r${room}`;
}
