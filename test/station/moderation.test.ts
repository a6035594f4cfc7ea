/** Roles, private rooms, silences and slow mode at a real station, as clients meet them. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StationNotification } from '../../src/net/control/schema.ts';
import { OPERATOR } from '../../src/station/moderation.ts';
import { moderationHandlers } from '../../src/station/moderation-handlers.ts';
import {
  connectRaw,
  eventually,
  joinAs,
  makeKey,
  openDatagrams,
  type RawClient,
  startStation,
  type TestStation,
  voiceFrame,
} from './raw-client.ts';

let test: TestStation;
const open: Array<{ close(): void }> = [];

beforeEach(async () => {
  test = await startStation({ rooms: ['lobby'], forwarding: { forward: ['127.0.0.1:9/udp'], listen: [] } });
});
afterEach(async () => {
  for (const thing of open.splice(0)) thing.close();
  await test.close();
});

const operator = () => moderationHandlers(test.station.lobby, () => OPERATOR);

type Member = RawClient & { id: number; key: string };

async function join(name: string, room = 'lobby'): Promise<Member> {
  const client = await joinAs(test.station, name, room);
  open.push(client);
  return Object.assign(client, { key: test.station.lobby.keyOf(client.id) });
}

/** A member with a role at the station. */
async function ranked(name: string, role: 'guest' | 'moderator' | 'owner'): Promise<Member> {
  const member = await join(name);
  await operator()['moderate.role']({ room: null, who: name, role });
  return member;
}

function post(client: RawClient, room = 'lobby', id: string = randomUUID()) {
  const body = Buffer.from('hello').toString('base64');
  return client.control.call('room.post', { room, id, type: 'text/plain', body });
}

const forbidden = { code: 'control.forbidden' };
type Params<M> = Extract<StationNotification, { method: M }>['params'];
function heard<M extends StationNotification['method']>(client: RawClient, method: M): Params<M>[] {
  return client.notifications.filter((one) => one.method === method).map(({ params }) => params as Params<M>);
}

describe('a private room', () => {
  it('is neither listed, entered, read, searched nor told to those who are not in it', async () => {
    const ann = await join('ann', 'plans');
    const eve = await join('eve');
    await post(ann, 'plans');
    await ann.control.call('room.configure', { room: 'plans', change: { private: true } }); // she made it
    const listed = await eve.control.call('room.list', {});
    expect(listed.rooms.map(({ room }) => room)).not.toContain('plans');
    for (const attempt of [
      eve.control.call('room.join', { room: 'plans' }),
      eve.control.call('room.who', { room: 'plans' }),
      eve.control.call('room.history', { room: 'plans', limit: 1 }),
      eve.control.call('room.changes', { room: 'plans', after: 0, limit: 1 }),
      eve.control.call('room.search', { query: 'hello', room: 'plans', limit: 1 }),
      eve.control.call('room.info', { room: 'plans' }),
      eve.control.call('room.read', { room: 'plans', seq: 1 }),
    ]) {
      await expect(attempt).rejects.toMatchObject(forbidden);
    }
    const everywhere = await eve.control.call('room.search', { query: 'hello', limit: 10 });
    expect(everywhere.messages).toEqual([]);
    await expect(eve.control.call('voice.room', { room: 'plans' })).rejects.toMatchObject({
      code: 'control.not-in-room',
    });
    const mine = await ann.control.call('room.search', { query: 'hello', limit: 10 });
    expect(mine.messages).toHaveLength(1);
  });

  it('lets in whom somebody in it names, and keeps those who were there when it was closed', async () => {
    const ann = await join('ann', 'plans');
    const bob = await join('bob', 'plans');
    const eve = await join('eve');
    await ann.control.call('room.configure', { room: 'plans', change: { private: true } });
    await expect(post(bob, 'plans')).resolves.toMatchObject({ seq: 1 });
    await expect(
      bob.control.call('moderate.role', { room: 'plans', who: 'eve', role: 'member' }),
    ).rejects.toMatchObject(forbidden);
    await ann.control.call('moderate.role', { room: 'plans', who: '@eve', role: 'member' });
    await expect(eve.control.call('room.join', { room: 'plans' })).resolves.toMatchObject({ lastSeq: 1 });
    await ann.control.call('moderate.role', { room: 'plans', who: 'eve', role: null });
    await eventually(() => expect(heard(eve, 'room.removed')).toMatchObject([{ room: 'plans' }]));
    expect(test.station.lobby.rooms.idsIn('plans')).not.toContain(eve.id);
  });

  it('is open to owners of the station, and not to its moderators', async () => {
    const ann = await join('ann', 'plans');
    await ann.control.call('room.configure', { room: 'plans', change: { private: true } });
    const mod = await ranked('mod', 'moderator');
    const owner = await ranked('owner', 'owner');
    await expect(mod.control.call('room.join', { room: 'plans' })).rejects.toMatchObject(forbidden);
    await expect(owner.control.call('room.join', { room: 'plans' })).resolves.toMatchObject({
      room: 'plans',
    });
  });
});

