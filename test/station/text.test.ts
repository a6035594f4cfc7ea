/** Text at a real station: conversations, edits, search, read markers, topics and names, as clients see them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StationNotification } from '../../src/net/control/schema.ts';
import { OPERATOR } from '../../src/station/moderation.ts';
import { moderationHandlers } from '../../src/station/moderation-handlers.ts';
import { Station } from '../../src/station/station.ts';
import { silentLog } from '../../src/log.ts';
import {
  connectRaw,
  eventually,
  joinAs,
  makeKey,
  type RawClient,
  startStation,
  type TestStation,
} from './raw-client.ts';

let test: TestStation;
let serial = 0;

beforeAll(async () => {
  test = await startStation();
});
afterAll(() => test.close());

/** A name that no other test has. */
const fresh = (name: string): string => `${name}${++serial}`;
const b64 = (words: string): string => Buffer.from(words).toString('base64');
const words = ({ body }: { body: string }): string => Buffer.from(body, 'base64').toString();

function post(client: RawClient, room: string, text: string, more: { replyTo?: number; id?: string } = {}) {
  return client.control.call('room.post', {
    room,
    id: randomUUID(),
    type: 'text/plain',
    body: b64(text),
    ...more,
  });
}

function edit(client: RawClient, room: string, seq: number, text: string) {
  return client.control.call('room.edit', { room, seq, type: 'text/plain', body: b64(text) });
}

async function member(name: string, key = makeKey()): Promise<RawClient> {
  const client = await connectRaw(test.station, name, key);
  await client.hello();
  return client;
}

type Params<M> = Extract<StationNotification, { method: M }>['params'];

function heard<M extends StationNotification['method']>(client: RawClient, method: M): Params<M>[] {
  return client.notifications.filter((one) => one.method === method).map(({ params }) => params as Params<M>);
}

