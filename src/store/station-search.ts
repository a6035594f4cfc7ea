/**
 * Full-text search in a station's messages.
 *
 * Besides a message's own words the index holds made-up ones for where it stands, so that a search in one room meets
 * only that room's messages: "zzr7" for room 7 and "zzopen" for all rooms together, "zzd9" for conversation 9.
 */
import type { Database } from './open.ts';
import { searchQuery } from './search-query.ts';
import { MESSAGE_COLUMNS, type MessageRow, messageOf, type StoredMessage } from './station-rows.ts';

/** Most hits that one search looks at: those that the asker may not read cost time too, and voice waits meanwhile. */
const MAX_SCANNED = 1000;

/** The made-up words, of rooms' numbers. Migrations write them too (station-migrations.ts). */
export const PLACE = {
  allRooms: 'zzopen',
  room: (id: number): string => `zzr${id}`,
  direct: (id: number): string => `zzd${id}`,
} as const;

export interface SearchQuery {
  /** As it was typed. */
  readonly typed: string;
  /** Where: of the words that PLACE makes, at least one. */
  readonly places: readonly string[];
  /** The `next` of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
  /** Whether the asker may read that room. */
  readonly mayRead: (room: string) => boolean;
}

export interface SearchPage {
  /** The newest first. */
  readonly messages: StoredMessage[];
  readonly more: boolean;
  readonly next: number;
}

export class StationSearch {
  #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#sql = prepareAll(db);
  }

  /** Puts a message's words in, in place of those that it had. */
  index(key: number, room: number, direct: boolean, type: string, body: Uint8Array): void {
    if (!type.startsWith('text/')) return this.forget(key); // other types are opaque: their words would be noise
    const place = direct ? PLACE.direct(room) : `${PLACE.allRooms} ${PLACE.room(room)}`;
    this.#sql.index.run(key, place, new TextDecoder().decode(body));
  }

  forget(key: number): void {
    this.#sql.forget.run(key);
  }

  /** The newest messages that hold every word typed. What cannot be searched for finds nothing. */
  find(query: SearchQuery): SearchPage {
    const match = matchOf(query);
    const messages: StoredMessage[] = [];
    let next = query.before ?? Number.MAX_SAFE_INTEGER;
    if (match === undefined) return { messages, more: false, next };
    let scanned = 0;
    for (const row of this.#sql.find.iterate(match, next)) {
      if (messages.length >= query.limit || scanned >= MAX_SCANNED) return { messages, more: true, next };
      scanned += 1;
      next = row.key;
      if (query.mayRead(row.room)) messages.push(messageOf(row));
    }
    return { messages, more: false, next };
  }
}

function matchOf({ typed, places }: SearchQuery): string | undefined {
  const words = searchQuery(typed);
  return words === undefined || places.length === 0
    ? undefined
    : `place : (${places.join(' OR ')}) AND text : (${words})`;
}

function prepareAll(db: Database) {
  return {
    index: db.prepare<[number, string, string]>(
      'INSERT OR REPLACE INTO words (rowid, place, text) VALUES (?, ?, ?)',
    ),
    forget: db.prepare<[number]>('DELETE FROM words WHERE rowid = ?'),
    find: db.prepare<[string, number], MessageRow>(`
      SELECT ${MESSAGE_COLUMNS} FROM words JOIN messages AS m ON m.key = words.rowid JOIN rooms ON rooms.id = m.room
      WHERE words MATCH ? AND words.rowid < ? ORDER BY words.rowid DESC`),
  };
}