describe('roles', () => {
  it('belong to who makes a room, from its first message on, and not to who enters one that is there', async () => {
    const ann = await join('ann', 'new');
    const bob = await join('bob', 'new');
    await post(ann, 'new');
    await expect(ann.control.call('room.info', { room: 'new' })).resolves.toMatchObject({ role: 'owner' });
    await expect(bob.control.call('room.info', { room: 'new' })).resolves.toMatchObject({ role: 'member' });
    await expect(
      bob.control.call('room.configure', { room: 'new', change: { slowS: 1 } }),
    ).rejects.toMatchObject(forbidden);
    await expect(
      bob.control.call('moderate.role', { room: 'new', who: 'bob', role: 'owner' }),
    ).rejects.toMatchObject(forbidden);
    expect(test.station.lobby.options.store.people.roomRoles()).toEqual([
      { room: 'new', fingerprint: ann.key, role: 'owner' },
    ]);
  });

  it('guests make no rooms, and moderators do nothing to those as high as themselves', async () => {
    const guest = await ranked('guest', 'guest');
    await expect(guest.control.call('room.join', { room: 'mine' })).rejects.toMatchObject(forbidden);
    const mod = await ranked('mod', 'moderator');
    const other = await ranked('other', 'moderator');
    const owner = await ranked('owner', 'owner');
    for (const who of ['other', 'owner', 'mod']) {
      await expect(mod.control.call('moderate.kick', { room: null, who })).rejects.toMatchObject(forbidden);
      await expect(mod.control.call('moderate.ban', { room: 'lobby', who })).rejects.toMatchObject(forbidden);
    }
    await expect(
      mod.control.call('moderate.role', { room: null, who: 'guest', role: 'moderator' }),
    ).rejects.toMatchObject(forbidden);
    await mod.control.call('moderate.role', { room: null, who: 'guest', role: 'member' });
    await owner.control.call('moderate.kick', { room: null, who: 'other', reason: 'why not' });
    await eventually(() => expect(other.closed).toBe(true));
    expect(heard(other, 'removed')).toMatchObject([
      { code: 'control.kicked', text: expect.stringContaining('why not') },
    ]);
  });

  it('decide who forwards what the operator listed', async () => {
    const ask = { kind: 'udp', host: '127.0.0.1', port: 9 } as const;
    const ann = await join('ann');
    await expect(ann.control.call('forward.open', ask)).resolves.toMatchObject({ forward: 1 });
    const guest = await ranked('guest', 'guest');
    await expect(guest.control.call('forward.open', ask)).rejects.toMatchObject({
      code: 'forward.refused',
      message: expect.stringContaining('your role'),
    });
  });

  it('show in the lists of members and are told to all', async () => {
    const ann = await join('ann');
    const mod = await ranked('mod', 'moderator');
    await eventually(() =>
      expect(heard(ann, 'room.moderated')).toMatchObject([{ what: 'role', name: 'mod' }]),
    );
    const { members } = await ann.control.call('room.who', { room: 'lobby' });
    expect(members.map(({ name, role }) => [name, role])).toEqual([
      ['ann', undefined],
      ['mod', 'moderator'],
    ]);
    await expect(ann.control.call('member.whois', { name: 'mod' })).resolves.toMatchObject({
      role: 'moderator',
    });
    await mod.control.call('room.delete', { room: 'lobby', seq: (await post(ann)).seq });
    await expect(
      ann.control.call('room.delete', { room: 'lobby', seq: (await post(mod)).seq }),
    ).rejects.toMatchObject(forbidden);
  });

  it('of the operator count for keys that he names, whatever is stored', async () => {
    const ann = await join('ann');
    const { lobby } = test.station;
    test.station.reconfigure({
      name: 'test',
      open: true,
      people: { owners: [ann.key], openRole: 'guest', rules: lobby.roles.options.rules },
    });
    const eve = await join('eve');
    expect(lobby.roles.atStation(eve.key)).toBe('guest');
    await expect(
      ann.control.call('moderate.role', { room: null, who: 'ann', role: 'guest' }),
    ).resolves.toBeDefined();
    expect(lobby.roles.atStation(ann.key)).toBe('owner');
  });
});

