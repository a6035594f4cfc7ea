/** The station's store: names, the numbering of posts, pages of history, and what survives. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HistoryQuery,
  MAX_NAMES_PER_KEY,
  MAX_ROOMS,
  type Post,
  type Posted,
  StationStore,
  type StoredMessage,
} from '../../src/store/station.ts';
import { child, place, refused, tinyDisk } from './place.ts';
import { inMemory, post } from './posts.ts';

describe('names', () => {
  test('belong to the first key, without case', () => {
    const store = inMemory();
    expect(store.claimName('Ann', 'k1', 1)).toBe('ok');
    expect(store.claimName('ann', 'k1', 2)).toBe('ok');
    expect(store.claimName('ANN', 'k2', 3)).toBe('taken');
  });

  test('a key holds eight; what it holds it keeps', () => {
    const store = inMemory();
    for (let i = 0; i < MAX_NAMES_PER_KEY; i++) expect(store.claimName(`n${i}`, 'k1', i)).toBe('ok');
    expect(store.claimName('another', 'k1', 9)).toBe('limit');
    expect(store.claimName('n3', 'k1', 9)).toBe('ok');
    expect(store.claimName('another', 'k2', 9)).toBe('ok');
  });

  test('survive a restart', () => {
    const file = join(place(), 'station.db');
    const first = new StationStore(file);
    first.claimName('ann', 'k1', 1);
    first.close();
    first.close();
    const second = new StationStore(file);
    expect(second.claimName('Ann', 'k2', 2)).toBe('taken');
    second.close();
  });
});

describe('posts', () => {
  test('a resend is answered with the first place, also within its batch', () => {
    const store = inMemory();
    const first = post({ id: 'a', at: 100 });
    const [one, again, two] = store.postAll([first, { ...first, at: 105 }, post({ id: 'b', at: 106 })]);
    expect([one, again, two]).toEqual([
      { seq: 1, at: 100, duplicate: false },
      { seq: 1, at: 100, duplicate: true },
      { seq: 2, at: 106, duplicate: false },
    ]);
    expect(store.postAll([{ ...first, at: 200 }])).toEqual([{ seq: 1, at: 100, duplicate: true }]);
    expect(store.postAll([{ ...first, fingerprint: 'SHA256:bob', at: 201 }])).toEqual([
      { seq: 3, at: 201, duplicate: false },
    ]);
    expect(store.lastSeq('lobby')).toBe(3);
  });

  test('a batch that fails leaves nothing and no gap', () => {
    const store = inMemory();
    store.postAll([post()]);
    const broken = { ...post(), body: null as unknown as Uint8Array };
    refused('internal', () => store.postAll([post(), post({ room: 'new' }), broken]));
    expect(store.lastSeq('lobby')).toBe(1);
    expect(store.rooms()).toEqual(['lobby']);
    expect(store.postAll([post()])[0]?.seq).toBe(2);
  });

  test('bodies come back byte for byte, empty ones too', () => {
    const store = inMemory();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    store.postAll([post({ body: bytes }), post({ body: new Uint8Array(0) })]);
    const { messages } = store.history({ room: 'lobby', limit: 2 });
    expect(messages.map(({ body }) => [...body])).toEqual([[...bytes], []]);
  });

  test('rooms are bounded; the others stay open', () => {
    const store = inMemory();
    const names = Array.from({ length: MAX_ROOMS }, (_, i) => `room${i}`);
    store.postAll(names.map((room) => post({ room })));
    expect(store.roomFits('room7')).toBe(true);
    expect(store.roomFits('onemore')).toBe(false);
    refused('control.limit', () => store.postAll([post({ room: 'room7' }), post({ room: 'onemore' })]));
    expect(store.lastSeq('room7')).toBe(1);
    expect(store.postAll([post({ room: 'room7' })])[0]?.seq).toBe(2);
    expect(store.rooms()).toHaveLength(MAX_ROOMS);
  });
});

/** The same rules over a plain array. */
class Model {
  all: (StoredMessage & { fingerprint: string })[] = [];

  post({ room, id, from, fingerprint, at, type, body }: Post): Posted {
    const first = this.all.find((m) => m.fingerprint === fingerprint && m.id === id);
    if (first) return { seq: first.seq, at: first.at, duplicate: true };
    const seq = this.all.filter((m) => m.room === room).length + 1;
    this.all.push({ room, seq, id, from, fingerprint, at, type, body });
    return { seq, at, duplicate: false };
  }

  history(q: HistoryQuery): { messages: StoredMessage[]; more: boolean } {
    const fits = this.all
      .filter((m) => m.room === q.room && m.seq > (q.after ?? 0) && m.at >= (q.since ?? 0))
      .filter((m) => q.before === undefined || m.seq < q.before);
    const forward = q.after !== undefined || q.since !== undefined;
    return {
      messages: forward ? fits.slice(0, q.limit) : fits.slice(-q.limit),
      more: fits.length > q.limit,
    };
  }
}

