/**
 * What a station keeps on disk: who owns which name, and the rooms' messages.
 *
 * One process holds the file alone. Bodies are opaque bytes. Every method throws VoiptermError 'store.unwritable'
 * when the disk refuses; nothing of that call is then kept.
 */
import type Sqlite from 'better-sqlite3';
import { VoiptermError } from '../errors.ts';
import { type Database, guarded, openDatabase } from './open.ts';
import { StationInvites } from './station-invites.ts';
import { STATION_MIGRATIONS } from './station-migrations.ts';
import { StationPeople } from './station-people.ts';

/** Most names that one key holds: a person with several devices and moods, not a squatter. */
export const MAX_NAMES_PER_KEY = 8;
/** Most names in all: an open station admits any key, and keys cost nothing to make. */
const MAX_NAMES = 100_000;
/** Most rooms with messages: anybody admitted may make one, and `room.list` answers with all of them. */
export const MAX_ROOMS = 10_000;

/** A message as it comes from a member. `at` is the station's clock, ms since 1970. */
export interface Post {
  readonly room: string;
  /** Made by the client; unique within the key that posts. */
  readonly id: string;
  readonly from: string;
  readonly fingerprint: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly at: number;
}

/** Where a post stands. For a duplicate these are the first one's, also if it went to another room. */
export interface Posted {
  readonly seq: number;
  readonly at: number;
  readonly duplicate: boolean;
}

export interface StoredMessage {
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly fingerprint: string;
  readonly at: number;
  readonly type: string;
  readonly body: Uint8Array;
}

/** As 'room.history' of net/control/schema.ts says. Several bounds together must all hold. */
export interface HistoryQuery {
  readonly room: string;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly since?: number | undefined;
  readonly limit: number;
}

interface RoomRow {
  readonly id: number;
  readonly last_seq: number;
  readonly peak_at: number;
}

export class StationStore {
  readonly people: StationPeople;
  readonly invites: StationInvites;
  #db: Database;
  #sql: ReturnType<typeof prepareAll>;
  #postAll: Sqlite.Transaction<(posts: readonly Post[]) => Posted[]>;
  #claim: Sqlite.Transaction<(name: string, fingerprint: string, now: number) => 'ok' | 'taken' | 'limit'>;

  /** Opens or creates the database and holds it. Throws 'store.locked', 'store.newer' or 'store.unwritable'. */
  constructor(path: string) {
    this.#db = openDatabase(path, {
      application: 'station',
      migrations: STATION_MIGRATIONS,
      exclusive: true,
    });
    this.#sql = prepareAll(this.#db);
    this.people = new StationPeople(this.#db);
    this.invites = new StationInvites(this.#db);
    this.#postAll = this.#db.transaction((posts) => this.#insertAll(posts));
    this.#claim = this.#db.transaction((name, fingerprint, now) => this.#claimNow(name, fingerprint, now));
  }

  /** Gives a free name to a key. Names compare without case; 'limit' says that the key or the station has enough. */
  claimName(name: string, fingerprint: string, now: number): 'ok' | 'taken' | 'limit' {
    return this.#guard(() => this.#claim.immediate(name, fingerprint, now));
  }

  /**
   * Whether a post to this room would be kept. Ask before a post joins a batch: one that does not fit fails its
   * whole batch in postAll, and the others in it have done nothing wrong.
   */
  roomFits(room: string): boolean {
    return this.#guard(() => this.#sql.room.get(room) !== undefined || this.#roomCount() < MAX_ROOMS);
  }

  /**
   * Commits all posts in one transaction (one flush to disk for many members) and answers in their order; when it
   * returns, they survive a power cut. A resend (same fingerprint and id) is answered with the first one's place.
   * Throws 'control.limit' when a room would be one too many, counted before the batch.
   */
  postAll(posts: readonly Post[]): Posted[] {
    if (posts.length === 0) return [];
    return this.#guard(() => this.#postAll.immediate(posts));
  }

  /** A page of a room in ascending order; an unknown room is an empty one. */
  history(query: HistoryQuery): { messages: StoredMessage[]; more: boolean } {
    return this.#guard(() => {
      const forward = query.after !== undefined || query.since !== undefined;
      const found = (forward ? this.#sql.first : this.#sql.last).all({
        room: query.room,
        after: Math.max(query.after ?? 0, this.#before(query)),
        before: query.before ?? Number.MAX_SAFE_INTEGER,
        since: query.since ?? 0,
        take: query.limit + 1, // one more tells whether the page is cut
      });
      const page = found.slice(0, query.limit);
      if (!forward) page.reverse();
      return { messages: page, more: found.length > query.limit };
    });
  }

  /** The newest seq of a room; 0 for one without messages. */
  lastSeq(room: string): number {
    return this.#guard(() => this.#sql.room.get(room)?.last_seq ?? 0);
  }

  /** Every room that has messages, by name. */
  rooms(): string[] {
    return this.#guard(() => this.#sql.roomNames.all().map(({ name }) => name));
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

  /** The seq that everything of `since` comes after: found by the time index, so that no page scans a whole room. */
  #before({ room, since }: HistoryQuery): number {
    if (since === undefined) return 0;
    const first = this.#sql.firstSince.get(room, since);
    return first === undefined ? Number.MAX_SAFE_INTEGER : first.seq - 1;
  }

  #roomCount(): number {
    return this.#sql.roomCount.get()?.n ?? 0;
  }

  #claimNow(name: string, fingerprint: string, now: number): 'ok' | 'taken' | 'limit' {
    const owner = this.#sql.owner.get(name);
    if (owner) return owner.fingerprint === fingerprint ? 'ok' : 'taken';
    const held = this.#sql.namesOfKey.get(fingerprint)?.n ?? 0;
    const all = this.#sql.nameCount.get()?.n ?? 0;
    if (held >= MAX_NAMES_PER_KEY || all >= MAX_NAMES) return 'limit';
    this.#sql.addName.run(name, fingerprint, now);
    return 'ok';
  }

  #insertAll(posts: readonly Post[]): Posted[] {
    const full = this.#roomCount() >= MAX_ROOMS;
    return posts.map((post) => this.#insert(post, full));
  }

  #insert(post: Post, full: boolean): Posted {
    const first = this.#sql.byId.get(post.fingerprint, post.id);
    if (first) return { ...first, duplicate: true };
    const room = this.#sql.room.get(post.room) ?? this.#addRoom(post.room, full);
    const seq = room.last_seq + 1;
    const { id, from, fingerprint, at, type, body } = post;
    const peak = Math.max(room.peak_at, at);
    this.#sql.addMessage.run(room.id, seq, id, from, fingerprint, at, peak, type, body);
    this.#sql.advanceRoom.run(seq, peak, room.id);
    return { seq, at, duplicate: false };
  }

  #addRoom(name: string, full: boolean): RoomRow {
    if (full) {
      throw new VoiptermError(
        'control.limit',
        `This station keeps ${MAX_ROOMS} rooms and has them all: post to one that exists.`,
      );
    }
    return { id: Number(this.#sql.addRoom.run(name).lastInsertRowid), last_seq: 0, peak_at: 0 };
  }
}

