/**
 * Opens a SQLite database safely: private files, write-ahead log, a schema version with forward migrations,
 * and a sentence for everything that can go wrong.
 */
import { accessSync, chmodSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { errnoOf, sentenceOf, VoiptermError } from '../errors.ts';
import { fileError } from './file-error.ts';
import { makePrivateDirectory } from './private-directory.ts';

export type Database = Sqlite.Database;
export type Application = 'client' | 'station';

/** One step of the schema. Its place in the list is its number: the first leads from version 0 to version 1. */
export type Migration = string;

export interface OpenOptions {
  readonly application: Application;
  readonly migrations: readonly Migration[];
  /** Holds the file for this process alone until it is closed: the station, whose counters live in memory. */
  readonly exclusive?: boolean;
  /** Reads an existing database of the newest version; changes nothing. */
  readonly readonly?: boolean;
}

/** SQLite's application_id ("vtrc", "vtrs"): file(1) shows it, and a foreign database is never migrated. */
const APPLICATION_ID: Readonly<Record<Application, number>> = { client: 0x76747263, station: 0x76747273 };
/** How long a client waits for another client's commit, ms: several may share the file, each holds it for a moment. */
const BUSY_TIMEOUT_MS = 5000;
/** How long a station waits for the file, ms: a predecessor may be closing it, but a person is waiting to be told. */
const EXCLUSIVE_TIMEOUT_MS = 500;
/** The log file is cut back to this after a checkpoint, bytes, so that one burst does not keep the disk. */
const JOURNAL_SIZE_LIMIT = 8 * 1024 * 1024;

/**
 * Opens (and creates, mode 0600, its directory 0700) the database at `path`, or one in memory for ':memory:'.
 * Throws VoiptermError 'store.newer', 'store.locked' or 'store.unwritable'.
 */
export function openDatabase(path: string, options: OpenOptions): Database {
  const memory = path === ':memory:';
  const file = memory ? path : resolve(path);
  return guarded(file, () => {
    if (!memory && !options.readonly) preparePrivateFile(file);
    const db = connect(file, options);
    try {
      configure(db, options);
      migrate(db, file, options);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Runs `work` and turns what SQLite throws into a VoiptermError that names the file. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error, file);
  }
}

function preparePrivateFile(file: string): void {
  try {
    makePrivateDirectory(dirname(file));
    // Made by us because SQLite would use 0644. Never opened when it exists: closing a second descriptor of a
    // database drops the POSIX locks that this process holds on it.
    closeSync(openSync(file, 'ax', 0o600));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || !isFile(file)) throw existingError(error, file);
    tighten(file);
    assertWritable(file);
  }
}

/** SQLite would open the file to read it, and fail later with a riddle. */
function assertWritable(file: string): void {
  try {
    for (const path of [file, dirname(file)]) accessSync(path, constants.W_OK);
  } catch (error) {
    throw fileError(error, file);
  }
}

function existingError(error: unknown, file: string): VoiptermError {
  const directory = statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!directory) return fileError(error, file);
  return new VoiptermError(
    'store.unwritable',
    `Cannot use ${file} as a database: it is a directory. Move it away or choose another path.`,
  );
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** An older umask or a copy may have left the file readable to others. */
function tighten(file: string): void {
  if ((statSync(file).mode & 0o077) === 0) return;
  try {
    chmodSync(file, 0o600);
  } catch (error) {
    throw fileError(error, file);
  }
}

function connect(file: string, options: OpenOptions): Database {
  const readonly = options.readonly === true;
  if (readonly && !isFile(file)) {
    throw new VoiptermError('store.unwritable', `There is no database at ${file}: start voipterm once.`);
  }
  const timeout = options.exclusive ? EXCLUSIVE_TIMEOUT_MS : BUSY_TIMEOUT_MS;
  return new Sqlite(file, { readonly, timeout });
}

function configure(db: Database, options: OpenOptions): void {
  if (options.exclusive) db.pragma('locking_mode = EXCLUSIVE');
  if (!options.readonly) {
    // Read before the journal mode is changed: a foreign database must stay as it is, byte for byte.
    assertOurs(db, options.application);
    db.pragma('journal_mode = WAL');
    db.pragma(`journal_size_limit = ${JOURNAL_SIZE_LIMIT}`);
  }
  // better-sqlite3 is built with synchronous=NORMAL for WAL, which may lose the last commits on a power cut. What
  // was acknowledged, and what the user typed into the outbox, must survive one.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
}

function assertOurs(db: Database, application: Application): void {
  const id = db.pragma('application_id', { simple: true });
  if (id === APPLICATION_ID[application]) return;
  if (id === 0 && isEmpty(db)) return;
  throw new VoiptermError(
    'store.unwritable',
    `${db.name} is not a voipterm ${application} database: move it away or choose another path.`,
  );
}

function isEmpty(db: Database): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function versionOf(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** Each step is one transaction together with its version number: a crash leaves a whole version behind. */
function migrate(db: Database, file: string, options: OpenOptions): void {
  assertOurs(db, options.application);
  const newest = options.migrations.length;
  const found = versionOf(db);
  if (found > newest) throw newerError(file, found, newest);
  if (found === newest) return;
  if (options.readonly) {
    throw new VoiptermError(
      'store.unwritable',
      `${file} is from an older voipterm: start this one normally once to upgrade it.`,
    );
  }
  const step = db.transaction((sql: Migration, version: number) => {
    if (versionOf(db) >= version) return; // another process was faster
    db.exec(sql);
    db.pragma(`application_id = ${APPLICATION_ID[options.application]}`);
    db.pragma(`user_version = ${version}`);
  });
  for (const [index, sql] of options.migrations.entries()) step.immediate(sql, index + 1);
}

function newerError(file: string, found: number, newest: number): VoiptermError {
  return new VoiptermError(
    'store.newer',
    `${file} was written by a newer voipterm (its schema is ${found}, this program knows ${newest}): install the newer version or choose another directory.`,
  );
}

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html), without SQLITE_ and what follows. */
const SQLITE_SENTENCES: Readonly<Record<string, string>> = {
  FULL: 'the disk is full: free some space and try again',
  READONLY: 'it or its directory is read-only: change the permissions or choose another directory',
  PERM: 'permission is denied: change its permissions or choose another directory',
  CANTOPEN:
    'it or its directory cannot be opened for writing: check the permissions and that it is no directory',
  CORRUPT: 'it is damaged: move it away or restore it from a backup',
  NOTADB: 'it is not a database: move it away or choose another path',
  IOERR: 'the disk reported an input or output error: check that it is not full or failing',
};

/** Maps what better-sqlite3 or the file system threw to a VoiptermError; one passes as it is. */
export function storeError(error: unknown, file = 'the database'): VoiptermError {
  if (error instanceof VoiptermError) return error;
  if (!(error instanceof Sqlite.SqliteError)) {
    if (errnoOf(error) !== undefined) return fileError(error, file);
    return internalError(error, file);
  }
  const primary = error.code.split('_')[1] ?? '';
  if (primary === 'BUSY' || primary === 'LOCKED') {
    return new VoiptermError(
      'store.locked',
      `Another process is using ${file}: stop it or choose another directory.`,
      { cause: error },
    );
  }
  const reason = SQLITE_SENTENCES[primary];
  if (reason === undefined) return internalError(error, file);
  return new VoiptermError('store.unwritable', `Cannot use ${file}: ${reason}.`, { cause: error });
}

/** Our own mistake, such as SQL that does not fit the schema. */
function internalError(error: unknown, file: string): VoiptermError {
  const said = sentenceOf(error);
  return new VoiptermError('internal', `The database ${file} failed: ${said}. Please report this.`, {
    cause: error,
  });
}