describe('a direct conversation', () => {
  it('reaches every connection of both keys, each under its own name, and nobody else', async () => {
    const [ann, bob] = [fresh('ann'), fresh('Bob')];
    const [annKey, bobKey] = [makeKey(), makeKey()];
    const all = await Promise.all([
      member(ann, annKey),
      member(ann, annKey),
      member(bob, bobKey),
      member(bob, bobKey),
      member(fresh('eve')),
    ]);
    const [ann1, ann2, bob1, bob2, eve] = all as [RawClient, RawClient, RawClient, RawClient, RawClient];
    await post(ann1, `@${bob.toLowerCase()}`, 'psst');
    for (const [client, room] of [
      [ann1, `@${bob}`],
      [ann2, `@${bob}`],
      [bob1, `@${ann}`],
      [bob2, `@${ann}`],
    ] as const) {
      await eventually(() =>
        expect(heard(client, 'room.message')).toMatchObject([{ room, seq: 1, from: ann }]),
      );
    }
    await post(bob1, `@${ann}`, 'yes?');
    await eventually(() => expect(heard(ann2, 'room.message')).toHaveLength(2));
    expect(heard(eve, 'room.message')).toEqual([]);

    const page = await ann1.control.call('room.history', { room: `@${bob}`, limit: 10 });
    expect(page.messages.map((message) => [message.room, words(message)])).toEqual([
      [`@${bob}`, 'psst'],
      [`@${bob}`, 'yes?'],
    ]);
    const other = await bob2.control.call('room.history', { room: `@${ann}`, limit: 10 });
    expect(other.messages.map(({ room }) => room)).toEqual([`@${ann}`, `@${ann}`]);
    const nothing = await eve.control.call('room.history', { room: `@${ann}`, limit: 10 });
    expect(nothing.messages).toEqual([]);
    for (const client of all) client.close();
  });

  it('is one, whichever of its names somebody writes to', async () => {
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const a = await member(ann);
    const b = await member(bob);
    await post(a, `@${bob}`, 'one');
    await b.control.call('member.nick', { name: `${bob}-too` });
    await post(a, `@${bob}-too`, 'two');
    const { messages } = await a.control.call('room.history', { room: `@${bob}-too`, limit: 10 });
    expect(messages.map((message) => [message.room, words(message)])).toEqual([
      [`@${bob}`, 'one'],
      [`@${bob}`, 'two'],
    ]);
    await expect(a.control.call('direct.open', { name: `${bob}-too` })).resolves.toMatchObject({
      room: `@${bob}`,
      name: `${bob}-too`,
      lastSeq: 2,
      online: true,
    });
    a.close();
    b.close();
  });

  it('with a name that nobody has is refused with a sentence, and so is one with echo', async () => {
    const a = await member(fresh('ann'));
    const calls = await Promise.allSettled([
      post(a, '@nobody-at-all', 'hello?'),
      post(a, '@echo', 'hello?'),
      a.control.call('room.history', { room: '@nobody-at-all', limit: 1 }),
      a.control.call('direct.open', { name: 'nobody-at-all' }),
      a.control.call('member.whois', { name: 'nobody-at-all' }),
    ]);
    for (const call of calls) {
      const reason = { code: 'control.not-found', message: expect.stringMatching(/\.$/) };
      expect(call).toMatchObject({ status: 'rejected', reason });
    }
    expect(a.closed).toBe(false);
    a.close();
  });

  it('with somebody who is banned is refused with a sentence, and stays readable', async () => {
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const a = await member(ann);
    const b = await member(bob);
    await post(a, `@${bob}`, 'hello');
    const operator = moderationHandlers(test.station.lobby, () => OPERATOR);
    await operator['moderate.ban']({ room: null, who: bob });
    await eventually(() => expect(b.closed).toBe(true));
    await expect(post(a, `@${bob}`, 'still there?')).rejects.toMatchObject({
      code: 'control.forbidden',
      message: `${bob} is banned here and will not read it.`,
    });
    const { messages } = await a.control.call('room.history', { room: `@${bob}`, limit: 9 });
    expect(messages.map(words)).toEqual(['hello']);
    a.close();
    b.close();
  });

  it('with oneself is a note that comes once', async () => {
    const ann = fresh('ann');
    const a = await member(ann);
    await post(a, `@${ann}`, 'buy milk');
    await eventually(() => expect(heard(a, 'room.message')).toMatchObject([{ room: `@${ann}` }]));
    const { conversations } = await a.control.call('direct.list', { limit: 10 });
    expect(conversations).toMatchObject([{ room: `@${ann}`, lastSeq: 1 }]);
    a.close();
  });

  it('is listed for both, the last used first, page by page', async () => {
    const ann = fresh('ann');
    const a = await member(ann);
    const names = Array.from({ length: 5 }, () => fresh('pal'));
    const pals = await Promise.all(names.map((name) => member(name)));
    for (const name of names) await post(a, `@${name}`, `hi ${name}`);
    const seen: string[] = [];
    let before: { at: number; room: string } | undefined;
    for (let more = true; more; ) {
      const page = await a.control.call('direct.list', { limit: 2, ...(before ? { before } : {}) });
      expect(page.conversations.length).toBeLessThanOrEqual(2);
      seen.push(...page.conversations.map(({ room }) => room));
      before = page.conversations.at(-1);
      more = page.more;
    }
    expect(new Set(seen)).toEqual(new Set(names.map((name) => `@${name}`)));
    expect(seen).toHaveLength(5);
    const side = await pals[0]!.control.call('direct.list', { limit: 9 });
    expect(side.conversations).toMatchObject([
      { room: `@${ann}`, name: ann, lastSeq: 1, readUpTo: 0, online: true },
    ]);
    for (const client of [a, ...pals]) client.close();
  });
});

