/** The client's store: messages, search, outbox, settings, stations, rooms and read markers. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ClientMessage, ClientStore, MAX_OUTBOX, type OutboxMessage } from '../../src/store/client.ts';
import { CLIENT_MIGRATIONS } from '../../src/store/client-migrations.ts';
import { openDatabase } from '../../src/store/open.ts';
import { child, place, refused } from './place.ts';

const HOME = 'SHA256:home';
const WORK = 'SHA256:work';

function inMemory(): ClientStore {
  const store = new ClientStore(':memory:');
  onTestFinished(() => store.close());
  return store;
}

function message(seq: number, text = `text ${seq}`, values: Partial<ClientMessage> = {}): ClientMessage {
  const body = Buffer.from(text);
  return {
    room: 'lobby',
    seq,
    id: `m${seq}`,
    from: 'ann',
    at: seq,
    type: 'text/plain',
    body,
    key: null,
    ...values,
  };
}

function waiting(id: string, values: Partial<OutboxMessage> = {}): OutboxMessage {
  return { station: HOME, room: 'lobby', id, type: 'text/plain', body: Buffer.from(id), at: 1, ...values };
}

const texts = (messages: ClientMessage[]): string[] =>
  messages.map(({ body }) => Buffer.from(body).toString());

describe('messages', () => {
  test('saving again changes nothing, and another station is another place', () => {
    const store = inMemory();
    store.saveMessages(HOME, [message(2), message(1)]);
    store.saveMessages(HOME, [message(2), message(3)]);
    store.saveMessages(WORK, [message(9)]);
    expect(store.recent(HOME, 'lobby', 10)).toEqual([message(1), message(2), message(3)]);
    expect([store.lastSeq(HOME, 'lobby'), store.lastSeq(WORK, 'lobby'), store.lastSeq(HOME, 'den')]).toEqual([
      3, 9, 0,
    ]);
  });

  test('recent pages backwards in ascending order', () => {
    const store = inMemory();
    store.saveMessages(
      HOME,
      Array.from({ length: 10 }, (_, i) => message(i + 1)),
    );
    const seqs = (limit: number, before?: number) =>
      store.recent(HOME, 'lobby', limit, before).map(({ seq }) => seq);
    expect([seqs(3), seqs(3, 8), seqs(3, 2), seqs(3, 1), seqs(0)]).toEqual([
      [8, 9, 10],
      [5, 6, 7],
      [1],
      [],
      [],
    ]);
  });

  test('a station that began anew replaces what stood under the same number', () => {
    const store = inMemory();
    store.saveMessages(HOME, [message(1, 'old words')]);
    store.saveMessages(HOME, [message(1, 'new words', { id: 'other' })]);
    expect(texts(store.recent(HOME, 'lobby', 10))).toEqual(['new words']);
    expect(texts(store.search(HOME, 'words', 10))).toEqual(['new words']);
    expect(store.search(HOME, 'old', 10)).toEqual([]);
  });

  test('survive a restart, with the search', () => {
    const file = join(place(), 'client.db');
    const first = new ClientStore(file);
    first.saveMessages(HOME, [message(1, 'the quick fox')]);
    first.close();
    first.close();
    const second = new ClientStore(file);
    expect(texts(second.search(null, 'fox', 5))).toEqual(['the quick fox']);
    second.close();
  });
});

describe('search', () => {
  const all = [
    message(1, 'The café opens at nine'),
    message(2, "don't panic: meet at the cafeteria"),
    message(3, 'Привет, мир'),
    message(4, 'opaque café', { type: 'application/mls' }),
  ];

  test.each([
    ['cafe', [2, 1]],
    ['CAFÉ nine', [1]],
    ["don't", [2]],
    ['прив', [3]],
    ['nine OR panic', []],
    ['"cafe', [2, 1]],
    ['text:nine', []],
    ['the -panic', [2]],
    ['opaque', []],
    ['', []],
    ['***', []],
  ])('%s', (query, seqs) => {
    const store = inMemory();
    store.saveMessages(HOME, all);
    expect(store.search(null, query, 10).map(({ seq }) => seq)).toEqual(seqs);
  });

  test('is for one station or for all, newest first, and says where it was', () => {
    const store = inMemory();
    store.saveMessages(HOME, [message(1, 'fox', { at: 5 }), message(2, 'fox', { at: 7 })]);
    store.saveMessages(WORK, [message(1, 'fox', { at: 6, room: 'den' })]);
    const found = (station: string | null, limit = 10) =>
      store.search(station, 'fox', limit).map((m) => `${m.station} ${m.room} ${m.at}`);
    expect(found(null)).toEqual([`${HOME} lobby 7`, `${WORK} den 6`, `${HOME} lobby 5`]);
    expect(found(WORK)).toEqual([`${WORK} den 6`]);
    expect(found(null, 1)).toEqual([`${HOME} lobby 7`]);
  });

  test('takes anything that a person can type', () => {
    const store = inMemory();
    store.saveMessages(HOME, all);
    const odd = fc.array(
      fc.constantFrom('"', "'", '*', '(', ')', 'AND', 'OR', 'NOT', 'NEAR(', '^', ':', '\0', '{', '+', 'a'),
    );
    const typed = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme' }),
      odd.map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(typed, (query) => Array.isArray(store.search(null, query, 5))),
      { seed: 7, numRuns: 2000 },
    );
  });
});

describe('outbox', () => {
  test('keeps the order, and the same id once', () => {
    const store = inMemory();
    store.outboxAdd(waiting('b'));
    store.outboxAdd(waiting('a', { type: 'x/y', at: 5 }));
    store.outboxAdd(waiting('b', { at: 9 }));
    store.outboxAdd(waiting('w', { station: WORK }));
    expect(store.outboxList(HOME)).toEqual([waiting('b'), waiting('a', { type: 'x/y', at: 5 })]);
    store.outboxRemove('b');
    expect(store.outboxList(HOME).map(({ id }) => id)).toEqual(['a']);
  });

  test('a saved message leaves it, also when it was saved before, and only for its own station', () => {
    const store = inMemory();
    store.outboxAdd(waiting('m1'));
    store.saveMessages(WORK, [message(1)]);
    expect(store.outboxList(HOME)).toHaveLength(1);
    store.saveMessages(HOME, [message(1)]);
    expect(store.outboxList(HOME)).toEqual([]);
    store.outboxAdd(waiting('m1'));
    store.saveMessages(HOME, [message(1)]);
    expect(store.outboxList(HOME)).toEqual([]);
  });

  test('a save that fails takes nothing out', () => {
    const store = inMemory();
    store.outboxAdd(waiting('m1'));
    const broken = { ...message(2), body: null as unknown as Uint8Array };
    refused('internal', () => store.saveMessages(HOME, [message(1), broken]));
    expect(store.outboxList(HOME)).toHaveLength(1);
    expect(store.recent(HOME, 'lobby', 5)).toEqual([]);
  });

  test('is bounded', () => {
    const store = inMemory();
    for (let i = 0; i < MAX_OUTBOX; i++) store.outboxAdd(waiting(`m${i}`));
    store.outboxAdd(waiting('m0'));
    refused('control.limit', () => store.outboxAdd(waiting('more')));
  });
});

test('settings are saved, replaced and removed', () => {
  const store = inMemory();
  store.setSettings(new Map([['ui.theme', 'dark']]));
  store.setSettings(new Map([['audio.backend', 'mic']]));
  store.setSettings(new Map([['ui.theme', 'light']]));
  expect(store.setting('ui.theme')).toBe('light');
  store.setSettings(new Map([['audio.backend', undefined]]));
  expect(store.setting('audio.backend')).toBeUndefined();
  expect([...store.settings()]).toEqual([['ui.theme', 'light']]);
});

test('the last used station is the last remembered, whatever the clock said', () => {
  const store = inMemory();
  expect(store.lastTarget()).toBeUndefined();
  store.rememberStation({ fingerprint: HOME, target: 'ann@home', name: 'home', at: 100 });
  store.rememberStation({ fingerprint: WORK, target: 'ann@work:2222', name: 'work', at: 50 });
  expect(store.lastTarget()).toBe('ann@work:2222');
  store.rememberStation({ fingerprint: HOME, target: 'ann@home', name: 'home', at: 20 });
  expect(store.lastTarget()).toBe('ann@home');
  expect([store.stationFor('ann@work:2222'), store.stationFor('ann@nowhere')]).toEqual([WORK, undefined]);
});

test('joined rooms keep their order; leaving one keeps its messages and its marker', () => {
  const store = inMemory();
  store.saveMessages(HOME, [message(1)]);
  store.markRead(HOME, 'lobby', 1);
  store.setRooms(HOME, ['zoo', 'lobby', 'den']);
  expect(store.rooms(HOME)).toEqual(['zoo', 'lobby', 'den']);
  store.setRooms(HOME, ['den', 'zoo']);
  expect(store.rooms(HOME)).toEqual(['den', 'zoo']);
  expect(store.rooms(WORK)).toEqual([]);
  expect([store.readUpTo(HOME, 'lobby'), store.recent(HOME, 'lobby', 5).length]).toEqual([1, 1]);
});

test('a read marker only goes forward', () => {
  const store = inMemory();
  store.markRead(HOME, 'lobby', 5);
  store.markRead(HOME, 'lobby', 3);
  expect([store.readUpTo(HOME, 'lobby'), store.readUpTo(WORK, 'lobby')]).toEqual([5, 0]);
});

test('several clients make and use one new file at the same time', async () => {
  const file = join(place(), 'client.db');
  const names = ['a', 'b', 'c', 'd'];
  const codes = await Promise.all(names.map((name) => child('client.ts', file, name).ended));
  expect(codes).toEqual([0, 0, 0, 0]);
  const store = new ClientStore(file);
  expect(names.map((name) => store.recent(name, 'lobby', 100).length)).toEqual([20, 20, 20, 20]);
  store.close();
}, 30_000);

describe('people', () => {
  const bob = {
    key: 'SHA256:bob',
    name: 'bob',
    db: -6.5,
    muted: false,
    blocked: true,
    ignored: true,
    priority: false,
  };

  test('are kept by key, over a restart, and replaced and forgotten', () => {
    const path = join(place(), 'client.db');
    const store = new ClientStore(path);
    store.savePerson(bob);
    store.savePerson({ ...bob, key: 'SHA256:ann', name: 'ann', blocked: false, priority: true });
    store.savePerson({ ...bob, name: 'bobby' });
    store.close();
    const again = new ClientStore(path);
    onTestFinished(() => again.close());
    expect(again.people()).toEqual([
      { ...bob, key: 'SHA256:ann', name: 'ann', blocked: false, priority: true },
      { ...bob, name: 'bobby' },
    ]);
    again.forgetPerson('SHA256:bob');
    expect(again.people().map(({ name }) => name)).toEqual(['ann']);
  });

  test('a message keeps the key of its writer', () => {
    const store = inMemory();
    store.saveMessages(HOME, [message(1, 'x', { key: 'SHA256:bob' }), message(2)]);
    expect(store.recent(HOME, 'lobby', 10).map(({ key }) => key)).toEqual(['SHA256:bob', null]);
  });
});

describe('what becomes of messages', () => {
  const texts = (store: ClientStore, query: string, room?: string): number[] =>
    store.search(HOME, query, 10, { room }).map(({ seq }) => seq);

  test('is kept with the words to search for, the later version for good', () => {
    const store = inMemory();
    const edited = message(1, 'green tea', { edited: 9, revision: 2 });
    store.saveMessages(HOME, [message(1, 'black coffee'), message(2, 'more coffee', { replyTo: 1 })]);
    store.saveChanges(HOME, [edited]);
    expect([texts(store, 'tea'), texts(store, 'black')]).toEqual([[1], []]);
    store.saveMessages(HOME, [message(1, 'black coffee')]);
    store.saveChanges(HOME, [message(1, 'older', { revision: 1 })]);
    expect(store.recent(HOME, 'lobby', 5)).toEqual([edited, message(2, 'more coffee', { replyTo: 1 })]);
    const deleted = message(2, '', { deleted: true, revision: 3 });
    store.saveChanges(HOME, [deleted]);
    expect(texts(store, 'coffee')).toEqual([]);
    expect(store.recent(HOME, 'lobby', 5)[1]).toMatchObject({ deleted: true, revision: 3 });
    store.saveMessages(HOME, [message(1, 'newest tea', { revision: 4 })]);
    expect(texts(store, 'newest')).toEqual([1]);
  });

  test('that are not kept is left to when they come, so that there are no islands', () => {
    const store = inMemory();
    store.saveMessages(HOME, [message(1)]);
    store.saveChanges(HOME, [message(7, 'changed', { revision: 1 })]);
    expect([store.lastSeq(HOME, 'lobby'), store.recent(HOME, 'lobby', 5).length]).toEqual([1, 1]);
  });

  test('is searched in one place only, page by page', () => {
    const store = inMemory();
    store.saveMessages(HOME, [
      message(1, 'fox one'),
      message(2, 'fox two'),
      message(1, 'fox den', { room: 'den', at: 9 }),
    ]);
    expect(texts(store, 'fox', 'lobby')).toEqual([2, 1]);
    expect(texts(store, 'fox', 'den')).toEqual([1]);
    expect(texts(store, 'fox', 'nowhere')).toEqual([]);
    expect(texts(store, 'r1')).toEqual([]); // the word that stands for the place
    expect(store.search(HOME, 'fox', 2, { skip: 1 }).map(({ room, seq }) => `${room} ${seq}`)).toEqual([
      'lobby 2',
      'lobby 1',
    ]);
  });

  test('a place keeps its topic, its changes and with whom it is', () => {
    const store = inMemory();
    expect(store.place(HOME, '@bob')).toBeUndefined();
    store.updatePlace(HOME, '@bob', { revision: 4, peer: { name: 'bob', key: 'KB' } });
    store.updatePlace(HOME, '@bob', { topic: 't' });
    store.markRead(HOME, '@bob', 3);
    expect(store.place(HOME, '@bob')).toEqual({
      readTo: 3,
      revision: 4,
      topic: 't',
      peer: { name: 'bob', key: 'KB' },
    });
  });

  test('a message that waits gets another text', () => {
    const store = inMemory();
    store.outboxAdd(waiting('a', { replyTo: 3 }));
    store.outboxChange('a', Buffer.from('better'));
    expect(store.outboxList(HOME)).toEqual([waiting('a', { replyTo: 3, body: Buffer.from('better') })]);
  });
});

test('a database of an earlier version keeps its messages, and finds them', () => {
  const file = join(place(), 'client.db');
  const old = openDatabase(file, { application: 'client', migrations: CLIENT_MIGRATIONS.slice(0, 2) });
  old.exec(`
    INSERT INTO rooms (id, station, name, place, read_to) VALUES (1, '${HOME}', 'lobby', 0, 1);
    INSERT INTO messages (key, room, seq, id, sender, at, type, body, sender_key)
      VALUES (5, 1, 1, 'm1', 'ann', 1, 'text/plain', CAST('grüner Tee' AS BLOB), 'KA');
    INSERT INTO messages (key, room, seq, id, sender, at, type, body)
      VALUES (6, 1, 2, 'm2', 'ann', 2, 'x/y', CAST('opaque tea' AS BLOB));
    INSERT INTO words (rowid, text) VALUES (5, 'grüner Tee');
    INSERT INTO people (key, name, db, muted, blocked, priority) VALUES ('KB', 'bob', 0, 1, 0, 0);`);
  old.close();
  const store = new ClientStore(file);
  onTestFinished(() => store.close());
  expect(store.search(HOME, 'gruner', 5, { room: 'lobby' })).toMatchObject([{ seq: 1, key: 'KA' }]);
  expect(store.search(HOME, 'opaque', 5)).toEqual([]);
  expect(store.place(HOME, 'lobby')).toEqual({ readTo: 1, revision: null, topic: '', peer: null });
  expect(store.people()).toMatchObject([{ key: 'KB', muted: true, ignored: false }]);
});
