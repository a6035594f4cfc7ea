/** The station's schema, step by step. Published steps never change; a new one goes to the end. Pure data. */
import type { Migration } from './open.ts';

export const STATION_MIGRATIONS: readonly Migration[] = [
  `
  -- Who a name belongs to. Names are ASCII (net/control/schema.ts), which is what NOCASE folds.
  CREATE TABLE names (
    name        TEXT PRIMARY KEY COLLATE NOCASE,
    fingerprint TEXT NOT NULL,
    at          INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX names_of_key ON names (fingerprint);

  -- last_seq is kept here rather than taken from messages, so that a number is never given twice.
  -- peak_at is the latest time of any message so far.
  CREATE TABLE rooms (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    last_seq INTEGER NOT NULL,
    peak_at  INTEGER NOT NULL
  ) STRICT;

  -- body is opaque bytes with a type: the station never looks inside. A clock may step back, so at does not always
  -- grow with seq; peak_at, the latest at up to here, does: the first message at or after a time is the first whose
  -- peak_at is, which an index finds without a scan.
  CREATE TABLE messages (
    key         INTEGER PRIMARY KEY,
    room        INTEGER NOT NULL REFERENCES rooms (id),
    seq         INTEGER NOT NULL,
    id          TEXT NOT NULL,
    sender      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    at          INTEGER NOT NULL,
    peak_at     INTEGER NOT NULL,
    type        TEXT NOT NULL,
    body        BLOB NOT NULL,
    UNIQUE (room, seq),
    UNIQUE (fingerprint, id)
  ) STRICT;
  CREATE INDEX messages_by_time ON messages (room, peak_at, seq);
  `,
  `
  -- Keys that the station knows something of: admitted without authorized_keys, or with a role of their own.
  CREATE TABLE people (
    fingerprint TEXT PRIMARY KEY,
    admitted    INTEGER NOT NULL,
    role        TEXT,
    key         TEXT NOT NULL,
    comment     TEXT NOT NULL,
    via         TEXT NOT NULL,
    at          INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE room_roles (
    room        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    role        TEXT NOT NULL,
    PRIMARY KEY (room, fingerprint)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX room_roles_of_key ON room_roles (fingerprint);
  CREATE TABLE room_rules (
    room  TEXT PRIMARY KEY,
    rules TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Bans and silences: of a room, or of the station where room is null; of a key or an address.
  CREATE TABLE measures (
    id      INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL,
    room    TEXT,
    key     TEXT,
    address TEXT,
    name    TEXT,
    reason  TEXT NOT NULL,
    by      TEXT NOT NULL,
    at      INTEGER NOT NULL,
    until   INTEGER
  ) STRICT;

  -- Of a token only its hash: who reads the database cannot enter with it.
  CREATE TABLE invites (
    id      TEXT PRIMARY KEY,
    hash    BLOB NOT NULL UNIQUE,
    room    TEXT,
    role    TEXT NOT NULL,
    uses    INTEGER NOT NULL,
    "left"  INTEGER NOT NULL,
    by      TEXT NOT NULL,
    by_key  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE invite_uses (
    invite      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (invite, fingerprint)
  ) STRICT, WITHOUT ROWID;

  -- AUTOINCREMENT: an entry's number is never given twice, also after the oldest were removed.
  CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    by     TEXT NOT NULL,
    action TEXT NOT NULL,
    room   TEXT,
    target TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_of_room ON audit (room, id);
  `,
  `
  -- A conversation of two keys is a room too, with the name that direct-name.ts makes; direct is 1 then.
  -- revision counts the edits and deletions of the room's messages.
  ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
  ALTER TABLE rooms ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE rooms ADD COLUMN direct INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX open_rooms ON rooms (name) WHERE direct = 0;

  -- reply_to is a seq of the same room. edited is a time. revision is the room's that the last change of this message
  -- made, null while it is as it was posted. A deleted message keeps its row and loses its body.
  ALTER TABLE messages ADD COLUMN reply_to INTEGER;
  ALTER TABLE messages ADD COLUMN edited INTEGER;
  ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE messages ADD COLUMN revision INTEGER;
  CREATE INDEX messages_by_revision ON messages (room, revision) WHERE revision IS NOT NULL;

  -- A conversation from each of its two sides, from one where a key talks to itself: the other key, and the name that
  -- the place has on this side, which stays as it was when the conversation began. began is 1 for who began it.
  CREATE TABLE conversations (
    key   TEXT NOT NULL,
    room  INTEGER NOT NULL REFERENCES rooms (id),
    other TEXT NOT NULL,
    name  TEXT NOT NULL,
    began INTEGER NOT NULL,
    PRIMARY KEY (key, room)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sides_of_conversation ON conversations (room);

  -- How far each key has read each room, and when it said so.
  CREATE TABLE markers (
    key     TEXT NOT NULL,
    room    INTEGER NOT NULL REFERENCES rooms (id),
    read_to INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (key, room)
  ) STRICT, WITHOUT ROWID;

  -- The words of bodies whose type is text, under their messages' keys, without a copy of the text. place holds made-up
  -- words that say where a message stands (station-search.ts).
  CREATE VIRTUAL TABLE words USING fts5 (
    place, text, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO words (rowid, place, text)
    SELECT key, 'zzopen zzr' || room, CAST(body AS TEXT) FROM messages WHERE type LIKE 'text/%';
  `,
  `
  -- The rooms in which somebody was who came with a plain SSH client, as JSON.
  CREATE TABLE guest_rooms (
    key   TEXT PRIMARY KEY,
    rooms TEXT NOT NULL,
    at    INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX guest_rooms_by_age ON guest_rooms (at, key);
  `,
];
