/** The messages of a station's rooms and conversations: their numbering, pages of them, and what is changed in them later. */
import { VoiptermError } from '../errors.ts';
import { isDirect } from './direct-name.ts';
import type { Database } from './open.ts';
import type { StationDirect } from './station-direct.ts';
import {
  type HistoryQuery,
  MESSAGE_COLUMNS,
  type MessageRow,
  messageOf,
  type Page,
  type Post,
  type Posted,
  pageOf,
  type StoredMessage,
} from './station-rows.ts';
import type { StationSearch } from './station-search.ts';

/** Most rooms with messages: anybody admitted may make one, and `room.list` answers with all of them. */
export const MAX_ROOMS = 10_000;

export interface RoomRow {
  readonly id: number;
  readonly last_seq: number;
  readonly peak_at: number;
  readonly revision: number;
  readonly topic: string;
}

export interface Changes extends Page {
  /** Where somebody is who has applied them all. */
  readonly revision: number;
}

export class StationMessages {
  #sql: ReturnType<typeof prepareAll>;
  #direct: StationDirect;
  #search: StationSearch;
  /** Of the rooms that are no conversations; undefined after one was made, or its making was rolled back. */
  #names: readonly string[] | undefined;

  constructor(db: Database, direct: StationDirect, search: StationSearch) {
    this.#sql = prepareAll(db);
    this.#direct = direct;
    this.#search = search;
  }

  room(name: string): RoomRow | undefined {
    return this.#sql.room.get(name);
  }

  /** Sorted. Do not change it. */
  roomNames(): readonly string[] {
    this.#names ??= this.#sql.roomNames.all().map(({ name }) => name);
    return this.#names;
  }

  roomFits(name: string): boolean {
    return this.room(name) !== undefined || this.#roomCount() < MAX_ROOMS;
  }

  /** Part of a transaction of the caller, as everything that writes here. Throws 'control.limit'. */
  post(post: Post): Posted {
    const first = this.#sql.byId.get(post.fingerprint, post.id);
    if (first) return { ...first, duplicate: true };
    const room = this.room(post.room) ?? this.#addRoom(post);
    const seq = room.last_seq + 1;
    const { id, from, fingerprint, at, type, body } = post;
    const peak = Math.max(room.peak_at, at);
    const replyTo = post.replyTo ?? null;
    const added = this.#sql.add.run(room.id, seq, id, from, fingerprint, at, peak, type, body, replyTo);
    this.#sql.advance.run(seq, peak, room.id);
    this.#search.index(Number(added.lastInsertRowid), room.id, isDirect(post.room), type, body);
    return { seq, at, duplicate: false };
  }

  /** A page of a room in ascending order; an unknown room is an empty one. */
  history(query: HistoryQuery): Page {
    const forward = query.after !== undefined || query.since !== undefined;
    const found = (forward ? this.#sql.first : this.#sql.last).all({
      room: query.room,
      after: Math.max(query.after ?? 0, this.#before(query)),
      before: query.before ?? Number.MAX_SAFE_INTEGER,
      since: query.since ?? 0,
      take: query.limit + 1, // one more tells whether the page is cut
    });
    const page = pageOf(found, query.limit);
    if (!forward) page.messages.reverse();
    return page;
  }

  message(room: string, seq: number): StoredMessage | undefined {
    const row = this.#sql.one.get(room, seq);
    return row && messageOf(row);
  }

  /** Gives a message another body; undefined if there is none. */
  edit(
    room: string,
    seq: number,
    body: { readonly type: string; readonly body: Uint8Array; readonly at: number },
  ): StoredMessage | undefined {
    return this.#change(room, seq, (row, id, revision) => {
      this.#sql.edit.run(body.type, body.body, body.at, revision, row.key);
      this.#search.index(row.key, id, isDirect(room), body.type, body.body);
    });
  }

  /** Empties a message; undefined if there is none. */
  delete(room: string, seq: number): StoredMessage | undefined {
    return this.#change(room, seq, (row, _id, revision) => {
      this.#sql.empty.run(revision, row.key);
      this.#search.forget(row.key);
    });
  }

  /** What was changed after a revision, each message once, by ascending revision. */
  changes(room: string, after: number, limit: number): Changes {
    const page = pageOf(this.#sql.changes.all(room, after, limit + 1), limit);
    const newest = this.room(room)?.revision ?? 0;
    return { ...page, revision: page.more ? (page.messages.at(-1)?.revision ?? newest) : newest };
  }

  /** Makes the room if there is none. Throws 'control.limit'. */
  setTopic(room: string, topic: string): void {
    if (!this.room(room)) this.#makeRoom(room);
    this.#sql.topic.run(topic, room);
  }

  #change(
    room: string,
    seq: number,
    write: (row: MessageRow, roomId: number, revision: number) => void,
  ): StoredMessage | undefined {
    const row = this.#sql.one.get(room, seq);
    const place = this.room(room);
    if (!row || !place) return undefined;
    const revision = place.revision + 1;
    write(row, place.id, revision);
    this.#sql.revise.run(revision, place.id);
    return this.message(room, seq);
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

  #addRoom(post: Post): RoomRow {
    if (post.to === undefined) return this.#makeRoom(post.room);
    const row = emptyRoom(this.#sql.addRoom.run(post.room, 1).lastInsertRowid);
    this.#direct.begin(row.id, post, post.to);
    return row;
  }

  #makeRoom(name: string): RoomRow {
    if (this.#roomCount() >= MAX_ROOMS) {
      throw new VoiptermError(
        'control.limit',
        `This station keeps ${MAX_ROOMS} rooms and has them all: post to one that exists.`,
      );
    }
    this.#names = undefined;
    return emptyRoom(this.#sql.addRoom.run(name, 0).lastInsertRowid);
  }
}

