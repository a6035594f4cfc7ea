/** Who owns which name at a station. */
import type { Database } from './open.ts';

/** Most names that one key holds: a person with several devices and moods, not a squatter. */
export const MAX_NAMES_PER_KEY = 8;
/** Most names in all: an open station admits any key, and keys cost nothing to make. */
const MAX_NAMES = 100_000;

export interface NameOwner {
  /** As its owner first wrote it. */
  readonly name: string;
  readonly fingerprint: string;
  /** When the station first met the name, ms since 1970. */
  readonly at: number;
}

export class StationNames {
  #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#sql = prepareAll(db);
  }

  /** Who owns a name, written in whatever case. */
  owner(name: string): NameOwner | undefined {
    return this.#sql.owner.get(name);
  }

  /** All names of a key, the oldest first. */
  of(fingerprint: string): string[] {
    return this.#sql.of.all(fingerprint).map(({ name }) => name);
  }

  /** Gives a free name to a key; part of a transaction of the caller. */
  claim(name: string, fingerprint: string, now: number): 'ok' | 'taken' | 'limit' {
    const owner = this.owner(name);
    if (owner) return owner.fingerprint === fingerprint ? 'ok' : 'taken';
    const held = this.#sql.countOf.get(fingerprint)?.n ?? 0;
    const all = this.#sql.count.get()?.n ?? 0;
    if (held >= MAX_NAMES_PER_KEY || all >= MAX_NAMES) return 'limit';
    this.#sql.add.run(name, fingerprint, now);
    return 'ok';
  }
}

function prepareAll(db: Database) {
  return {
    owner: db.prepare<[string], NameOwner>('SELECT name, fingerprint, at FROM names WHERE name = ?'),
    of: db.prepare<[string], { name: string }>(
      'SELECT name FROM names WHERE fingerprint = ? ORDER BY at, name',
    ),
    countOf: db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM names WHERE fingerprint = ?'),
    count: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM names'),
    add: db.prepare<[string, string, number]>('INSERT INTO names (name, fingerprint, at) VALUES (?, ?, ?)'),
  };
}
