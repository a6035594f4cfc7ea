/** The client's schema, step by step. Published steps never change; a new one goes to the end. Pure data. */
import type { Migration } from './open.ts';

export const CLIENT_MIGRATIONS: readonly Migration[] = [
  `
  -- Where the user has connected. The key grows with each use, so the newest row is the last used, whatever the clock says.
  CREATE TABLE stations (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    target      TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    name        TEXT NOT NULL,
    at          INTEGER NOT NULL
  ) STRICT;

  -- place is the position among the joined rooms, null for a room that was left.
  CREATE TABLE rooms (
    id      INTEGER PRIMARY KEY,
    station TEXT NOT NULL,
    name    TEXT NOT NULL,
    place   INTEGER,
    read_to INTEGER NOT NULL DEFAULT 0,
    UNIQUE (station, name)
  ) STRICT;

  CREATE TABLE messages (
    key    INTEGER PRIMARY KEY,
    room   INTEGER NOT NULL REFERENCES rooms (id),
    seq    INTEGER NOT NULL,
    id     TEXT NOT NULL,
    sender TEXT NOT NULL,
    at     INTEGER NOT NULL,
    type   TEXT NOT NULL,
    body   BLOB NOT NULL,
    UNIQUE (room, seq)
  ) STRICT;

  -- Without its own copy of the text: the body stands in messages, under the same key.
  CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
  );

  CREATE TABLE outbox (
    key     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL UNIQUE,
    station TEXT NOT NULL,
    room    TEXT NOT NULL,
    type    TEXT NOT NULL,
    body    BLOB NOT NULL,
    at      INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The key that posted a message; null where the station did not say.
  ALTER TABLE messages ADD COLUMN sender_key TEXT;

  -- What the user wants of people, by their key: who it is stays, whatever it is called and wherever it is met.
  -- name is what it was called last. db is the volume. A person of whom nothing is wanted has no row.
  CREATE TABLE people (
    key      TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    db       REAL NOT NULL,
    muted    INTEGER NOT NULL,
    blocked  INTEGER NOT NULL,
    priority INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What became of a message: the message that it answers, when it was edited, whether it was deleted, and which of the
  -- place's changes made it so (0 for none).
  ALTER TABLE messages ADD COLUMN reply_to INTEGER;
  ALTER TABLE messages ADD COLUMN edited INTEGER;
  ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE messages ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbox ADD COLUMN reply_to INTEGER;

  -- revision: all changes up to it are in messages; null before the first visit. peer: the other one of a conversation.
  ALTER TABLE rooms ADD COLUMN revision INTEGER;
  ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
  ALTER TABLE rooms ADD COLUMN peer TEXT;
  ALTER TABLE rooms ADD COLUMN peer_key TEXT;

  -- Heard but not read.
  ALTER TABLE people ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;

  -- The place is a word of its own ("r12"), so that a search in one place does not read what other places have.
  DROP TABLE words;
  CREATE VIRTUAL TABLE words USING fts5 (
    text, place, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO words (rowid, text, place)
    SELECT key, CAST(body AS TEXT), 'r' || room FROM messages WHERE type LIKE 'text/%';
  `,
  `
  -- The key that each name had at each station when it was first seen there.
  CREATE TABLE known_names (
    station TEXT NOT NULL,
    name    TEXT NOT NULL COLLATE NOCASE,
    key     TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (station, name)
  ) STRICT, WITHOUT ROWID;
  `,
];