describe('a silence', () => {
  it('stops voice and text of its member in that room, says so, and ends', async () => {
    const mod = await ranked('mod', 'moderator');
    const bob = await join('bob');
    for (const member of [mod, bob]) await member.control.call('voice.room', { room: 'lobby' });
    const ears = await openDatagrams(test.station, mod);
    const mouth = await openDatagrams(test.station, bob);
    open.push(ears, mouth);
    mouth.say(voiceFrame(bob.id, 1));
    await eventually(() => expect(ears.heard).toHaveLength(1));

    await mod.control.call('moderate.mute', { room: 'lobby', who: 'bob', on: true, reason: 'music' });
    await expect(post(bob)).rejects.toMatchObject({
      ...forbidden,
      message: expect.stringContaining('music'),
    });
    bob.control.notify({ method: 'talk', params: { talking: true } });
    mouth.say(voiceFrame(bob.id, 2));
    await eventually(() => expect(test.station.counters().voiceSilenced).toBe(1));
    const { members } = await mod.control.call('room.who', { room: 'lobby' });
    expect(members.find(({ name }) => name === 'bob')).toMatchObject({ talking: false });
    // In another room it is as any other.
    await bob.control.call('room.join', { room: 'elsewhere' });
    await expect(post(bob, 'elsewhere')).resolves.toMatchObject({ seq: 1 });

    await mod.control.call('moderate.mute', { room: 'lobby', who: 'bob', on: false });
    mouth.say(voiceFrame(bob.id, 3));
    await eventually(() => expect(ears.heard).toHaveLength(2));
    await expect(post(bob)).resolves.toMatchObject({ seq: 1 });
  });

  it('lasts when its member leaves the room and comes back, with a new connection too', async () => {
    const mod = await ranked('mod', 'moderator');
    const key = makeKey();
    const bob = await joinAs(test.station, 'bob', 'lobby', key);
    open.push(bob);
    await mod.control.call('moderate.mute', { room: 'lobby', who: 'bob', on: true });
    bob.close();
    const again = await joinAs(test.station, 'bob', 'lobby', key);
    open.push(again);
    await expect(post(again)).rejects.toMatchObject(forbidden);
    expect(test.station.lobby.rooms.hushed.has(again.id, 'lobby', performance.now())).toBe(true);
  });
});

