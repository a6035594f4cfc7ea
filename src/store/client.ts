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
import { CLIENT_MIGRATIONS } from './client-migrations.ts';
import { prepareClient } from './client-sql.ts';
import { type Database, guarded, openDatabase } from './open.ts';
import { searchQuery } from './search-query.ts';

/** Most messages that wait to be acknowledged, over all stations: more means that the user should look at the link. */
export const MAX_OUTBOX = 1000;
/** Most messages that one call reads: a screen shows far fewer. */
const MAX_PAGE = 1000;

/** A message that the station has acknowledged. `seq` counts 1, 2, 3... in the room; `at` is ms since 1970. */
export interface ClientMessage {
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly at: number;
  readonly type: string;
  readonly body: Uint8Array;
  /** The key that posted it; null where the station did not say. */
  readonly key: string | null;
}

/** What the user wants of a person, who is a key. */
export interface StoredPerson {
  readonly key: string;
  /** What it was called last. */
  readonly name: string;
  /** Volume, dB. */
  readonly db: number;
  readonly muted: boolean;
  readonly blocked: boolean;
  readonly priority: boolean;
}

export interface FoundMessage extends ClientMessage {
  readonly station: string;
}

/** A message on its way out. `at` is our clock, ms since 1970. */
export interface OutboxMessage {
  readonly station: string;
  readonly room: string;
  readonly id: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly at: number;
}

/** `target` is what the user types to get there, `name` what the station calls itself. */
export interface KnownStation {
  readonly fingerprint: string;
  readonly target: string;
  readonly name: string;
  readonly at: number;
}

export class ClientStore {
  #db: Database;
  #sql: ReturnType<typeof prepareClient>;
  #save: Sqlite.Transaction<(station: string, messages: readonly ClientMessage[]) => void>;
  #setRooms: Sqlite.Transaction<(station: string, names: readonly string[]) => void>;
  #queue: Sqlite.Transaction<(message: OutboxMessage) => void>;

  /** Opens or creates the database; ':memory:' keeps nothing. Throws 'store.newer', 'store.locked' or 'store.unwritable'. */
  constructor(path: string) {
    this.#db = openDatabase(path, { application: 'client', migrations: CLIENT_MIGRATIONS });
    this.#sql = prepareClient(this.#db);
    this.#save = this.#db.transaction((station, messages) => {
      for (const message of messages) this.#saveOne(station, message);
    });
    this.#setRooms = this.#db.transaction((station, names) => {
      this.#sql.leaveRooms.run(station);
      for (const [place, name] of names.entries()) this.#sql.joinRoom.run(station, name, place);
    });
    this.#queue = this.#db.transaction((message) => this.#queueOne(message));
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
    return this.#guard(() => this.#sql.recent.all(station, room, before, page(limit)).reverse());
  }

  /** The highest seq kept of a room, 0 for none. There may be gaps below it when live messages were saved first. */
  lastSeq(station: string, room: string): number {
    return this.#guard(() => this.#sql.lastSeq.get(station, room)?.seq ?? 0);
  }

  /**
   * The newest messages, of one station or of all (null), that hold every word typed (see search-query.ts). Only bodies
   * of a text type are searched. Anything may be typed: what cannot be searched for finds nothing.
   */
  search(station: string | null, query: string, limit: number): FoundMessage[] {
    const match = searchQuery(query);
    if (match === undefined) return [];
    return this.#guard(() => this.#sql.search.all({ match, station, take: page(limit) }));
  }

  /** Keeps a message until it is acknowledged; the same id again is harmless. Throws 'control.limit' when full. */
  outboxAdd(message: OutboxMessage): void {
    this.#guard(() => this.#queue.immediate(message));
  }

  /** What waits for a station, in the order in which it was written. */
  outboxList(station: string): OutboxMessage[] {
    return this.#guard(() => this.#sql.outbox.all(station));
  }

  outboxRemove(id: string): void {
    this.#guard(() => this.#sql.outboxRemove.run(id));
  }

  /** A value that the settings pane saved. */
  setting(key: string): string | undefined {
    return this.#guard(() => this.#sql.setting.get(key)?.value);
  }

  /** Saves a value; undefined removes it, so that the config file or the default counts again. */
  setSetting(key: string, value: string | undefined): void {
    this.#guard(() =>
      value === undefined ? this.#sql.dropSetting.run(key) : this.#sql.setSetting.run(key, value),
    );
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
        priority: row.priority !== 0,
      })),
    );
  }

  savePerson({ muted, blocked, priority, ...person }: StoredPerson): void {
    const flags = { muted: Number(muted), blocked: Number(blocked), priority: Number(priority) };
    this.#guard(() => this.#sql.savePerson.run({ ...person, ...flags }));
  }

  /** Nothing is wanted of that person any more. */
  forgetPerson(key: string): void {
    this.#guard(() => this.#sql.forgetPerson.run(key));
  }

  /** The highest seq that the user has read, 0 for none. */
  readUpTo(station: string, room: string): number {
    return this.#guard(() => this.#sql.readUpTo.get(station, room)?.read_to ?? 0);
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
    const { room, seq, id, from, at, type, body, key } = message;
    this.#sql.addRoom.run(station, room);
    const saved = this.#sql.saveMessage.get({ station, room, seq, id, from, at, type, body, key });
    if (saved) this.#sql.indexWords.run(saved.key, searchable(type, body));
    this.#sql.outboxSent.run(id, station);
  }

  #queueOne(message: OutboxMessage): void {
    const { id, station, room, type, body, at } = message;
    if (this.#sql.outboxHas.get(id)) return;
    if ((this.#sql.outboxCount.get()?.n ?? 0) >= MAX_OUTBOX) {
      throw new VoiptermError(
        'control.limit',
        `${MAX_OUTBOX} messages wait to be sent already: wait until the station answers again.`,
      );
    }
    this.#sql.outboxAdd.run(id, station, room, type, body, at);
  }
}

function page(limit: number): number {
  return Math.max(0, Math.min(Math.floor(limit), MAX_PAGE));
}

/** Other types are opaque: indexing them would only fill the index with noise. */
function searchable(type: string, body: Uint8Array): string {
  return type.startsWith('text/') ? new TextDecoder().decode(body) : '';
}
