/** The station's store: conversations, what is changed later, read markers, search, and what of it survives. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { directName, isDirect } from '../../src/store/direct-name.ts';
import { openDatabase } from '../../src/store/open.ts';
import { type Post, StationStore, type StoredMessage } from '../../src/store/station.ts';
import { MAX_BEGUN } from '../../src/store/station-direct.ts';
import { MAX_MARKERS_PER_KEY } from '../../src/store/station-markers.ts';
import { STATION_MIGRATIONS } from '../../src/store/station-migrations.ts';
import { PLACE } from '../../src/store/station-search.ts';
import { child, place, refused, tinyDisk } from './place.ts';
import { inMemory, post } from './posts.ts';

/** Makes edits and read marks differ. */
let serial = 0;

const edit = (store: StationStore, room: string, seq: number, words: string) =>
  store.together([
    (writer) => writer.edit(room, seq, { type: 'text/plain', body: Buffer.from(words), at: 1 }),
  ]);
const remove = (store: StationStore, room: string, seq: number) =>
  store.together([(writer) => writer.delete(room, seq)]);
const mark = (store: StationStore, key: string, room: string, seq: number) =>
  store.together([(writer) => writer.markRead(key, room, seq, ++serial)]);

describe('the name of a conversation', () => {
  const key = fc.stringMatching(/^SHA256:[A-Za-z0-9+/]{4,43}$/);

  test('is the same from both sides, another for other keys, and no room’s', () => {
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        expect(directName(a, b)).toBe(directName(b, a));
        expect(directName(a, b) === directName(a, c)).toBe(b === c);
        expect(isDirect(directName(a, b))).toBe(true);
      }),
      { seed: 5, numRuns: 300 },
    );
    expect(isDirect('lobby')).toBe(false);
  });
});

describe('conversations', () => {
  const talk = (from: string, to: string, at: number): Post =>
    post({ room: directName(from, to), from, fingerprint: from, to: { key: to, name: to }, at });

  test('have a side for each key, and are no rooms', () => {
    const store = inMemory();
    store.postAll([talk('k1', 'k2', 5), talk('k2', 'k1', 6), post()]);
    expect(store.sides(directName('k1', 'k2'))).toEqual([
      { key: 'k1', other: 'k2', name: 'k2' },
      { key: 'k2', other: 'k1', name: 'k1' },
    ]);
    expect(store.rooms()).toEqual(['lobby']);
    expect(store.direct('k2', 'k1')).toMatchObject({ lastSeq: 2, at: 6, name: 'k1' });
    expect(store.direct('k1', 'k3')).toBeUndefined();
  });

  test('page from the last used on, also where the clock stood still', () => {
    const store = inMemory();
    store.postAll([1, 2, 3, 4, 5, 6, 7].map((n) => talk('k0', `k${n}`, n < 4 ? 10 : 20)));
    const seen: string[] = [];
    for (let page = store.directs('k0', 2); page.length > 0; ) {
      seen.push(...page.map(({ other }) => other));
      page = store.directs('k0', 2, page.at(-1));
    }
    expect(seen).toEqual(['k7', 'k6', 'k5', 'k4', 'k3', 'k2', 'k1']);
  });

  test('that a key begins are bounded; those that others begin with it do not count', () => {
    const store = inMemory();
    store.postAll(Array.from({ length: MAX_BEGUN }, (_, n) => talk('k', `to${n}`, n)));
    expect(store.directFits(directName('k', 'more'), 'k')).toBe(false);
    expect(store.directFits(directName('k', 'to7'), 'k')).toBe(true);
    refused('control.limit', () => store.postAll([talk('k', 'more', 1)]));
    store.postAll([talk('more', 'k', 2), talk('k', 'more', 3)]);
    expect(store.direct('k', 'more')?.lastSeq).toBe(2);
  });
});

/** What somebody keeps who reads history once, then changes in pages, then new messages. */
class Follower {
  readonly held = new Map<number, StoredMessage>();
  #revision = 0;
  #seq = 0;

