/** The client store's SQL, prepared once for a database. */
import type { MessageRow, StoredPerson } from './client-rows.ts';
import type { Database } from './open.ts';

const MESSAGE = `r.name AS room, m.seq, m.id, m.sender AS "from", m.at, m.type, m.body, m.sender_key AS key,
  m.reply_to AS replyTo, m.edited, m.deleted, m.revision`;
const ROOM = '(SELECT id FROM rooms WHERE station = :station AND name = :room)';

interface SaveValues extends MessageRow {
  readonly station: string;
}

interface PlaceValues {
  readonly station: string;
  readonly room: string;
}

interface SearchValues {
  readonly match: string;
  readonly station: string | null;
  readonly newest: number;
  readonly take: number;
  readonly skip: number;
}

interface OutboxValues {
  readonly id: string;
  readonly station: string;
  readonly room: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly at: number;
  readonly replyTo: number | null;
}

export function prepareClient(db: Database) {
  return {
    ...messages(db),
    ...reading(db),
    ...outbox(db),
    ...settings(db),
    ...stations(db),
    ...places(db),
    ...people(db),
  };
}

function messages(db: Database) {
  return {
    addRoom: db.prepare<[string, string]>('INSERT OR IGNORE INTO rooms (station, name) VALUES (?, ?)'),
    saveMessage: db.prepare<[SaveValues], { key: number; room: number }>(`
      INSERT INTO messages (room, seq, id, sender, at, type, body, sender_key, reply_to, edited, deleted, revision)
      SELECT rooms.id, :seq, :id, :from, :at, :type, :body, :key, :replyTo, :edited, :deleted, :revision
      FROM rooms WHERE station = :station AND name = :room
      ON CONFLICT (room, seq) DO UPDATE SET
        id = excluded.id, sender = excluded.sender, at = excluded.at, type = excluded.type, body = excluded.body,
        sender_key = excluded.sender_key, reply_to = excluded.reply_to, edited = excluded.edited,
        deleted = excluded.deleted, revision = excluded.revision
        WHERE messages.id <> excluded.id OR excluded.revision > messages.revision
      RETURNING key, room`),
    changeMessage: db.prepare<[SaveValues], { key: number; room: number }>(`
      UPDATE messages SET type = :type, body = :body, edited = :edited, deleted = :deleted, revision = :revision
      WHERE room = ${ROOM} AND seq = :seq AND id = :id AND revision < :revision
      RETURNING key, room`),
    indexWords: db.prepare<[number, string, string]>(
      'INSERT OR REPLACE INTO words (rowid, text, place) VALUES (?, ?, ?)',
    ),
    forgetWords: db.prepare<[number]>('DELETE FROM words WHERE rowid = ?'),
  };
}

function reading(db: Database) {
  return {
    recent: db.prepare<[PlaceValues & { before: number; take: number }], MessageRow>(`
      SELECT ${MESSAGE} FROM messages AS m JOIN rooms AS r ON r.id = m.room
      WHERE r.station = :station AND r.name = :room AND m.seq < :before ORDER BY m.seq DESC LIMIT :take`),
    following: db.prepare<[PlaceValues & { after: number; take: number }], MessageRow>(`
      SELECT ${MESSAGE} FROM messages AS m JOIN rooms AS r ON r.id = m.room
      WHERE r.station = :station AND r.name = :room AND m.seq > :after ORDER BY m.seq LIMIT :take`),
    lastSeq: db.prepare<[PlaceValues], { seq: number | null }>(
      `SELECT max(m.seq) AS seq FROM messages AS m WHERE m.room = ${ROOM}`,
    ),
    roomId: db.prepare<[PlaceValues], { id: number | null }>(`SELECT ${ROOM} AS id`),
    // The index gives its rows from the last saved on, without reading the others: only so many are put in order of time.
    search: db.prepare<[SearchValues], MessageRow & { station: string }>(`
      SELECT r.station, ${MESSAGE} FROM (
        SELECT rowid FROM words WHERE words MATCH :match ORDER BY rowid DESC LIMIT :newest
      ) AS w
      JOIN messages AS m ON m.key = w.rowid JOIN rooms AS r ON r.id = m.room
      WHERE :station IS NULL OR r.station = :station
      ORDER BY m.at DESC, m.key DESC LIMIT :take OFFSET :skip`),
  };
}

