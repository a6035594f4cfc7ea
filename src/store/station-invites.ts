/**
 * A station's invitations: of each token only its hash, how often it may still be used, and who used it. A use and what it
 * gives are one commit. On the station's own database, whose errors these methods throw.
 */
import { type Database, guarded } from './open.ts';

/** Most invitations that are kept; those that are over go first. */
export const MAX_INVITES = 10_000;

export interface InviteRow {
  readonly id: string;
  /** SHA-256 of the token. */
  readonly hash: Uint8Array;
  /** Null for the station alone. */
  readonly room: string | null;
  readonly role: 'guest' | 'member';
  readonly uses: number;
  readonly left: number;
  /** Name and key of who made it; the key is '' for the operator. */
  readonly by: string;
  readonly byKey: string;
  readonly at: number;
  readonly expires: number | null;
  readonly revoked: number;
}

export class StationInvites {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepareAll(db);
  }

  /** Newest first. */
  all(): InviteRow[] {
    return this.#guard(() => this.#sql.all.all());
  }

  byHash(hash: Uint8Array): InviteRow | undefined {
    return this.#guard(() => this.#sql.byHash.get(hash));
  }

  byId(id: string): InviteRow | undefined {
    return this.#guard(() => this.#sql.byId.get(id));
  }

  /** Keeps a new one; false if there is no room for another that is still good at `now`. */
  add(row: InviteRow, now: number): boolean {
    return this.#guard(() =>
      this.#db.transaction(() => {
        if ((this.#sql.count.get()?.n ?? 0) >= MAX_INVITES) {
          this.#sql.forgetUses.run({ now });
          this.#sql.forgetOver.run({ now });
        }
        if ((this.#sql.count.get()?.n ?? 0) >= MAX_INVITES) return false;
        this.#sql.add.run(row);
        return true;
      })(),
    );
  }

  revoke(id: string): boolean {
    return this.#guard(() => this.#sql.revoke.run(id).changes > 0);
  }

  /** Whether this key used this invitation before. */
  wasUsedBy(id: string, fingerprint: string): boolean {
    return this.#guard(() => this.#sql.used.get(id, fingerprint) !== undefined);
  }

  /**
   * Counts a use by a key and does `give` in the same commit: both are kept or neither. False, and nothing was done, if no
   * use is left or this key had one.
   */
  use(id: string, fingerprint: string, now: number, give: () => void): boolean {
    return this.#guard(() =>
      this.#db
        .transaction(() => {
          if (this.#sql.used.get(id, fingerprint)) return false;
          if (this.#sql.take.run({ id, now }).changes === 0) return false;
          this.#sql.addUse.run(id, fingerprint, now);
          give();
          return true;
        })
        .immediate(),
    );
  }

  #guard<T>(work: () => T): T {
    return guarded(this.#db.name, work);
  }
}

const COLUMNS = 'id, hash, room, role, uses, "left", by, by_key AS byKey, at, expires, revoked';
/** Nothing can be had of it any more. */
const OVER = '(revoked = 1 OR "left" = 0 OR (expires IS NOT NULL AND expires <= :now))';

function prepareAll(db: Database) {
  return {
    all: db.prepare<[], InviteRow>(`SELECT ${COLUMNS} FROM invites ORDER BY at DESC, id`),
    byHash: db.prepare<[Uint8Array], InviteRow>(`SELECT ${COLUMNS} FROM invites WHERE hash = ?`),
    byId: db.prepare<[string], InviteRow>(`SELECT ${COLUMNS} FROM invites WHERE id = ?`),
    count: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM invites'),
    forgetUses: db.prepare<[{ now: number }]>(
      `DELETE FROM invite_uses WHERE invite IN (SELECT id FROM invites WHERE ${OVER})`,
    ),
    forgetOver: db.prepare<[{ now: number }]>(`DELETE FROM invites WHERE ${OVER}`),
    add: db.prepare<[InviteRow]>(
      `INSERT INTO invites (id, hash, room, role, uses, "left", by, by_key, at, expires, revoked)
       VALUES (:id, :hash, :room, :role, :uses, :left, :by, :byKey, :at, :expires, :revoked)`,
    ),
    revoke: db.prepare<[string]>('UPDATE invites SET revoked = 1 WHERE id = ? AND revoked = 0'),
    used: db.prepare<[string, string], { at: number }>(
      'SELECT at FROM invite_uses WHERE invite = ? AND fingerprint = ?',
    ),
    take: db.prepare<[{ id: string; now: number }]>(
      `UPDATE invites SET "left" = "left" - 1 WHERE id = :id AND NOT ${OVER}`,
    ),
    addUse: db.prepare<[string, string, number]>(
      'INSERT INTO invite_uses (invite, fingerprint, at) VALUES (?, ?, ?)',
    ),
  };
}