  sync(store: StationStore, limit: number): void {
    for (let more = true; more; ) {
      const page = store.changes('lobby', this.#revision, limit);
      for (const message of page.messages)
        if (this.held.has(message.seq)) this.held.set(message.seq, message);
      this.#revision = page.revision;
      more = page.more;
    }
    for (let more = true; more; ) {
      const page = store.history({ room: 'lobby', after: this.#seq, limit });
      for (const message of page.messages) this.held.set(message.seq, message);
      this.#seq = page.messages.at(-1)?.seq ?? this.#seq;
      more = page.more;
    }
  }
}

test('whoever applies the changes has what the station has, however often they look', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('post' as const) }),
    fc.record({ do: fc.constant('edit' as const), seq: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('delete' as const), seq: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('look' as const), limit: fc.integer({ min: 1, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const store = new StationStore(':memory:');
      const follower = new Follower();
      for (const one of steps) {
        if (one.do === 'post') store.postAll([post()]);
        if (one.do === 'edit') edit(store, 'lobby', one.seq, `edited ${++serial}`);
        if (one.do === 'delete') remove(store, 'lobby', one.seq);
        if (one.do === 'look') follower.sync(store, one.limit);
      }
      follower.sync(store, 3);
      const all = store.history({ room: 'lobby', after: 0, limit: 1000 }).messages;
      expect([...follower.held.values()]).toEqual(all);
      const revisions = store.changes('lobby', 0, 1000).messages.map(({ revision = 0 }) => revision);
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
      store.close();
    }),
    { seed: 20261, numRuns: 120 },
  );
});

describe('read markers', () => {
  test('only grow, to the last message at most, each key’s in each room', () => {
    const move = fc.record({
      key: fc.constantFrom('k1', 'k2'),
      room: fc.constantFrom('lobby', 'den', 'none'),
      seq: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
        const store = new StationStore(':memory:');
        store.postAll([...[1, 2, 3, 4, 5].map(() => post()), post({ room: 'den' })]);
        const last: Record<string, number> = { lobby: 5, den: 1, none: 0 };
        const model = new Map<string, number>();
        for (const { key, room, seq } of moves) {
          const before = model.get(`${key} ${room}`) ?? 0;
          const now = Math.max(before, Math.min(seq, last[room] ?? 0));
          model.set(`${key} ${room}`, now);
          expect(mark(store, key, room, seq)).toEqual([{ value: { readUpTo: now, moved: now > before } }]);
          expect(store.readUpTo(key, room)).toBe(now);
        }
        store.close();
      }),
      { seed: 20262, numRuns: 80 },
    );
  });

  test('of a key are bounded: the one that moved longest ago goes', () => {
    const store = inMemory();
    const rooms = Array.from({ length: MAX_MARKERS_PER_KEY + 1 }, (_, n) => `room${n}`);
    store.postAll(rooms.map((room) => post({ room })));
    for (const room of rooms) mark(store, 'k1', room, 1);
    expect(store.readUpTo('k1', 'room0')).toBe(0);
    expect(store.readUpTo('k1', 'room1')).toBe(1);
    expect(store.readUpTo('k1', rooms.at(-1)!)).toBe(1);
  });
});

