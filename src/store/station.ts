/**
 * What a station keeps on disk: who owns which name, the messages of rooms and conversations, how far each key has read.
 *
 * One process holds the file alone. Bodies are opaque bytes. Every method throws VoiptermError 'store.unwritable'
 * when the disk refuses; nothing of that call is then kept.
 */
import type Sqlite from 'better-sqlite3';
import { VoiptermError } from '../errors.ts';
import { type Database, guarded, openDatabase } from './open.ts';
import { type DirectCursor, type DirectRow, type Side, StationDirect } from './station-direct.ts';
import { StationMarkers } from './station-markers.ts';
import { type Changes, type RoomRow, StationMessages } from './station-messages.ts';
import { StationGuestRooms } from './station-guest-rooms.ts';
import { StationInvites } from './station-invites.ts';
import { STATION_MIGRATIONS } from './station-migrations.ts';
import { StationPeople } from './station-people.ts';
import { type NameOwner, StationNames } from './station-names.ts';
import type { HistoryQuery, Page, Post, Posted, StoredMessage } from './station-rows.ts';
import { type SearchPage, type SearchQuery, StationSearch } from './station-search.ts';

export { MAX_ROOMS } from './station-messages.ts';
export { MAX_NAMES_PER_KEY } from './station-names.ts';
export type { HistoryQuery, Post, Posted, StoredMessage } from './station-rows.ts';

/** How one of several writes went that were committed together: what it returned, or why it wrote nothing. */
export type Outcome = { readonly value: unknown } | { readonly refused: VoiptermError };

/** What the writes that are committed together may do. */
export interface StationWriter {
  message(room: string, seq: number): StoredMessage | undefined;
  edit(
    room: string,
    seq: number,
    to: { readonly type: string; readonly body: Uint8Array; readonly at: number },
  ): StoredMessage | undefined;
  delete(room: string, seq: number): StoredMessage | undefined;
  setTopic(room: string, topic: string): void;
  markRead(key: string, room: string, seq: number, at: number): { readUpTo: number; moved: boolean };
}

export type Write = (writer: StationWriter) => unknown;

export class StationStore {
  readonly people: StationPeople;
  readonly invites: StationInvites;
  #db: Database;
  #names: StationNames;
  #direct: StationDirect;
  #markers: StationMarkers;
  #guestRooms: StationGuestRooms;
  #search: StationSearch;
  #messages: StationMessages;
  #writer: StationWriter;
  #postAll: Sqlite.Transaction<(posts: readonly Post[]) => Posted[]>;
  #claim: Sqlite.Transaction<(name: string, fingerprint: string, now: number) => 'ok' | 'taken' | 'limit'>;
  #together: Sqlite.Transaction<(writes: readonly Write[]) => Outcome[]>;

  /** Opens or creates the database and holds it. Throws 'store.locked', 'store.newer' or 'store.unwritable'. */
  constructor(path: string) {
    const db = openDatabase(path, {
      application: 'station',
      migrations: STATION_MIGRATIONS,
      exclusive: true,
    });
    this.#db = db;
    this.people = new StationPeople(db);
    this.invites = new StationInvites(db);
    this.#names = new StationNames(db);
    this.#direct = new StationDirect(db);
    this.#markers = new StationMarkers(db);
    this.#guestRooms = new StationGuestRooms(db);
    this.#search = new StationSearch(db);
    const messages = new StationMessages(db, this.#direct, this.#search);
    this.#messages = messages;
    this.#writer = {
      message: (room, seq) => messages.message(room, seq),
      edit: (room, seq, to) => messages.edit(room, seq, to),
      delete: (room, seq) => messages.delete(room, seq),
      setTopic: (room, topic) => messages.setTopic(room, topic),
      markRead: (key, room, seq, at) => this.#markers.move(key, room, seq, at),
    };
    this.#postAll = db.transaction((posts) => posts.map((post) => messages.post(post)));
    this.#claim = db.transaction((name, fingerprint, now) => this.#names.claim(name, fingerprint, now));
    this.#together = db.transaction((writes) => writes.map((write) => this.#outcomeOf(write)));
  }

  /** Gives a free name to a key. Names compare without case; 'limit' says that the key or the station has enough. */
  claimName(name: string, fingerprint: string, now: number): 'ok' | 'taken' | 'limit' {
    return this.#guard(() => this.#claim.immediate(name, fingerprint, now));
  }