function emptyRoom(id: number | bigint): RoomRow {
  return { id: Number(id), last_seq: 0, peak_at: 0, revision: 0, topic: '' };
}

const MESSAGES = `${MESSAGE_COLUMNS} FROM messages AS m JOIN rooms ON rooms.id = m.room`;
const BOUNDS = 'rooms.name = :room AND m.seq > :after AND m.seq < :before AND m.at >= :since';
interface PageBounds {
  readonly room: string;
  readonly after: number;
  readonly before: number;
  readonly since: number;
  readonly take: number;
}
type MessageValues = [
  number,
  number,
  string,
  string,
  string,
  number,
  number,
  string,
  Uint8Array,
  number | null,
];

function prepareAll(db: Database) {
  return {
    room: db.prepare<[string], RoomRow>(
      'SELECT id, last_seq, peak_at, revision, topic FROM rooms WHERE name = ?',
    ),
    roomCount: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM rooms WHERE direct = 0'),
    roomNames: db.prepare<[], { name: string }>('SELECT name FROM rooms WHERE direct = 0 ORDER BY name'),
    addRoom: db.prepare<[string, number]>(
      'INSERT INTO rooms (name, last_seq, peak_at, direct) VALUES (?, 0, 0, ?)',
    ),
    advance: db.prepare<[number, number, number]>('UPDATE rooms SET last_seq = ?, peak_at = ? WHERE id = ?'),
    revise: db.prepare<[number, number]>('UPDATE rooms SET revision = ? WHERE id = ?'),
    topic: db.prepare<[string, string]>('UPDATE rooms SET topic = ? WHERE name = ?'),
    byId: db.prepare<[string, string], { seq: number; at: number }>(
      'SELECT seq, at FROM messages WHERE fingerprint = ? AND id = ?',
    ),
    add: db.prepare<MessageValues>(
      `INSERT INTO messages (room, seq, id, sender, fingerprint, at, peak_at, type, body, reply_to)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    edit: db.prepare<[string, Uint8Array, number, number, number]>(
      'UPDATE messages SET type = ?, body = ?, edited = ?, revision = ? WHERE key = ?',
    ),
    empty: db.prepare<[number, number]>(
      "UPDATE messages SET body = x'', deleted = 1, revision = ? WHERE key = ?",
    ),
    one: db.prepare<[string, number], MessageRow>(`SELECT ${MESSAGES} WHERE rooms.name = ? AND m.seq = ?`),
    changes: db.prepare<[string, number, number], MessageRow>(
      `SELECT ${MESSAGES} WHERE rooms.name = ? AND m.revision > ? ORDER BY m.revision LIMIT ?`,
    ),
    // The first message of that time or later; see peak_at in station-migrations.ts.
    firstSince: db.prepare<[string, number], { seq: number }>(
      `SELECT m.seq FROM messages AS m WHERE m.room = (SELECT id FROM rooms WHERE name = ?) AND m.peak_at >= ?
       ORDER BY m.peak_at, m.seq LIMIT 1`,
    ),
    first: db.prepare<[PageBounds], MessageRow>(
      `SELECT ${MESSAGES} WHERE ${BOUNDS} ORDER BY m.seq LIMIT :take`,
    ),
    last: db.prepare<[PageBounds], MessageRow>(
      `SELECT ${MESSAGES} WHERE ${BOUNDS} ORDER BY m.seq DESC LIMIT :take`,
    ),
  };
}