describe('an edit or a deletion', () => {
  it('is told to the place, found by who was away, and is the author’s', async () => {
    const room = fresh('room');
    const ann = await joinAs(test.station, fresh('ann'), room);
    const bob = await joinAs(test.station, fresh('bob'), room);
    for (const text of ['first', 'second', 'third']) await post(ann, room, text);
    await expect(edit(bob, room, 1, 'mine')).rejects.toMatchObject({ code: 'control.forbidden' });
    await expect(bob.control.call('room.delete', { room, seq: 1 })).rejects.toMatchObject({
      code: 'control.forbidden',
    });
    await expect(edit(ann, room, 9, 'none')).rejects.toMatchObject({ code: 'control.not-found' });
    await expect(edit(ann, room, 2, 'second!')).resolves.toMatchObject({ revision: 1 });
    await expect(ann.control.call('room.delete', { room, seq: 3 })).resolves.toMatchObject({ revision: 2 });
    await ann.control.call('room.delete', { room, seq: 3 });
    await expect(edit(ann, room, 3, 'again')).rejects.toMatchObject({ code: 'control.not-found' });
    await edit(ann, room, 2, 'second!!');
    await eventually(() => expect(heard(bob, 'room.changed')).toHaveLength(3));
    expect(heard(bob, 'room.changed')).toMatchObject([
      { room, seq: 2, revision: 1, body: b64('second!'), edited: expect.any(Number) },
      { room, seq: 3, revision: 2, body: '', deleted: true },
      { room, seq: 2, revision: 3, body: b64('second!!') },
    ]);
    const changes = await bob.control.call('room.changes', { room, after: 0, limit: 64 });
    expect(changes).toMatchObject({ more: false, revision: 3 });
    expect(changes.messages.map(({ seq, revision }) => [seq, revision])).toEqual([
      [3, 2],
      [2, 3],
    ]);
    const rejoined = await ann.control.call('room.join', { room });
    expect(rejoined).toMatchObject({ lastSeq: 3, revision: 3 });
    ann.close();
    bob.close();
  });

  it('goes to both sides of a conversation, and the other may not do it', async () => {
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const a = await member(ann);
    const b = await member(bob);
    await post(a, `@${bob}`, 'tpyo');
    await edit(a, `@${bob}`, 1, 'typo');
    await eventually(() =>
      expect(heard(b, 'room.changed')).toMatchObject([{ room: `@${ann}`, body: b64('typo') }]),
    );
    await expect(b.control.call('room.delete', { room: `@${ann}`, seq: 1 })).rejects.toMatchObject({
      code: 'control.forbidden',
    });
    await expect(
      b.control.call('room.changes', { room: `@${ann}`, after: 0, limit: 1 }),
    ).resolves.toMatchObject({
      messages: [{ room: `@${ann}`, revision: 1 }],
      revision: 1,
    });
    a.close();
    b.close();
  });

  it('survives a restart, as an answer does that names what it answers', async () => {
    const own = await startStation();
    const key = makeKey();
    const ann = await joinAs(own.station, 'ann', 'lobby', key);
    await post(ann, 'lobby', 'question');
    await post(ann, 'lobby', 'answer', { replyTo: 1 });
    await edit(ann, 'lobby', 2, 'better answer');
    await ann.control.call('room.read', { room: 'lobby', seq: 2 });
    await own.station.close();
    const again = await Station.open({
      host: '127.0.0.1',
      port: 0,
      dataDir: `${own.dir}/data`,
      authorizedKeys: `${own.dir}/authorized_keys`,
      open: true,
      name: 'test',
      log: silentLog,
    });
    const back = await connectRaw(again, 'ann', key);
    await back.hello();
    const joined = await back.control.call('room.join', { room: 'lobby' });
    expect(joined).toMatchObject({ lastSeq: 2, revision: 1, readUpTo: 2 });
    const { messages } = await back.control.call('room.history', { room: 'lobby', limit: 2 });
    expect(messages[1]).toMatchObject({ replyTo: 1, body: b64('better answer'), revision: 1 });
    await again.close();
    await own.close();
  });
});