  nameOwner(name: string): NameOwner | undefined {
    return this.#guard(() => this.#names.owner(name));
  }

  /** All names of a key, the oldest first. */
  namesOf(fingerprint: string): string[] {
    return this.#guard(() => this.#names.of(fingerprint));
  }

  /** In which rooms a key was that comes with a plain SSH client; see StationGuestRooms. */
  guestRoomsOf(key: string): readonly string[] {
    return this.#guard(() => this.#guestRooms.of(key));
  }

  keepGuestRooms(key: string, rooms: readonly string[], at: number): void {
    this.#guard(() => this.#guestRooms.keep(key, rooms, at));
  }

  /**
   * Whether a post to this room would be kept. Ask before a post joins a batch: one that does not fit fails its
   * whole batch in postAll, and the others in it have done nothing wrong.
   */
  roomFits(room: string): boolean {
    return this.#guard(() => this.#messages.roomFits(room));
  }

  /** The same for a conversation that this key would begin. */
  directFits(room: string, key: string): boolean {
    return this.#guard(() => this.#messages.room(room) !== undefined || this.#direct.fits(key));
  }

  /**
   * Commits all posts in one transaction (one flush to disk for many members) and answers in their order; when it
   * returns, they survive a power cut. A resend (same fingerprint and id) is answered with the first one's place.
   * Throws 'control.limit' when a room would be one too many.
   */
  postAll(posts: readonly Post[]): Posted[] {
    if (posts.length === 0) return [];
    return this.#guard(() => this.#postAll.immediate(posts));
  }

  /**
   * Commits several writes in one transaction. One that throws a VoiptermError before it has written anything is refused
   * alone; any other failure fails them all.
   */
  together(writes: readonly Write[]): Outcome[] {
    return this.#guard(() => this.#together.immediate(writes));
  }

  /** A page of a room in ascending order; an unknown room is an empty one. */
  history(query: HistoryQuery): Page {
    return this.#guard(() => this.#messages.history(query));
  }

  /** What was edited or deleted after a revision, each message once, by ascending revision. */
  changes(room: string, after: number, limit: number): Changes {
    return this.#guard(() => this.#messages.changes(room, after, limit));
  }

  search(query: SearchQuery): SearchPage {
    return this.#guard(() => this.#search.find(query));
  }

  /** The newest seq of a room; 0 for one without messages. */
  lastSeq(room: string): number {
    return this.#guard(() => this.#messages.room(room)?.last_seq ?? 0);
  }

  /** A room or conversation that has messages or a topic. */
  room(name: string): RoomRow | undefined {
    return this.#guard(() => this.#messages.room(name));
  }

  /** Every room that has messages or a topic, by name; conversations are none. */
  rooms(): readonly string[] {
    return this.#guard(() => this.#messages.roomNames());
  }

  /** How far a key has read a room, 0 for not at all. */
  readUpTo(key: string, room: string): number {
    return this.#guard(() => this.#markers.of(key, room));
  }

  /** How a key sees its conversation with another; undefined before the first message. */
  direct(key: string, other: string): DirectRow | undefined {
    return this.#guard(() => this.#direct.find(key, other));
  }

  /** Both sides of a conversation; one where a key talks to itself, none for a room. */
  sides(room: string): Side[] {
    return this.#guard(() => this.#direct.sides(room));
  }

  /** A key's conversations, the last used first. */
  directs(key: string, limit: number, before?: DirectCursor): DirectRow[] {
    return this.#guard(() => this.#direct.list(key, limit, before));
  }

  /** Numbers of the rooms of a key's conversations, the last used first. */
  directIds(key: string, limit: number): number[] {
    return this.#guard(() => this.#direct.roomIds(key, limit));
  }

  /** Writes the log back into the database and lets the file go. Harmless when called twice. */
  close(): void {
    if (!this.#db.open) return;
    try {
      this.#guard(() => this.#db.pragma('wal_checkpoint(TRUNCATE)'));
    } finally {
      this.#db.close(); // what could not be written back is safe in the log and is read from there next time
    }
  }

  #guard<T>(work: () => T): T {
    return guarded(this.#db.name, work);
  }

  #outcomeOf(write: Write): Outcome {
    try {
      return { value: write(this.#writer) };
    } catch (error) {
      if (error instanceof VoiptermError) return { refused: error };
      throw error;
    }
  }
}
