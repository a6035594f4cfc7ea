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
];