describe('search', () => {
  it('finds words in rooms and own conversations, newest first, page by page, and nothing of others', async () => {
    const room = fresh('room');
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const a = await joinAs(test.station, ann, room);
    const b = await member(bob);
    const eve = await member(fresh('eve'));
    const marker = fresh('zebra');
    for (let n = 0; n < 5; n++) await post(a, room, `${marker} number ${n}`);
    await post(a, `@${bob}`, `${marker} in secret`);
    const find = (client: RawClient, more: object = {}) =>
      client.control.call('room.search', { query: marker.toUpperCase(), limit: 3, ...more });
    const first = await find(b);
    expect(first.messages.map((message) => [message.room, words(message)])).toEqual([
      [`@${ann}`, `${marker} in secret`],
      [room, `${marker} number 4`],
      [room, `${marker} number 3`],
    ]);
    expect(first.more).toBe(true);
    const second = await find(b, { before: first.next });
    expect(second.messages.map(words)).toEqual([2, 1, 0].map((n) => `${marker} number ${n}`));
    expect(second.more).toBe(false);
    expect((await find(eve, { limit: 64 })).messages).toHaveLength(5);
    expect((await find(eve, { limit: 64, room })).messages).toHaveLength(5);
    expect((await find(a, { room: `@${bob}` })).messages.map(words)).toEqual([`${marker} in secret`]);
    expect((await find(eve, { room: `@${bob}` })).messages).toEqual([]);

    await edit(a, room, 1, 'something else');
    await a.control.call('room.delete', { room, seq: 2 });
    expect((await find(a, { room, limit: 64 })).messages).toHaveLength(3);
    for (const client of [a, b, eve]) client.close();
  });

  it('takes anything that somebody types', async () => {
    const a = await member(fresh('ann'));
    for (const query of ['', '"', 'zzopen', 'a AND (', 'text:', '*', '😀', `${'x '.repeat(128)}`]) {
      await expect(a.control.call('room.search', { query, limit: 1 })).resolves.toMatchObject({
        messages: [],
      });
    }
    await expect(a.control.call('room.search', { query: 'x'.repeat(300), limit: 1 })).rejects.toMatchObject({
      code: 'control.invalid-params',
    });
    a.close();
  });
});

describe('a read marker', () => {
  it('is one for all clients of a key, and never goes back or beyond the last message', async () => {
    const room = fresh('room');
    const key = makeKey();
    const name = fresh('ann');
    const one = await joinAs(test.station, name, room, key);
    const two = await joinAs(test.station, name, room, key);
    const bob = await joinAs(test.station, fresh('bob'), room);
    for (let n = 0; n < 4; n++) await post(bob, room, `${n}`);
    const read = (client: RawClient, seq: number) => client.control.call('room.read', { room, seq });
    await expect(read(one, 3)).resolves.toEqual({ readUpTo: 3 });
    await expect(read(two, 2)).resolves.toEqual({ readUpTo: 3 });
    await expect(read(two, 99)).resolves.toEqual({ readUpTo: 4 });
    await eventually(() => expect(heard(two, 'room.read')).toEqual([{ room, seq: 3 }]));
    await eventually(() => expect(heard(one, 'room.read')).toEqual([{ room, seq: 4 }]));
    expect(heard(bob, 'room.read')).toEqual([]);
    await expect(one.control.call('room.join', { room })).resolves.toMatchObject({ readUpTo: 4 });
    await expect(bob.control.call('room.join', { room })).resolves.toMatchObject({ readUpTo: 0 });
    for (const client of [one, two, bob]) client.close();
  });

  it('stands in a conversation too', async () => {
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const a = await member(ann);
    const b = await member(bob);
    await expect(b.control.call('room.read', { room: `@${ann}`, seq: 1 })).resolves.toEqual({ readUpTo: 0 });
    await post(a, `@${bob}`, 'hello');
    await b.control.call('room.read', { room: `@${ann}`, seq: 1 });
    const { conversations } = await b.control.call('direct.list', { limit: 1 });
    expect(conversations).toMatchObject([{ room: `@${ann}`, readUpTo: 1, lastSeq: 1 }]);
    a.close();
    b.close();
  });
});

describe('a topic', () => {
  it('is told, kept, and listed', async () => {
    const room = fresh('room');
    const ann = await joinAs(test.station, fresh('ann'), room);
    const topic = 'what we talk about \u{1F409}';
    await ann.control.call('room.topic', { room, topic });
    await eventually(() => expect(heard(ann, 'room.topic')).toMatchObject([{ room, topic }]));
    await expect(ann.control.call('room.join', { room })).resolves.toMatchObject({ topic });
    const { rooms } = await ann.control.call('room.list', { limit: 256 });
    expect(rooms).toContainEqual(expect.objectContaining({ room, topic }));
    const other = fresh('room');
    await expect(ann.control.call('room.topic', { room: other, topic })).rejects.toMatchObject({
      code: 'control.not-in-room',
    });
    await expect(ann.control.call('room.topic', { room, topic: 'x'.repeat(251) })).rejects.toMatchObject({
      code: 'control.invalid-params',
    });
    ann.close();
  });
});

