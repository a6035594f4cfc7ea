/** How far each key has read each room of a station. */
import type { Database } from './open.ts';

/** Most rooms of which a key's marker is kept; beyond, the one that it moved longest ago goes. */
export const MAX_MARKERS_PER_KEY = 2048;

export class StationMarkers {
  #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#sql = prepareAll(db);
  }

  /** The highest seq that a key has read in a room, 0 for none. */
  of(key: string, room: string): number {
    return this.#sql.get.get(key, room)?.read_to ?? 0;
  }

  /**
   * Moves a marker on, to the last message at most, and never back; tells where it stands then. Part of a transaction
   * of the caller. A room without messages has none.
   */
  move(key: string, room: string, seq: number, at: number): { readonly readUpTo: number; moved: boolean } {
    const found = this.#sql.room.get(room);
    if (!found) return { readUpTo: 0, moved: false };
    const target = Math.min(seq, found.last_seq);
    const before = this.#sql.at.get(key, found.id)?.read_to;
    if (target <= (before ?? 0)) return { readUpTo: before ?? 0, moved: false };
    if (before === undefined && (this.#sql.count.get(key)?.n ?? 0) >= MAX_MARKERS_PER_KEY) {
      this.#sql.dropOldest.run(key, key);
    }
    this.#sql.set.run(key, found.id, target, at);
    return { readUpTo: target, moved: true };
  }
}

function prepareAll(db: Database) {
  return {
    get: db.prepare<[string, string], { read_to: number }>(
      'SELECT read_to FROM markers WHERE key = ? AND room = (SELECT id FROM rooms WHERE name = ?)',
    ),
    at: db.prepare<[string, number], { read_to: number }>(
      'SELECT read_to FROM markers WHERE key = ? AND room = ?',
    ),
    room: db.prepare<[string], { id: number; last_seq: number }>(
      'SELECT id, last_seq FROM rooms WHERE name = ?',
    ),
    count: db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM markers WHERE key = ?'),
    dropOldest: db.prepare<[string, string]>(
      `DELETE FROM markers WHERE key = ? AND room =
         (SELECT room FROM markers WHERE key = ? ORDER BY at, room LIMIT 1)`,
    ),
    set: db.prepare<[string, number, number, number]>(
      'INSERT OR REPLACE INTO markers (key, room, read_to, at) VALUES (?, ?, ?, ?)',
    ),
  };
}