const COLUMNS =
  'rooms.name AS room, m.seq, m.id, m.sender AS "from", m.fingerprint, m.at, m.type, m.body FROM messages AS m JOIN rooms ON rooms.id = m.room';
const BOUNDS = 'rooms.name = :room AND m.seq > :after AND m.seq < :before AND m.at >= :since';
interface PageBounds {
  readonly room: string;
  readonly after: number;
  readonly before: number;
  readonly since: number;
  readonly take: number;
}

function prepareAll(db: Database) {
  return {
    owner: db.prepare<[string], { fingerprint: string }>('SELECT fingerprint FROM names WHERE name = ?'),
    namesOfKey: db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM names WHERE fingerprint = ?'),
    nameCount: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM names'),
    addName: db.prepare<[string, string, number]>(
      'INSERT INTO names (name, fingerprint, at) VALUES (?, ?, ?)',
    ),
    room: db.prepare<[string], RoomRow>('SELECT id, last_seq, peak_at FROM rooms WHERE name = ?'),
    roomCount: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM rooms'),
    roomNames: db.prepare<[], { name: string }>('SELECT name FROM rooms ORDER BY name'),
    addRoom: db.prepare<[string]>('INSERT INTO rooms (name, last_seq, peak_at) VALUES (?, 0, 0)'),
    advanceRoom: db.prepare<[number, number, number]>(
      'UPDATE rooms SET last_seq = ?, peak_at = ? WHERE id = ?',
    ),
    byId: db.prepare<[string, string], { seq: number; at: number }>(
      'SELECT seq, at FROM messages WHERE fingerprint = ? AND id = ?',
    ),
    addMessage: db.prepare<[number, number, string, string, string, number, number, string, Uint8Array]>(
      `INSERT INTO messages (room, seq, id, sender, fingerprint, at, peak_at, type, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    // The first message of that time or later; see peak_at in station-migrations.ts.
    firstSince: db.prepare<[string, number], { seq: number }>(
      `SELECT m.seq FROM messages AS m WHERE m.room = (SELECT id FROM rooms WHERE name = ?) AND m.peak_at >= ?
       ORDER BY m.peak_at, m.seq LIMIT 1`,
    ),
    first: db.prepare<[PageBounds], StoredMessage>(
      `SELECT ${COLUMNS} WHERE ${BOUNDS} ORDER BY m.seq LIMIT :take`,
    ),
    last: db.prepare<[PageBounds], StoredMessage>(
      `SELECT ${COLUMNS} WHERE ${BOUNDS} ORDER BY m.seq DESC LIMIT :take`,
    ),
  };
}