describe('people', () => {
  it('are away under all their connections until they are back or gone', async () => {
    const room = fresh('room');
    const key = makeKey();
    const name = fresh('ann');
    const one = await joinAs(test.station, name, room, key);
    const two = await connectRaw(test.station, name, key);
    await two.hello();
    const bob = await joinAs(test.station, fresh('bob'), room);
    await two.control.call('member.away', { text: 'lunch' });
    await eventually(() => expect(heard(bob, 'member.away')).toMatchObject([{ name, text: 'lunch' }]));
    await expect(bob.control.call('member.whois', { name })).resolves.toMatchObject({
      away: 'lunch',
      online: true,
    });
    const { members } = await bob.control.call('room.who', { room });
    expect(members).toContainEqual(expect.objectContaining({ name, away: 'lunch' }));
    await one.control.call('member.away', { text: null });
    await eventually(() => expect(heard(bob, 'member.away').at(-1)).toMatchObject({ name, text: null }));
    await one.control.call('member.away', { text: 'gone' });
    one.control.notify({ method: 'bye', params: {} });
    two.control.notify({ method: 'bye', params: {} });
    await eventually(() => expect(one.closed && two.closed).toBe(true));
    await expect(bob.control.call('member.whois', { name })).resolves.toMatchObject({
      away: null,
      online: false,
    });
    bob.close();
  });

  it('take another name, which is theirs from then on', async () => {
    const room = fresh('room');
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const a = await joinAs(test.station, ann, room);
    const b = await joinAs(test.station, bob, room);
    await expect(b.control.call('member.nick', { name: ann })).rejects.toMatchObject({
      code: 'control.name-taken',
    });
    await expect(b.control.call('member.nick', { name: 'echo' })).rejects.toMatchObject({
      code: 'control.name-taken',
    });
    const to = fresh('robert');
    await expect(b.control.call('member.nick', { name: to })).resolves.toEqual({ name: to });
    await eventually(() => expect(heard(a, 'member.renamed')).toMatchObject([{ from: bob, to }]));
    await post(b, room, 'hello');
    await eventually(() => expect(heard(a, 'room.message')).toMatchObject([{ from: to }]));
    const { members } = await a.control.call('room.who', { room });
    expect(members.map(({ name }) => name).sort()).toEqual([ann, to].sort());
    await expect(a.control.call('member.nick', { name: bob })).rejects.toMatchObject({
      code: 'control.name-taken',
    });
    a.close();
    b.close();
  });

  it('are known by name, key and the rooms in common', async () => {
    const room = fresh('room');
    const key = makeKey();
    const name = fresh('Ann');
    const ann = await joinAs(test.station, name, room, key);
    await ann.control.call('room.join', { room: fresh('hers') });
    const bob = await joinAs(test.station, fresh('bob'), room);
    const answer = await bob.control.call('member.whois', { name: name.toUpperCase() });
    expect(answer).toMatchObject({
      name,
      names: [name],
      online: true,
      away: null,
      role: 'member',
      rooms: [room],
    });
    expect(answer).toMatchObject({ rttMs: null });
    ann.control.notify({ method: 'rtt', params: { ms: 12.5 } });
    await eventually(async () => {
      await expect(bob.control.call('member.whois', { name })).resolves.toMatchObject({ rttMs: 12.5 });
    });
    expect(answer.key).toMatch(/^SHA256:/);
    expect(Math.abs(answer.since - Date.now())).toBeLessThan(60_000);
    ann.close();
    bob.close();
  });
});

it('lists rooms in pages that hold each once', async () => {
  const ann = await member(fresh('ann'));
  const seen: string[] = [];
  for (let more = true; more; ) {
    const page = await ann.control.call('room.list', { limit: 3, skip: seen.length });
    seen.push(...page.rooms.map(({ room }) => room));
    more = page.more ?? false;
  }
  expect(new Set(seen).size).toBe(seen.length);
  const all = await ann.control.call('room.list', {});
  expect(seen).toEqual(all.rooms.map(({ room }) => room));
  ann.close();
});