const anyPost: fc.Arbitrary<Post> = fc.record({
  room: fc.constantFrom('a', 'b'),
  id: fc.integer({ min: 0, max: 30 }).map((n) => `id-${n}`),
  from: fc.constantFrom('ann', 'bob'),
  fingerprint: fc.constantFrom('k1', 'k2'),
  type: fc.constantFrom('text/plain', 'application/x'),
  body: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  at: fc.integer({ min: 0, max: 20 }), // also backwards: clocks step
});
const bound = fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined });
const anyQuery: fc.Arbitrary<HistoryQuery> = fc.record({
  room: fc.constantFrom('a', 'b', 'none'),
  after: bound,
  before: bound,
  since: bound,
  limit: fc.integer({ min: 1, max: 8 }),
});

test('posts and history agree with a plain array', () => {
  const steps = fc.array(fc.oneof(fc.array(anyPost, { maxLength: 6 }), anyQuery), { maxLength: 25 });
  fc.assert(
    fc.property(steps, (all) => {
      const store = new StationStore(':memory:');
      const model = new Model();
      for (const step of all) {
        if (Array.isArray(step)) expect(store.postAll(step)).toEqual(step.map((one) => model.post(one)));
        else expect(store.history(step)).toEqual(model.history(step));
      }
      store.close();
    }),
    { seed: 20260, numRuns: 300 },
  );
});

test('pages after one another give every message once', () => {
  const store = inMemory();
  store.postAll(Array.from({ length: 150 }, () => post()));
  const seen: number[] = [];
  for (let more = true; more; ) {
    const answer = store.history({ room: 'lobby', after: seen.at(-1) ?? 0, limit: 64 });
    seen.push(...answer.messages.map(({ seq }) => seq));
    more = answer.more;
  }
  expect(seen).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
});

/** Posts in a child, kills it after so many acknowledged lines, and returns every line that it got out. */
async function acknowledgedUntilKilled(file: string, round: number, enough: number): Promise<string[]> {
  const poster = child('post.ts', file, String(round));
  const acknowledged: string[] = [];
  poster.lines.on('line', (line) => {
    acknowledged.push(line);
    if (acknowledged.length === enough) poster.process.kill('SIGKILL');
  });
  await poster.ended;
  return acknowledged;
}

test('kill -9 during a stream of commits: every acknowledged post is there once', async () => {
  const file = join(place(), 'station.db');
  const acknowledged: string[] = [];
  for (let round = 0; round < 4; round++) {
    acknowledged.push(...(await acknowledgedUntilKilled(file, round, 150 + 61 * round)));
  }
  const store = new StationStore(file);
  const kept: string[] = [];
  for (const room of store.rooms()) {
    const { messages } = store.history({ room, after: 0, limit: 1_000_000 });
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1));
    kept.push(...messages.map(({ seq, id }) => `${room} ${seq} ${id}`));
  }
  store.close();
  expect(acknowledged.length).toBeGreaterThan(900);
  expect(new Set(kept).size).toBe(kept.length);
  const found = new Set(kept);
  expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
}, 60_000);

test('a full disk refuses, keeps what was acknowledged, and goes on when there is room', (context) => {
  const disk = tinyDisk('768k');
  if (disk === undefined) return context.skip('needs the right to mount a small file system');
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(256 * 1024)); // as much as closing needs, which writes the log back
  const file = join(disk, 'station.db');
  let store = new StationStore(file);
  let acknowledged = 0;
  const fill = (): void => {
    for (let i = 0; i < 1000; i++) {
      store.postAll([post({ body: Buffer.alloc(8000, 1) })]);
      acknowledged++;
    }
  };
  expect(refused('store.unwritable', fill).message).toContain('full');
  refused('store.unwritable', fill);
  expect(store.lastSeq('lobby')).toBe(acknowledged);
  rmSync(ballast);
  expect(store.postAll([post()])[0]?.seq).toBe(acknowledged + 1);
  store.close();
  store = new StationStore(file);
  expect(store.history({ room: 'lobby', after: 0, limit: 1000 }).messages).toHaveLength(acknowledged + 1);
  store.close();
});

test('a disk that is full from the start refuses to open', (context) => {
  const disk = tinyDisk('256k');
  if (disk === undefined) return context.skip('needs the right to mount a small file system');
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(252 * 1024));
  refused('store.unwritable', () => new StationStore(join(disk, 'station.db')));
});

test('close writes the log back', () => {
  const file = join(place(), 'station.db');
  const store = new StationStore(file);
  store.postAll([post({ body: Buffer.alloc(8000) })]);
  store.close();
  expect(statSync(file).size).toBeGreaterThan(8000);
  expect(statSync(`${file}-wal`, { throwIfNoEntry: false })).toBeUndefined();
});
