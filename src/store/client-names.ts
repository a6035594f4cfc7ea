/**
 * Which key each name had at each station, as far as this user saw it. On the client's database, whose errors these methods
 * throw. Names are ASCII and compare without case.
 */
import { type Database, guarded } from './open.ts';

/** Most names in all: beyond it new ones are not remembered, and those that are stay. */
const MAX_KNOWN_NAMES = 100_000;

export class KnownNames {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepareAll(db);
  }

  keyOf(station: string, name: string): string | undefined {
    return this.#guard(() => this.#sql.get.get(station, name)?.key);
  }

  /** Remembers the first key of a name; a key that is there stays. */
  remember(station: string, name: string, key: string, at: number): void {
    this.#guard(() => {
      if ((this.#sql.count.get()?.n ?? 0) < MAX_KNOWN_NAMES) this.#sql.add.run(station, name, key, at);
    });
  }

  /** The user says that the name has another key now. */
  replace(station: string, name: string, key: string, at: number): void {
    this.#guard(() => this.#sql.replace.run(station, name, key, at));
  }

  #guard<T>(work: () => T): T {
    return guarded(this.#db.name, work);
  }
}

function prepareAll(db: Database) {
  return {
    get: db.prepare<[string, string], { key: string }>(
      'SELECT key FROM known_names WHERE station = ? AND name = ?',
    ),
    count: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM known_names'),
    add: db.prepare<[string, string, string, number]>(
      'INSERT OR IGNORE INTO known_names (station, name, key, at) VALUES (?, ?, ?, ?)',
    ),
    replace: db.prepare<[string, string, string, number]>(
      'INSERT OR REPLACE INTO known_names (station, name, key, at) VALUES (?, ?, ?, ?)',
    ),
  };
}
