/** Conversations of two keys: which a key has, and what each side calls them. */
import { VoiptermError } from '../errors.ts';
import { directName } from './direct-name.ts';
import type { Database } from './open.ts';
import type { Post } from './station-rows.ts';

/** Most conversations that one key begins: everybody whom a person ever writes to. */
export const MAX_BEGUN = 1000;
/** Most conversations in all, as there are names. */
const MAX_CONVERSATIONS = 100_000;

/** One side of a conversation. */
export interface Side {
  /** Whose side it is. */
  readonly key: string;
  readonly other: string;
  /** What the other is called in the name of the place on this side. */
  readonly name: string;
}

/** A conversation as one side lists it. */
export interface DirectRow extends Side {
  /** Its name in the store. */
  readonly room: string;
  readonly lastSeq: number;
  readonly revision: number;
  /** How far this side has read. */
  readonly readUpTo: number;
  /** When the last message came. */
  readonly at: number;
}

/** The end of the page before. */
export interface DirectCursor {
  readonly at: number;
  /** The name of the other in that place's name. */
  readonly name: string;
}

export class StationDirect {
  #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#sql = prepareAll(db);
  }

  /** How a key sees its conversation with another; undefined before the first message. */
  find(key: string, other: string): DirectRow | undefined {
    return this.#sql.find.get(key, directName(key, other));
  }

  /** Both sides of a conversation; one where a key talks to itself. */
  sides(room: string): Side[] {
    return this.#sql.sides.all(room);
  }

  /** A key's conversations, the last used first, at most `limit`. */
  list(key: string, limit: number, before?: DirectCursor): DirectRow[] {
    const { at, name } = before ?? { at: Number.MAX_SAFE_INTEGER, name: '' };
    return this.#sql.list.all({ key, at, name, take: limit });
  }

  /** Numbers of the rooms of a key's conversations, the last used first. */
  roomIds(key: string, limit: number): number[] {
    return this.#sql.roomIds.all(key, limit).map(({ id }) => id);
  }

  /** Whether this key may begin another conversation. */
  fits(key: string): boolean {
    return (
      (this.#sql.begun.get(key)?.n ?? 0) < MAX_BEGUN && (this.#sql.count.get()?.n ?? 0) < MAX_CONVERSATIONS
    );
  }

  /** Notes both sides of a conversation that begins; part of the transaction of its first post. */
  begin(roomId: number, { from, fingerprint }: Post, to: NonNullable<Post['to']>): void {
    if (!this.fits(fingerprint)) {
      throw new VoiptermError('control.limit', `A key begins at most ${MAX_BEGUN} conversations.`);
    }
    this.#sql.add.run(fingerprint, roomId, to.key, to.name, 1);
    if (to.key !== fingerprint) this.#sql.add.run(to.key, roomId, fingerprint, from, 0);
  }
}

const DIRECT = `
  SELECT c.key, c.other, c.name, r.name AS room, r.last_seq AS lastSeq, r.revision, r.peak_at AS at,
    coalesce(k.read_to, 0) AS readUpTo
  FROM conversations AS c JOIN rooms AS r ON r.id = c.room
  LEFT JOIN markers AS k ON k.key = c.key AND k.room = c.room`;

function prepareAll(db: Database) {
  return {
    find: db.prepare<[string, string], DirectRow>(`${DIRECT} WHERE c.key = ? AND r.name = ?`),
    list: db.prepare<[{ key: string; at: number; name: string; take: number }], DirectRow>(
      `${DIRECT} WHERE c.key = :key AND (r.peak_at, c.name) < (:at, :name)
       ORDER BY r.peak_at DESC, c.name DESC LIMIT :take`,
    ),
    roomIds: db.prepare<[string, number], { id: number }>(
      `SELECT r.id FROM conversations AS c JOIN rooms AS r ON r.id = c.room
       WHERE c.key = ? ORDER BY r.peak_at DESC LIMIT ?`,
    ),
    sides: db.prepare<[string], Side>(
      `SELECT key, other, name FROM conversations WHERE room = (SELECT id FROM rooms WHERE name = ?)`,
    ),
    begun: db.prepare<[string], { n: number }>('SELECT sum(began) AS n FROM conversations WHERE key = ?'),
    count: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM rooms WHERE direct = 1'),
    add: db.prepare<[string, number, string, string, number]>(
      'INSERT INTO conversations (key, room, other, name, began) VALUES (?, ?, ?, ?, ?)',
    ),
  };
}
