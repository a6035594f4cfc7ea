/** Text as people meet it: clients of a station in memory. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import type { Line } from '../../src/session/state.ts';
import { TEXT_SETTINGS } from '../../src/session/text.ts';
import { ClientStore } from '../../src/store/client.ts';
import { type FakeClient, FakeStation, settled } from '../fakes/text-station.ts';

let station: FakeStation;

beforeEach(() => {
  station = new FakeStation();
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const client of station.clients) client.close();
});

async function online(name: string, options: Parameters<FakeStation['client']>[1] = {}): Promise<FakeClient> {
  const client = station.client(name, options);
  await client.online();
  await settled();
  return client;
}

const last = (client: FakeClient, room = 'lobby'): Line | undefined => client.room(room).lines.at(-1);

describe('conversations', () => {
  test('are opened by /msg, and open by themselves at the other end, unread', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    await ann.do({ do: 'msg', name: '@bob', text: 'hi bob' });
    await settled();
    expect(ann.live.now.current).toBe('@bob');
    expect(ann.texts('@bob')).toEqual(['hi bob']);
    expect(ann.room('@bob')).toMatchObject({
      kind: 'direct',
      joined: true,
      peer: { name: 'bob', key: 'Kbob' },
    });
    expect(bob.live.now.current).toBe('lobby');
    expect(bob.texts('@ann')).toEqual(['hi bob']);
    expect(bob.room('@ann')).toMatchObject({ unread: 1, mentions: 1, peer: { name: 'ann' } });
    await bob.text.membership.show('@ann');
    expect(bob.room('@ann')).toMatchObject({ unread: 0, mentions: 0, readTo: 0, marker: 1 });
    expect(bob.live.now.voiceRoom).toBe('lobby');
  });

  test('of the time away are there when one comes back', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    bob.offline();
    await ann.do({ do: 'msg', name: 'bob', text: 'one' });
    ann.post('two', '@bob');
    await settled();
    await bob.online();
    await settled();
    expect(bob.texts('@ann')).toEqual(['one', 'two']);
    expect(bob.room('@ann').unread).toBe(2);
  });

  test('go on after a restart, offline from the store, and are left without a word to the station', async () => {
    const ann = await online('ann');
    await online('bob');
    await ann.do({ do: 'msg', name: 'bob', text: 'kept' });
    await settled();
    ann.offline();
    ann.text.close();
    const again = station.client('ann', { store: ann.store });
    expect(again.texts('@bob')).toEqual(['kept']);
    await again.do({ do: 'msg', name: 'BOB', text: 'later' });
    expect(last(again, '@bob')).toMatchObject({ text: 'later', state: 'pending' });
    await expect(again.do({ do: 'msg', name: 'eve', text: 'x' })).rejects.toMatchObject({
      code: 'control.unreachable',
    });
    await again.online();
    await settled();
    expect(last(again, '@bob')).toMatchObject({ text: 'later', state: 'sent', seq: 2 });
    await again.text.membership.leave('@bob');
    expect(again.live.now.rooms.map(({ name }) => name)).toEqual(['lobby']);
    expect(station.asked).not.toContain('room.leave');
  });
});

test('what was written before the first connection outlives us, and is sent once', async () => {
  const ann = station.client('ann');
  ann.post('nobody is there yet');
  await settled();
  expect(last(ann, 'lobby')).toMatchObject({ text: 'nobody is there yet', state: 'pending' });
  ann.text.close();
  const again = station.client('ann', { store: ann.store });
  expect(last(again, 'lobby')).toMatchObject({ text: 'nobody is there yet', state: 'pending' });
  await again.online();
  await settled();
  expect(last(again, 'lobby')).toMatchObject({ text: 'nobody is there yet', state: 'sent', seq: 1 });
  again.offline();
  again.text.close();
  const third = station.client('ann', { store: ann.store });
  await third.online();
  await settled();
  expect(station.place('lobby').messages).toHaveLength(1);
});

describe('a station that says what nobody asked for', () => {
  test('opens no more conversations than somebody can have, and says so once', async () => {
    const ann = await online('ann');
    for (let n = 0; n < 80; n++) station.said(`@ann@m${n}`, `m${n}`, 'buy this');
    await settled();
    expect(ann.live.now.rooms).toHaveLength(65);
    expect(ann.notices().filter((text) => text.includes('open already'))).toHaveLength(1);
    expect(ann.live.now.current).toBe('lobby');
  });

  test('makes no rooms with changes, markers, topics and members of others', async () => {
    const ann = await online('ann');
    const message = {
      ...station.place('lobby').messages[0],
      room: 'den',
      seq: 1,
      id: 'x',
      from: 'bob',
      at: 1,
      type: 't',
      body: '',
    };
    ann.send({ method: 'room.changed', params: { ...message, revision: 5 } });
    ann.send({ method: 'room.message', params: message });
    ann.send({ method: 'room.read', params: { room: 'den', seq: 4 } });
    ann.send({ method: 'room.topic', params: { room: 'den', topic: 'x', by: 'bob', at: 1 } });
    ann.send({
      method: 'room.joined',
      params: { room: 'den', member: { id: 9, name: 'bob', talking: false } },
    });
    await settled();
    expect(ann.live.now.rooms.map(({ name }) => name)).toEqual(['lobby']);
    expect(ann.notices()).toEqual([]);
  });
});

describe('what was said', () => {
  test('is edited and deleted by its writer, for everybody, with quotes of it', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    ann.post('first');
    ann.post('secnd');
    await settled();
    await bob.do({ do: 'reply', room: 'lobby', text: 'yes' });
    await settled();
    expect(last(ann)).toMatchObject({ replyTo: 2, quote: { from: 'ann', text: 'secnd' }, from: 'bob' });
    await ann.do({ do: 'edit', room: 'lobby', text: 'second' });
    await settled();
    for (const client of [ann, bob]) {
      expect(client.texts()).toEqual(['first', 'second', 'yes']);
      expect(client.room().lines[1]).toMatchObject({ edited: expect.any(Number) });
      expect(last(client)).toMatchObject({ quote: { text: 'second' } });
    }
    await ann.do({ do: 'delete', room: 'lobby' });
    await ann.do({ do: 'delete', room: 'lobby' });
    await settled();
    for (const client of [ann, bob]) expect(client.texts()).toEqual(['-', '-', 'yes']);
    await expect(ann.do({ do: 'delete', room: 'lobby' })).rejects.toMatchObject({ code: 'usage.invalid' });
    expect(bob.store.search(null, 'second', 5)).toEqual([]);
  });

  test('while away is read with the changes, also of what was kept long ago', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    ann.post('one');
    ann.post('two');
    await settled();
    bob.offline();
    await ann.do({ do: 'edit', room: 'lobby', text: 'TWO' });
    await ann.do({ do: 'delete', room: 'lobby', which: { seq: 1 } });
    ann.post('three');
    await settled();
    expect(bob.texts()).toEqual(['one', 'two']);
    await bob.online();
    await settled();
    expect(bob.texts()).toEqual(['-', 'TWO', 'three']);
    bob.text.close();
    const again = station.client('bob', { store: bob.store });
    expect(again.texts()).toEqual(['-', 'TWO', 'three']);
  });

  test('and waits is changed and taken back before it is sent', async () => {
    const ann = await online('ann');
    ann.offline();
    ann.post('oen');
    ann.post('two');
    await ann.do({ do: 'edit', room: 'lobby', text: 'TWO' });
    expect(ann.texts()).toEqual(['oen', 'TWO']);
    expect(ann.live.now.text.unsent).toBe(2);
    await ann.do({ do: 'delete', room: 'lobby' });
    await ann.do({ do: 'edit', room: 'lobby', text: 'one' });
    await ann.online();
    await settled();
    expect(station.place('lobby').messages.map(({ body }) => Buffer.from(body, 'base64').toString())).toEqual(
      ['one'],
    );
    expect(ann.live.now.text.unsent).toBe(0);
  });

  test('has the time of the station, whatever the clock here says', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    vi.spyOn(Date, 'now').mockReturnValue(99_000_000_000_000);
    ann.offline();
    ann.post('from the future');
    expect(last(ann)).toMatchObject({ at: 99_000_000_000_000, state: 'pending' });
    bob.post('said before');
    await ann.online();
    await settled();
    for (const client of [ann, bob]) expect(client.texts()).toEqual(['said before', 'from the future']);
    expect(last(ann)).toMatchObject({ at: station.now });
  });

  test('with /me says what somebody does', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    ann.text.chat.post('lobby', 'waves', { action: true });
    await settled();
    for (const client of [ann, bob]) expect(last(client)).toMatchObject({ text: 'waves', action: true });
  });

  test('in a room that was left waits there, and holds nothing else up', async () => {
    const ann = await online('ann', { rooms: ['lobby', 'den'] });
    ann.offline();
    ann.post('for the den', 'den');
    ann.text.close();
    ann.store.setRooms('SHA256:station', ['lobby']);
    const again = station.client('ann', { store: ann.store, rooms: ['lobby'] });
    await again.online();
    await settled();
    again.post('for the lobby');
    await settled();
    expect(again.texts()).toEqual(['for the lobby']);
    expect(again.live.now.text.unsent).toBe(1);
    expect(again.live.now.rooms.map(({ name }) => name)).toEqual(['lobby']);
    await again.text.membership.join('den');
    await settled();
    expect(again.texts('den')).toEqual(['for the den']);
    expect(again.live.now.text.unsent).toBe(0);
  });

  test('by others is deleted by whom the station lets', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    bob.post('spam');
    await settled();
    await expect(ann.do({ do: 'delete', room: 'lobby', which: { seq: 1 } })).rejects.toMatchObject({
      code: 'control.forbidden',
    });
    await bob.do({ do: 'delete', room: 'lobby', which: { seq: 1 } });
    await settled();
    expect(ann.texts()).toEqual(['-']);
  });

  test('and the station refuses for good stays where it was, marked', async () => {
    const ann = await online('ann');
    station.refuse.set('room.post', new VoiptermError('control.forbidden', 'guests only read here'));
    ann.post('hello');
    await settled();
    expect(ann.room().lines.find(({ kind }) => kind === 'message')).toMatchObject({
      state: 'refused',
      text: 'hello',
    });
    expect(ann.unsent).toEqual(['hello']);
    expect(ann.store.outboxList('SHA256:station')).toEqual([]);
  });
});

describe('reading', () => {
  test('begins where one first comes in, is counted elsewhere, and is seen where one looks', async () => {
    station.said('den', 'old', 'a', 'b', 'c');
    const ann = await online('ann', { rooms: ['lobby', 'den'] });
    const bob = await online('bob', { rooms: ['lobby', 'den'] });
    expect(ann.room('den')).toMatchObject({ unread: 0, marker: 3 });
    bob.post('d', 'den');
    bob.post('ann: e', 'den');
    bob.post('here');
    await settled();
    expect(ann.room('den')).toMatchObject({ unread: 2, mentions: 1, marker: 3, readTo: 3 });
    expect(ann.room('lobby')).toMatchObject({ unread: 0, marker: 1, readTo: 1 });
    await ann.text.membership.show('den');
    expect(ann.room('den')).toMatchObject({ unread: 0, mentions: 0, marker: 5, readTo: 3 });
    ann.post('f', 'den');
    await settled();
    expect(ann.room('den')).toMatchObject({ marker: 6, readTo: 6 });
  });

  test('needs somebody who looks', async () => {
    const ann = await online('ann');
    const bob = await online('bob');
    ann.live.apply({ kind: 'text', change: { attentive: false } });
    bob.post('one');
    bob.post('two');
    await settled();
    expect(ann.room()).toMatchObject({ unread: 2, marker: 0 });
    ann.live.apply({ kind: 'text', change: { attentive: true } });
    expect(ann.room()).toMatchObject({ unread: 0, marker: 2, readTo: 0 });
  });

  test('agrees between two clients of one person, and survives a restart', async () => {
    const desk = await online('ann', { rooms: ['lobby', 'den'] });
    const lap = await online('ann', { rooms: ['lobby', 'den'] });
    const bob = await online('bob', { rooms: ['lobby', 'den'] });
    for (const text of ['a', 'b', 'c']) bob.post(text, 'den');
    await settled();
    expect([desk.room('den').unread, lap.room('den').unread]).toEqual([3, 3]);
    await desk.text.membership.show('den');
    await vi.waitFor(() => expect(lap.room('den')).toMatchObject({ unread: 0, marker: 3, readTo: 3 }));
    // Read while the link is down is told when it is up again.
    bob.post('d', 'den');
    await settled();
    lap.offline();
    await lap.text.membership.show('den');
    bob.post('e', 'den');
    await settled();
    desk.text.close();
    const again = station.client('ann', { store: desk.store, rooms: ['lobby', 'den'] });
    expect(again.room('den')).toMatchObject({ marker: 5, unread: 0 });
    await lap.online();
    await settled();
    expect(lap.room('den')).toMatchObject({ marker: 5, unread: 0 });
    await vi.waitFor(() => expect(station.place('den').read.get('ann')).toBe(5));
  });

  test('of more than is held in lines is counted from the store', async () => {
    const ann = await online('ann', { rooms: ['lobby', 'den'] });
    station.said('den', 'bob', ...Array.from({ length: 300 }, (_, n) => `m${n}`));
    await settled();
    expect(ann.room('den').unread).toBe(300);
    ann.text.close();
    const again = station.client('ann', { store: ann.store, rooms: ['lobby', 'den'] });
    expect(again.room('den')).toMatchObject({ unread: 300, marker: 0 });
    expect(again.room('den').lines).toHaveLength(200);
    await again.text.membership.show('den');
    expect(again.room('den')).toMatchObject({ unread: 0, marker: 300, readTo: 0 });
  });
});

describe('a long room', () => {
  const COUNT = 2500;
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `m${from + n}`);

  test('is read to its first message and back without a jump, with bounded memory', async () => {
    station.said('lobby', 'bob', ...range(1, COUNT));
    const ann = await online('ann');
    expect(ann.texts().at(-1)).toBe(`m${COUNT}`);
    for (let step = 0; ann.room().older; step++) {
      expect(step).toBeLessThan(COUNT);
      const first = ann.texts()[0];
      await ann.do({ do: 'older', room: 'lobby' });
      expect(ann.room().lines.length).toBeLessThanOrEqual(1000);
      expect(ann.texts()).toContain(first);
    }
    expect(ann.texts().slice(0, 3)).toEqual(['m1', 'm2', 'm3']);
    expect(ann.room()).toMatchObject({ newer: true, older: false });
    // What is said meanwhile does not tear a hole, and is found at the end.
    station.said('lobby', 'bob', 'now');
    await settled();
    expect(ann.texts()).not.toContain('now');
    for (let step = 0; ann.room().newer; step++) {
      expect(step).toBeLessThan(COUNT);
      await ann.do({ do: 'newer', room: 'lobby' });
    }
    expect(ann.texts()).toEqual([...range(COUNT - 998, COUNT), 'now']);
    const asked = station.asked.length;
    await ann.do({ do: 'older', room: 'lobby' });
    expect(station.asked.length).toBe(asked); // the store has it now
  });

  test('that is kept of another time goes on before what is new', async () => {
    station.said('lobby', 'bob', ...range(1, 30));
    const ann = await online('ann');
    ann.text.close();
    station.said('lobby', 'bob', ...range(31, 40));
    // The same station by another name: what is kept of it is known once it is reached.
    const again = station.client('anna', { store: ann.store });
    await again.online();
    await settled();
    expect([again.texts()[0], again.room().older]).toEqual(['m31', true]);
    await again.do({ do: 'older', room: 'lobby' });
    expect([again.texts(), again.room().older]).toEqual([range(1, 40), false]);
  });

  test('is read offline as far as it is kept, and says so', async () => {
    station.said('lobby', 'bob', ...range(1, 100));
    const ann = await online('ann');
    await ann.do({ do: 'older', room: 'lobby' });
    station.said('lobby', 'bob', ...range(101, 300));
    await settled();
    ann.offline();
    ann.text.close();
    const again = station.client('ann', { store: ann.store });
    expect(again.texts()).toEqual(range(101, 300));
    await again.do({ do: 'older', room: 'lobby' });
    expect(again.texts()[0]).toBe('m1');
    expect(again.room().older).toBe(false);
  });

  test('comes back to the newest when one writes, with what waits', async () => {
    station.said('lobby', 'bob', ...range(1, COUNT));
    const ann = await online('ann');
    while (!ann.room().newer) await ann.do({ do: 'older', room: 'lobby' });
    ann.offline();
    ann.post('waiting');
    await settled();
    expect(ann.room().newer).toBe(false);
    expect(ann.texts().slice(-2)).toEqual([`m${COUNT}`, 'waiting']);
  });

  test('is searched, and shown around what was found', async () => {
    station.said('lobby', 'bob', ...range(1, 1200), 'the green tea', ...range(1202, COUNT));
    const ann = await online('ann');
    await ann.do({ do: 'search', query: 'green tea', room: null });
    await settled();
    expect(ann.live.now.text.search).toMatchObject({
      busy: false,
      more: false,
      results: [{ room: 'lobby', seq: 1201 }],
    });
    await ann.do({ do: 'jump', room: 'lobby', seq: 1201 });
    await settled();
    expect(ann.texts()).toContain('the green tea');
    expect(ann.room()).toMatchObject({ older: true, newer: true, jump: { seq: 1201, serial: 1 } });
    await ann.do({ do: 'newest', room: 'lobby' });
    expect(ann.texts().at(-1)).toBe(`m${COUNT}`);
    ann.offline();
    await ann.do({ do: 'search', query: 'tea', room: 'lobby' });
    expect(ann.live.now.text.search).toMatchObject({
      results: [{ seq: 1201 }],
      note: expect.stringContaining('not connected'),
    });
    await ann.do({ do: 'search-close' });
    expect(ann.live.now.text.search).toBeNull();
  });
});

describe('a disk that is full', () => {
  test('does not keep anybody from talking: the message waits in memory, and says so', async () => {
    const ann = await online('ann');
    const full = new VoiptermError('store.unwritable', 'Cannot use client.db: the disk is full.');
    const add = vi.spyOn(ClientStore.prototype, 'outboxAdd').mockImplementation(() => {
      throw full;
    });
    ann.offline();
    ann.post('one');
    ann.post('two');
    expect(ann.texts()).toEqual(['one', 'two']);
    expect(ann.notices().filter((text) => text.includes('waits in memory'))).toHaveLength(1);
    add.mockRestore();
    ann.post('three');
    expect(ann.store.outboxList('SHA256:station').map(({ body }) => Buffer.from(body).toString())).toEqual([
      'one',
      'two',
      'three',
    ]);
    await ann.online();
    await settled();
    expect(station.place('lobby').messages).toHaveLength(3);
  });

  test('at the station leaves it in the outbox until there is room', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const ann = await online('ann');
      station.refuse.set('room.post', new VoiptermError('control.storage', 'the disk is full'));
      ann.post('one');
      await settled();
      expect(ann.live.now.text.unsent).toBe(1);
      expect(ann.notices().at(-1)).toContain('not delivered yet: the disk is full');
      station.refuse.clear();
      await vi.advanceTimersByTimeAsync(1500);
      await settled();
      expect(last(ann)).toMatchObject({ state: 'sent', seq: 1 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('signs', () => {
  test('are given for mentions and conversations out of sight, not too often', async () => {
    const ann = await online('ann', {
      rooms: ['lobby', 'den'],
      settings: { ...TEXT_SETTINGS, highlight: 'tea' },
    });
    const bob = await online('bob', { rooms: ['lobby', 'den'] });
    const now = vi.spyOn(Date, 'now').mockReturnValue(10_000);
    bob.post('Ann, here?');
    bob.post('nothing', 'den');
    await settled();
    expect(ann.live.now.text.alert).toBeNull();
    bob.post('who wants TEA?', 'den');
    await settled();
    expect(ann.live.now.text.alert).toMatchObject({
      serial: 1,
      room: 'den',
      title: 'bob in #den',
      text: 'who wants TEA?',
      why: 'mention',
    });
    await bob.do({ do: 'msg', name: 'ann', text: 'psst' });
    await settled();
    expect(ann.live.now.text.alert?.serial).toBe(1);
    now.mockReturnValue(20_000);
    bob.post('psst!', '@ann');
    await settled();
    expect(ann.live.now.text.alert).toMatchObject({ serial: 2, room: '@bob', title: 'bob', why: 'direct' });
  });
});