describe('the rules of a room', () => {
  it('slow mode says how long to wait, keeps nobody else waiting, and takes a resend', async () => {
    const mod = await ranked('mod', 'moderator');
    const ann = await join('ann');
    const bob = await join('bob');
    await mod.control.call('room.configure', { room: 'lobby', change: { slowS: 30 } });
    await post(ann);
    await expect(post(ann)).rejects.toMatchObject({
      code: 'control.limit',
      message: expect.stringMatching(/again in (30|29) seconds/),
    });
    await expect(post(bob)).resolves.toMatchObject({ seq: 2 });
    await post(mod);
    await expect(post(mod)).resolves.toMatchObject({ seq: 4 });
  });

  it('a bound on members holds for all but those who keep order', async () => {
    const owner = await ranked('owner', 'owner');
    await join('ann');
    await owner.control.call('room.configure', { room: 'lobby', change: { maxMembers: 2 } });
    const bob = await connectRaw(test.station, 'bob');
    open.push(bob);
    await bob.hello();
    await expect(bob.control.call('room.join', { room: 'lobby' })).rejects.toMatchObject({
      code: 'control.limit',
      message: expect.stringContaining('2 members'),
    });
    await operator()['moderate.role']({ room: 'lobby', who: 'bob', role: 'moderator' });
    await expect(bob.control.call('room.join', { room: 'lobby' })).resolves.toMatchObject({ room: 'lobby' });
  });

  it('a room where only some write is read by all', async () => {
    const owner = await ranked('owner', 'owner');
    const ann = await join('ann');
    await owner.control.call('room.configure', {
      room: 'lobby',
      change: { post: 'moderator', topic: 'owner' },
    });
    await expect(post(ann)).rejects.toMatchObject({
      ...forbidden,
      message: expect.stringContaining('Only moderators and above may write in #lobby'),
    });
    await expect(ann.control.call('room.topic', { room: 'lobby', topic: 'x' })).rejects.toMatchObject(
      forbidden,
    );
    await post(owner);
    const { messages } = await ann.control.call('room.history', { room: 'lobby', limit: 10 });
    expect(messages).toHaveLength(1);
  });
});

describe('bad input', () => {
  it.each([
    ['an escape sequence', 'x\u001b[2J'],
    ['a line end', 'x\ny'],
    ['a direction mark', 'x\u202ey'],
    ['something of no width', 'x\u200by'],
    ['too much', 'x'.repeat(201)],
  ])('a reason with %s is refused', async (_, reason) => {
    const mod = await ranked('mod', 'moderator');
    await join('bob');
    await expect(
      mod.control.call('moderate.kick', { room: 'lobby', who: 'bob', reason }),
    ).rejects.toMatchObject({
      code: 'control.invalid-params',
    });
  });

  it.each(['b\u200bob', 'b\u202eob', 'bоb', 'bob\u001b[m', '../bob', ''])(
    'no name but ASCII is a name: %j',
    async (name) => {
      const mod = await ranked('mod', 'moderator');
      await expect(mod.control.call('moderate.kick', { room: null, who: name })).rejects.toMatchObject({
        code: expect.stringMatching(/control\.(invalid-params|not-found)/),
      });
      const client = await connectRaw(test.station, name || '\u200b');
      open.push(client);
      await expect(client.hello()).rejects.toMatchObject({ code: 'control.invalid-params' });
    },
  );
});

describe('the audit log', () => {
  it('has what was done, by whom and to whom, page by page, and only for who may read it', async () => {
    const mod = await ranked('mod', 'moderator');
    const bob = await join('bob');
    await mod.control.call('moderate.mute', { room: 'lobby', who: 'bob', on: true, reason: 'music' });
    await mod.control.call('moderate.ban', { room: 'lobby', who: 'bob', seconds: 60 });
    await eventually(() => expect(heard(bob, 'room.removed')).toHaveLength(1));
    const first = await mod.control.call('audit.list', { room: 'lobby', limit: 1 });
    expect(first).toMatchObject({ more: true, entries: [{ action: 'ban', by: 'mod', target: 'bob' }] });
    const next = await mod.control.call('audit.list', {
      room: 'lobby',
      limit: 9,
      before: first.entries[0]!.id,
    });
    expect(next).toMatchObject({ more: false, entries: [{ action: 'silence', detail: 'music' }] });
    await expect(bob.control.call('audit.list', { room: null, limit: 1 })).rejects.toMatchObject(forbidden);
  });
});
