/**
 * What a station keeps of people rather than of text: whom it admits besides authorized_keys, roles, rooms' rules, bans and
 * silences, and the log of what moderators did. Invitations are in station-invites.ts.
 *
 * On the station's own database (station.ts), whose errors these methods throw. Roles and rules are text here; who reads
 * them knows what they mean.
 */
import { type Database, guarded } from './open.ts';

/** Most keys with a row of their own: far more than one person moderates, some 20 MB. */
export const MAX_PEOPLE = 50_000;
/** Most bans, and most silences, that are in force. */
export const MAX_MEASURES = 10_000;
/** The log keeps so many entries; the oldest go first. Some 3 MB. */
export const MAX_AUDIT_ENTRIES = 10_000;
/** Entries over the bound before the oldest are removed: not at each one. */
const AUDIT_SLACK = 500;

export interface PersonRow {
  readonly fingerprint: string;
  /** 1 where the station admits the key without authorized_keys. */
  readonly admitted: number;
  /** Null for the usual one. */
  readonly role: string | null;
  /** "ssh-ed25519 AAAA...", or '' where only the fingerprint is known. */
  readonly key: string;
  readonly comment: string;
  /** What admitted it: "import", or an invitation's id. */
  readonly via: string;
  readonly at: number;
}

export interface RoomRoleRow {
  readonly room: string;
  readonly fingerprint: string;
  readonly role: string;
}

export interface MeasureRow {
  readonly id: number;
  readonly kind: 'ban' | 'silence';
  /** Null for the station. */
  readonly room: string | null;
  /** One of these two. */
  readonly key: string | null;
  readonly address: string | null;
  /** What the member was called. */
  readonly name: string | null;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  /** Null for good. */
  readonly until: number | null;
}

export interface AuditRow {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly action: string;
  readonly room: string | null;
  readonly target: string;
  readonly detail: string;
}

export class StationPeople {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepareAll(db);
  }

  people(): PersonRow[] {
    return this.#guard(() => this.#sql.people.all());
  }

  /** Writes whole rows over what was there of those keys, all or none. */
  savePeople(rows: readonly PersonRow[]): void {
    this.#guard(() =>
      this.#db.transaction(() => rows.forEach((row) => void this.#sql.savePerson.run(row)))(),
    );
  }

  /** Forgets a key: its admission and every role that it has. */
  forget(fingerprint: string): void {
    this.#guard(() =>
      this.#db.transaction(() => {
        this.#sql.removePerson.run(fingerprint);
        this.#sql.removeRoles.run(fingerprint);
      })(),
    );
  }

  roomRoles(): RoomRoleRow[] {
    return this.#guard(() => this.#sql.roomRoles.all());
  }

  /** Null takes it away. */
  setRoomRole(room: string, fingerprint: string, role: string | null): void {
    this.#guard(() =>
      role === null
        ? this.#sql.removeRoomRole.run(room, fingerprint)
        : this.#sql.setRoomRole.run(room, fingerprint, role),
    );
  }

  /** Each room that has rules of its own, with what setRoomRules was given. */
  roomRules(): { room: string; rules: string }[] {
    return this.#guard(() => this.#sql.roomRules.all());
  }

  setRoomRules(room: string, rules: string): void {
    this.#guard(() => this.#sql.setRoomRules.run(room, rules));
  }

  /** Bans and silences, also those that have ended. */
  measures(): MeasureRow[] {
    return this.#guard(() => this.#sql.measures.all());
  }

  /** Keeps a measure; answers its id. */
  addMeasure(row: Omit<MeasureRow, 'id'>): number {
    return this.#guard(() => Number(this.#sql.addMeasure.run(row).lastInsertRowid));
  }

  removeMeasures(ids: readonly number[]): void {
    this.#guard(() =>
      this.#db.transaction(() => ids.forEach((id) => void this.#sql.removeMeasure.run(id)))(),
    );
  }

  /** Adds to the log, whose oldest entries go when there are too many. */
  audit(entry: Omit<AuditRow, 'id'>): void {
    this.#guard(() => {
      const id = Number(this.#sql.addAudit.run(entry).lastInsertRowid);
      if (id % AUDIT_SLACK === 0) this.#sql.trimAudit.run(id - MAX_AUDIT_ENTRIES);
    });
  }

  /** Newest first; of one room, or of all with null. */
  audits(query: { room: string | null; before: number; limit: number }): AuditRow[] {
    return this.#guard(() => this.#sql.audits.all(query));
  }

  #guard<T>(work: () => T): T {
    return guarded(this.#db.name, work);
  }
}

function prepareAll(db: Database) {
  return {
    people: db.prepare<[], PersonRow>(
      'SELECT fingerprint, admitted, role, key, comment, via, at FROM people ORDER BY at, fingerprint',
    ),
    savePerson: db.prepare<[PersonRow]>(
      `INSERT OR REPLACE INTO people (fingerprint, admitted, role, key, comment, via, at)
       VALUES (:fingerprint, :admitted, :role, :key, :comment, :via, :at)`,
    ),
    removePerson: db.prepare<[string]>('DELETE FROM people WHERE fingerprint = ?'),
    removeRoles: db.prepare<[string]>('DELETE FROM room_roles WHERE fingerprint = ?'),
    roomRoles: db.prepare<[], RoomRoleRow>('SELECT room, fingerprint, role FROM room_roles'),
    setRoomRole: db.prepare<[string, string, string]>(
      'INSERT OR REPLACE INTO room_roles (room, fingerprint, role) VALUES (?, ?, ?)',
    ),
    removeRoomRole: db.prepare<[string, string]>('DELETE FROM room_roles WHERE room = ? AND fingerprint = ?'),
    roomRules: db.prepare<[], { room: string; rules: string }>('SELECT room, rules FROM room_rules'),
    setRoomRules: db.prepare<[string, string]>(
      'INSERT OR REPLACE INTO room_rules (room, rules) VALUES (?, ?)',
    ),
    measures: db.prepare<[], MeasureRow>(
      'SELECT id, kind, room, key, address, name, reason, by, at, until FROM measures ORDER BY id',
    ),
    addMeasure: db.prepare<[Omit<MeasureRow, 'id'>]>(
      `INSERT INTO measures (kind, room, key, address, name, reason, by, at, until)
       VALUES (:kind, :room, :key, :address, :name, :reason, :by, :at, :until)`,
    ),
    removeMeasure: db.prepare<[number]>('DELETE FROM measures WHERE id = ?'),
    addAudit: db.prepare<[Omit<AuditRow, 'id'>]>(
      `INSERT INTO audit (at, by, action, room, target, detail)
       VALUES (:at, :by, :action, :room, :target, :detail)`,
    ),
    trimAudit: db.prepare<[number]>('DELETE FROM audit WHERE id <= ?'),
    audits: db.prepare<[{ room: string | null; before: number; limit: number }], AuditRow>(
      `SELECT id, at, by, action, room, target, detail FROM audit
       WHERE id < :before AND (:room IS NULL OR room = :room) ORDER BY id DESC LIMIT :limit`,
    ),
  };
}
