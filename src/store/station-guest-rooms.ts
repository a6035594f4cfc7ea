/** In which rooms people were who came with a plain SSH client: they have no database of their own that could tell. */
import { z } from 'zod';
import type { Database } from './open.ts';

/** Rooms of one key that are kept. */
export const MAX_GUEST_ROOMS = 50;
/** Keys whose rooms are kept; beyond, those go that came longest ago. */
export const MAX_GUEST_KEYS = 10_000;

const stored = z.array(z.string());

export class StationGuestRooms {
  #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#sql = prepareAll(db);
  }

  /** The rooms in which a key was last, in its order; none if it never came. */
  of(key: string): readonly string[] {
    const found = this.#sql.get.get(key);
    return found ? stored.parse(JSON.parse(found.rooms)) : [];
  }

  /** Keeps the rooms of a key that leaves. @param at ms since 1970. */
  keep(key: string, rooms: readonly string[], at: number): void {
    this.#sql.set.run(key, JSON.stringify(rooms.slice(0, MAX_GUEST_ROOMS)), at);
    this.#sql.dropOldest.run(MAX_GUEST_KEYS);
  }
}

function prepareAll(db: Database) {
  return {
    get: db.prepare<[string], { rooms: string }>('SELECT rooms FROM guest_rooms WHERE key = ?'),
    set: db.prepare<[string, string, number]>(
      'INSERT OR REPLACE INTO guest_rooms (key, rooms, at) VALUES (?, ?, ?)',
    ),
    dropOldest: db.prepare<[number]>(
      'DELETE FROM guest_rooms WHERE key IN (SELECT key FROM guest_rooms ORDER BY at DESC, key LIMIT -1 OFFSET ?)',
    ),
  };
}
