/** The client store's SQL, prepared once for a database. */
import type { ClientMessage, FoundMessage, OutboxMessage, StoredPerson } from './client.ts';
import type { Database } from './open.ts';

const MESSAGE = 'r.name AS room, m.seq, m.id, m.sender AS "from", m.at, m.type, m.body, m.sender_key AS key';

interface SaveValues extends ClientMessage {
  readonly station: string;
}

export function prepareClient(db: Database) {
  return { ...messages(db), ...outbox(db), ...settings(db), ...places(db), ...people(db) };
}

function messages(db: Database) {
  return {
    addRoom: db.prepare<[string, string]>('INSERT OR IGNORE INTO rooms (station, name) VALUES (?, ?)'),
    saveMessage: db.prepare<[SaveValues], { key: number }>(`
      INSERT INTO messages (room, seq, id, sender, at, type, body, sender_key)
      SELECT rooms.id, :seq, :id, :from, :at, :type, :body, :key FROM rooms WHERE station = :station AND name = :room
      ON CONFLICT (room, seq) DO UPDATE SET
        id = excluded.id, sender = excluded.sender, at = excluded.at, type = excluded.type, body = excluded.body,
        sender_key = excluded.sender_key
        WHERE messages.id <> excluded.id
      RETURNING key`),
    indexWords: db.prepare<[number, string]>('INSERT OR REPLACE INTO words (rowid, text) VALUES (?, ?)'),
    recent: db.prepare<[string, string, number, number], ClientMessage>(`
      SELECT ${MESSAGE} FROM messages AS m JOIN rooms AS r ON r.id = m.room
      WHERE r.station = ? AND r.name = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT ?`),
    lastSeq: db.prepare<[string, string], { seq: number | null }>(`
      SELECT max(m.seq) AS seq FROM messages AS m
      WHERE m.room = (SELECT id FROM rooms WHERE station = ? AND name = ?)`),
    search: db.prepare<[{ match: string; station: string | null; take: number }], FoundMessage>(`
      SELECT r.station, ${MESSAGE} FROM words
      JOIN messages AS m ON m.key = words.rowid JOIN rooms AS r ON r.id = m.room
      WHERE words MATCH :match AND (:station IS NULL OR r.station = :station)
      ORDER BY m.at DESC, m.key DESC LIMIT :take`),
  };
}

function outbox(db: Database) {
  return {
    outboxHas: db.prepare<[string]>('SELECT 1 FROM outbox WHERE id = ?'),
    outboxCount: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM outbox'),
    outboxAdd: db.prepare<[string, string, string, string, Uint8Array, number]>(
      'INSERT INTO outbox (id, station, room, type, body, at) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    outbox: db.prepare<[string], OutboxMessage>(
      'SELECT station, room, id, type, body, at FROM outbox WHERE station = ? ORDER BY key',
    ),
    outboxRemove: db.prepare<[string]>('DELETE FROM outbox WHERE id = ?'),
    // Only that station's own: another one must not be able to take a message out by naming its id.
    outboxSent: db.prepare<[string, string]>('DELETE FROM outbox WHERE id = ? AND station = ?'),
  };
}

function settings(db: Database) {
  return {
    setting: db.prepare<[string], { value: string }>('SELECT value FROM settings WHERE key = ?'),
    setSetting: db.prepare<[string, string]>('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)'),
    dropSetting: db.prepare<[string]>('DELETE FROM settings WHERE key = ?'),
    settings: db.prepare<[], { key: string; value: string }>('SELECT key, value FROM settings ORDER BY key'),
  };
}

function places(db: Database) {
  return {
    // REPLACE gives a new, higher key: the last used is the highest.
    rememberStation: db.prepare<[string, string, string, number]>(
      'INSERT OR REPLACE INTO stations (target, fingerprint, name, at) VALUES (?, ?, ?, ?)',
    ),
    lastTarget: db.prepare<[], { target: string }>('SELECT target FROM stations ORDER BY key DESC LIMIT 1'),
    stationFor: db.prepare<[string], { fingerprint: string }>(
      'SELECT fingerprint FROM stations WHERE target = ?',
    ),
    joined: db.prepare<[string], { name: string }>(
      'SELECT name FROM rooms WHERE station = ? AND place IS NOT NULL ORDER BY place',
    ),
    leaveRooms: db.prepare<[string]>('UPDATE rooms SET place = NULL WHERE station = ?'),
    joinRoom: db.prepare<[string, string, number]>(`
      INSERT INTO rooms (station, name, place) VALUES (?, ?, ?)
      ON CONFLICT (station, name) DO UPDATE SET place = coalesce(place, excluded.place)`),
    readUpTo: db.prepare<[string, string], { read_to: number }>(
      'SELECT read_to FROM rooms WHERE station = ? AND name = ?',
    ),
    markRead: db.prepare<[string, string, number]>(`
      INSERT INTO rooms (station, name, read_to) VALUES (?, ?, ?)
      ON CONFLICT (station, name) DO UPDATE SET read_to = max(read_to, excluded.read_to)`),
  };
}

/** A row of the table: SQLite has no booleans. */
interface PersonRow extends Omit<StoredPerson, 'muted' | 'blocked' | 'priority'> {
  readonly muted: number;
  readonly blocked: number;
  readonly priority: number;
}

function people(db: Database) {
  return {
    people: db.prepare<[], PersonRow>(
      'SELECT key, name, db, muted, blocked, priority FROM people ORDER BY key',
    ),
    savePerson: db.prepare<[PersonRow]>(
      'INSERT OR REPLACE INTO people (key, name, db, muted, blocked, priority) VALUES (:key, :name, :db, :muted, :blocked, :priority)',
    ),
    forgetPerson: db.prepare<[string]>('DELETE FROM people WHERE key = ?'),
  };
}