describe('search', () => {
  const find = (store: StationStore, typed: string, more: object = {}) =>
    store.search({ typed, places: [PLACE.allRooms], limit: 64, mayRead: () => true, ...more });

  test('finds what is there now, by the starts of words, in any case', () => {
    const store = inMemory();
    store.postAll([
      post({ body: Buffer.from('Grüße aus Köln') }),
      post({ body: Buffer.from('the quick brown fox') }),
      post({ body: Buffer.from('quick!'), type: 'application/octet-stream' }),
    ]);
    expect(find(store, 'GRUSSE koln').messages).toHaveLength(0); // ß is a letter of its own
    expect(find(store, 'grüße KOL').messages.map(({ seq }) => seq)).toEqual([1]);
    expect(find(store, 'qui fo').messages.map(({ seq }) => seq)).toEqual([2]);
    edit(store, 'lobby', 2, 'a slow one');
    expect(find(store, 'quick').messages).toEqual([]);
    expect(find(store, 'slow').messages).toMatchObject([{ seq: 2, edited: 1 }]);
    remove(store, 'lobby', 1);
    expect(find(store, 'köln').messages).toEqual([]);
  });

  test('goes on where it stopped, also where most may not be read', () => {
    const store = inMemory();
    store.postAll(
      Array.from({ length: 2500 }, (_, n) =>
        post({ room: n % 500 === 0 ? 'open' : 'closed', body: Buffer.from('same') }),
      ),
    );
    const seen: number[] = [];
    let pages = 0;
    for (let before: number | undefined, more = true; more; pages++) {
      const page = find(store, 'same', { before, mayRead: (room: string) => room === 'open' });
      seen.push(...page.messages.map(({ seq }) => seq));
      before = page.next;
      more = page.more;
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    expect(pages).toBe(3);
  });

  test('finds what an older version kept', () => {
    const file = join(place(), 'station.db');
    const old = openDatabase(file, { application: 'station', migrations: STATION_MIGRATIONS.slice(0, 1) });
    old.exec(`
      INSERT INTO rooms (id, name, last_seq, peak_at) VALUES (3, 'lobby', 1, 5);
      INSERT INTO messages (room, seq, id, sender, fingerprint, at, peak_at, type, body)
      VALUES (3, 1, 'a', 'ann', 'k1', 5, 5, 'text/plain', CAST('long ago' AS BLOB))`);
    old.close();
    const store = new StationStore(file);
    expect(find(store, 'ago').messages).toMatchObject([{ room: 'lobby', seq: 1 }]);
    expect(find(store, 'long', { places: [PLACE.room(3)] }).messages).toHaveLength(1);
    expect(store.history({ room: 'lobby', limit: 1 }).messages).toEqual([
      {
        room: 'lobby',
        seq: 1,
        id: 'a',
        from: 'ann',
        fingerprint: 'k1',
        at: 5,
        type: 'text/plain',
        body: Buffer.from('long ago'),
      },
    ]);
    store.close();
  });
});

describe('writes that are committed together', () => {
  test('are refused each alone, and fail all together', () => {
    const store = inMemory();
    store.postAll([post()]);
    const forbidden = new VoiptermError('control.forbidden', 'No.');
    const outcomes = store.together([
      (writer) => writer.setTopic('lobby', 'kept'),
      () => {
        throw forbidden;
      },
      (writer) => writer.markRead('k1', 'lobby', 1, 1),
    ]);
    expect(outcomes).toEqual([
      { value: undefined },
      { refused: forbidden },
      { value: { readUpTo: 1, moved: true } },
    ]);
    const fault = (): never => {
      throw new Sqlite.SqliteError('disk', 'SQLITE_FULL');
    };
    refused('store.unwritable', () => store.together([(writer) => writer.setTopic('lobby', 'lost'), fault]));
    expect(store.room('lobby')?.topic).toBe('kept');
  });
});

test('a store that a newer version wrote is left as it is', () => {
  const file = join(place(), 'station.db');
  new StationStore(file).close();
  const db = new Sqlite(file);
  db.pragma(`user_version = ${STATION_MIGRATIONS.length + 1}`);
  db.close();
  expect(refused('store.newer', () => new StationStore(file)).message).toContain('newer version');
});

test('a full disk refuses an edit and keeps what was there', (context) => {
  const disk = tinyDisk('1m');
  if (disk === undefined) return context.skip('needs the right to mount a small file system');
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(400 * 1024));
  const store = new StationStore(join(disk, 'station.db'));
  const body = Buffer.alloc(7000, 'a ');
  store.postAll([post({ body: Buffer.from('before') })]);
  let edits = 0;
  const fill = (): void => {
    for (; edits < 2000; edits++) {
      store.together([(writer) => writer.edit('lobby', 1, { type: 'text/plain', body, at: edits })]);
      store.postAll([post({ body })]);
    }
  };
  expect(refused('store.unwritable', fill).message).toContain('full');
  const before = store.changes('lobby', 0, 1).revision;
  rmSync(ballast);
  edit(store, 'lobby', 1, 'after');
  expect(store.changes('lobby', 0, 64)).toMatchObject({ revision: before + 1 });
  store.close();
});

test('kill -9 during a stream of changes: what was acknowledged is so', async () => {
  const file = join(place(), 'station.db');
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const changer = child('change.ts', file, String(round));
    let lines = 0;
    changer.lines.on('line', (line) => {
      acknowledged.push(line);
      lines += 1;
      if (lines === 60 + 31 * round) changer.process.kill('SIGKILL');
    });
    await changer.ended;
  }
  const store = new StationStore(file);
  expect(acknowledged.length).toBeGreaterThan(250);
  const all = store.history({ room: 'lobby', after: 0, limit: 1_000_000 }).messages;
  for (const line of acknowledged) {
    const [edited, deleted, ...words] = line.split(' ');
    expect(all[Number(edited) - 1]).toMatchObject({
      body: Buffer.from(words.join(' ')),
      edited: expect.any(Number),
    });
    expect(all[Number(deleted) - 1]).toMatchObject({ body: Buffer.alloc(0), deleted: true });
  }
  const last = Number(acknowledged.at(-1)?.split(' ')[1]);
  expect(store.readUpTo('k1', 'lobby')).toBeGreaterThanOrEqual(last);
  expect(store.room('lobby')?.topic).toMatch(/^topic \d+$/);
  // Every change has a revision of its own, and the index knows as much as the messages.
  const { revision, messages } = store.changes('lobby', 0, 1_000_000);
  expect(messages.map((message) => message.revision)).toEqual(
    Array.from({ length: revision }, (_, n) => n + 1),
  );
  const hits = store.search({ typed: 'is', places: [PLACE.allRooms], limit: 1, mayRead: () => true });
  expect(hits.messages[0]?.deleted).toBeUndefined();
  store.close();
}, 60_000);