function outbox(db: Database) {
  return {
    outboxHas: db.prepare<[string]>('SELECT 1 FROM outbox WHERE id = ?'),
    outboxCount: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM outbox'),
    outboxAdd: db.prepare<[OutboxValues]>(`
      INSERT INTO outbox (id, station, room, type, body, at, reply_to)
      VALUES (:id, :station, :room, :type, :body, :at, :replyTo)`),
    outboxChange: db.prepare<[Uint8Array, string]>('UPDATE outbox SET body = ? WHERE id = ?'),
    outbox: db.prepare<[string], OutboxValues>(`
      SELECT station, room, id, type, body, at, reply_to AS replyTo FROM outbox WHERE station = ? ORDER BY key`),
    outboxMove: db.prepare<[string, string]>('UPDATE outbox SET station = ? WHERE station = ?'),
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

function stations(db: Database) {
  return {
    // REPLACE gives a new, higher key: the last used is the highest.
    rememberStation: db.prepare<[string, string, string, number]>(
      'INSERT OR REPLACE INTO stations (target, fingerprint, name, at) VALUES (?, ?, ?, ?)',
    ),
    lastTarget: db.prepare<[], { target: string }>('SELECT target FROM stations ORDER BY key DESC LIMIT 1'),
    stationFor: db.prepare<[string], { fingerprint: string }>(
      'SELECT fingerprint FROM stations WHERE target = ?',
    ),
  };
}

/** A row of the table rooms. */
interface PlaceRow {
  readonly readTo: number;
  readonly revision: number | null;
  readonly topic: string;
  readonly peer: string | null;
  readonly peerKey: string | null;
}

function places(db: Database) {
  return {
    joined: db.prepare<[string], { name: string }>(
      'SELECT name FROM rooms WHERE station = ? AND place IS NOT NULL ORDER BY place',
    ),
    leaveRooms: db.prepare<[string]>('UPDATE rooms SET place = NULL WHERE station = ?'),
    joinRoom: db.prepare<[string, string, number]>(`
      INSERT INTO rooms (station, name, place) VALUES (?, ?, ?)
      ON CONFLICT (station, name) DO UPDATE SET place = coalesce(place, excluded.place)`),
    place: db.prepare<[PlaceValues], PlaceRow>(`
      SELECT read_to AS readTo, revision, topic, peer, peer_key AS peerKey FROM rooms
      WHERE station = :station AND name = :room`),
    markRead: db.prepare<[string, string, number]>(`
      INSERT INTO rooms (station, name, read_to) VALUES (?, ?, ?)
      ON CONFLICT (station, name) DO UPDATE SET read_to = max(read_to, excluded.read_to)`),
    setRevision: db.prepare<[PlaceValues & { revision: number }]>(
      'UPDATE rooms SET revision = :revision WHERE station = :station AND name = :room',
    ),
    setTopic: db.prepare<[PlaceValues & { topic: string }]>(
      'UPDATE rooms SET topic = :topic WHERE station = :station AND name = :room',
    ),
    setPeer: db.prepare<[PlaceValues & { name: string; key: string }]>(
      'UPDATE rooms SET peer = :name, peer_key = :key WHERE station = :station AND name = :room',
    ),
  };
}

/** A row of the table: SQLite has no booleans. */
interface PersonRow extends Omit<StoredPerson, 'muted' | 'blocked' | 'ignored' | 'priority'> {
  readonly muted: number;
  readonly blocked: number;
  readonly ignored: number;
  readonly priority: number;
}

function people(db: Database) {
  return {
    people: db.prepare<[], PersonRow>(
      'SELECT key, name, db, muted, blocked, ignored, priority FROM people ORDER BY key',
    ),
    savePerson: db.prepare<[PersonRow]>(`
      INSERT OR REPLACE INTO people (key, name, db, muted, blocked, ignored, priority)
      VALUES (:key, :name, :db, :muted, :blocked, :ignored, :priority)`),
    forgetPerson: db.prepare<[string]>('DELETE FROM people WHERE key = ?'),
  };
}
