/** Opening: modes, versions, locks, and a sentence for everything that stands in the way. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { CLIENT_MIGRATIONS } from '../../src/store/client-migrations.ts';
import { type Application, type Migration, openDatabase, storeError } from '../../src/store/open.ts';
import { StationStore } from '../../src/store/station.ts';
import { STATION_MIGRATIONS } from '../../src/store/station-migrations.ts';
import { child, nextLine, place, refused } from './place.ts';

const STEPS: Migration[] = [
  'CREATE TABLE a (x INTEGER)',
  'ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 7',
  'CREATE INDEX a_y ON a (y)',
];
const client = { application: 'client', migrations: STEPS } as const;

function schemaOf(db: Sqlite.Database): unknown {
  return db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
}

describe('a new database', () => {
  test('is private, and so is its directory and its log', () => {
    const directory = join(place(), 'deep', 'er');
    const file = join(directory, 'a.db');
    const db = openDatabase(file, client);
    db.exec('INSERT INTO a (x) VALUES (1)');
    const modes = [directory, file, `${file}-wal`].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
  });

  test('tightens the mode of one that was left open to others', () => {
    const file = join(place(), 'a.db');
    openDatabase(file, client).close();
    chmodSync(file, 0o644);
    openDatabase(file, client).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('works in memory', () => {
    const db = openDatabase(':memory:', client);
    expect(db.pragma('user_version', { simple: true })).toBe(3);
  });
});

describe('versions', () => {
  const kinds: [Application, readonly Migration[]][] = [
    ['client', CLIENT_MIGRATIONS],
    ['station', STATION_MIGRATIONS],
    ['client', STEPS],
  ];
  test.each(kinds)(
    'every older %s schema (%#) becomes the newest one and keeps its rows',
    (application, all) => {
      const directory = place();
      const fresh = openDatabase(':memory:', { application, migrations: all });
      for (let version = 0; version <= all.length; version++) {
        const file = join(directory, `${version}.db`);
        openDatabase(file, { application, migrations: all.slice(0, version) }).close();
        const db = openDatabase(file, { application, migrations: all });
        expect(db.pragma('user_version', { simple: true })).toBe(all.length);
        expect(schemaOf(db)).toEqual(schemaOf(fresh));
        db.close();
      }
    },
  );

  test('rows survive a migration', () => {
    const file = join(place(), 'a.db');
    const old = openDatabase(file, { ...client, migrations: STEPS.slice(0, 1) });
    old.exec('INSERT INTO a VALUES (1), (2)');
    old.close();
    const db = openDatabase(file, client);
    expect(db.prepare('SELECT x, y FROM a').all()).toEqual([
      { x: 1, y: 7 },
      { x: 2, y: 7 },
    ]);
    db.close();
  });

  test('a failing step leaves the version before it', () => {
    const file = join(place(), 'a.db');
    const broken = [...STEPS.slice(0, 2), 'CREATE TABLE b (x); CREATE TABLE a (x)'];
    refused('internal', () => openDatabase(file, { ...client, migrations: broken }));
    const db = openDatabase(file, { ...client, migrations: STEPS.slice(0, 2) });
    expect(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'b'").get()).toEqual({ n: 0 });
    db.close();
  });

  test('a newer one is refused and not touched', () => {
    const file = join(place(), 'a.db');
    openDatabase(file, client).close();
    const before = readFileSync(file);
    const error = refused('store.newer', () =>
      openDatabase(file, { ...client, migrations: STEPS.slice(0, 2) }),
    );
    expect(error.message).toContain('newer voipterm');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('read-only reads the newest version, and upgrades or makes nothing', () => {
    const file = join(place(), 'a.db');
    refused('store.unwritable', () => openDatabase(file, { ...client, readonly: true }));
    openDatabase(file, { ...client, migrations: STEPS.slice(0, 1) }).close();
    refused('store.unwritable', () => openDatabase(file, { ...client, readonly: true }));
    openDatabase(file, client).close();
    const db = openDatabase(file, { ...client, readonly: true });
    refused('store.unwritable', () => {
      try {
        db.exec('INSERT INTO a (x) VALUES (1)');
      } catch (error) {
        throw storeError(error, file);
      }
    });
    db.close();
  });
});

describe('what is no database of ours', () => {
  test('a station database is not a client database', () => {
    const file = join(place(), 'a.db');
    openDatabase(file, { application: 'station', migrations: STEPS }).close();
    expect(refused('store.unwritable', () => openDatabase(file, client)).message).toContain(
      'not a voipterm client',
    );
  });

  test("somebody else's database stays as it is", () => {
    const file = join(place(), 'a.db');
    new Sqlite(file).exec('CREATE TABLE theirs (x)').close();
    const before = readFileSync(file);
    refused('store.unwritable', () => openDatabase(file, client));
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test.each([
    ['text', Buffer.from('this is not a database, it is a letter to somebody. '.repeat(100))],
    ['a truncated header', Buffer.from('SQLite format 3\0')],
  ])('%s', (_, bytes) => {
    const file = join(place(), 'a.db');
    writeFileSync(file, bytes);
    refused('store.unwritable', () => openDatabase(file, client));
  });

  test('a damaged database', () => {
    const file = join(place(), 'a.db');
    openDatabase(file, client).close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xa5, 100, 4096));
    expect(refused('store.unwritable', () => openDatabase(file, client)).message).toContain('damaged');
  });
});

describe('a place that cannot be written', () => {
  // Root ignores modes, so the kernel's own read-only places stand in for a read-only directory.
  test.runIf(process.platform === 'linux')('a directory of the kernel', () => {
    refused('store.unwritable', () => openDatabase('/proc/voipterm/a.db', client));
    refused('store.unwritable', () => openDatabase('/proc/self/a.db', client));
  });

  test('a directory in the place of the file', () => {
    const file = join(place(), 'a.db');
    mkdirSync(file);
    expect(refused('store.unwritable', () => openDatabase(file, client)).message).toContain(
      'it is a directory',
    );
  });

  test('a file in the place of the directory', () => {
    const file = join(place(), 'a');
    writeFileSync(file, '');
    refused('store.unwritable', () => openDatabase(join(file, 'a.db'), client));
    refused('store.unwritable', () => openDatabase(join(file, 'b', 'a.db'), client));
  });

  test.runIf(process.getuid?.() !== 0)('a read-only directory', () => {
    const directory = place();
    chmodSync(directory, 0o500);
    refused('store.unwritable', () => openDatabase(join(directory, 'a.db'), client));
    chmodSync(directory, 0o700);
  });

  test('a full disk, by the page limit', () => {
    const db = openDatabase(':memory:', client);
    db.pragma('max_page_count = 8');
    const fill = db.prepare('INSERT INTO a (x) VALUES (randomblob(4000))');
    refused('store.unwritable', () => {
      try {
        for (;;) fill.run();
      } catch (error) {
        throw storeError(error);
      }
    });
  });
});

describe('one station, one process', () => {
  test('a second process is told, and gets in once the first has gone', async () => {
    const file = join(place(), 'station.db');
    const holder = child('hold.ts', file);
    expect(await nextLine(holder.lines)).toBe('held');
    refused('store.locked', () => new StationStore(file));
    holder.process.stdin.end();
    expect(await holder.ended).toBe(0);
    new StationStore(file).close();
  });

  test('the lock of a killed process is gone with it', async () => {
    const file = join(place(), 'station.db');
    const holder = child('hold.ts', file);
    await nextLine(holder.lines);
    holder.process.kill('SIGKILL');
    await holder.ended;
    new StationStore(file).close();
  });

  test('a second store in one process is told too, and the first keeps its lock', () => {
    const file = join(place(), 'station.db');
    const store = new StationStore(file);
    refused('store.locked', () => new StationStore(file));
    refused('store.locked', () => new StationStore(file));
    expect(store.rooms()).toEqual([]);
    store.close();
  });
});
