import { beforeEach, describe, expect, test } from 'vitest';
import type { Logger } from '../../src/log.ts';
import type { Chat } from '../../src/session/chat.ts';
import type { Caller } from '../../src/session/history.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { Membership } from '../../src/session/membership.ts';
import { initialState } from '../../src/session/reduce.ts';

const log = { info: () => undefined } as unknown as Logger;
const members = [{ id: 1, name: 'ann', talking: false }];

let live: LiveState;
let asked: string[];
let remembered: readonly string[];
let refuse: string | undefined;

/** A station that lets everybody in, except where it is told not to. */
const call = (async (method: string, ask: { room?: string }) => {
  asked.push(`${method} ${ask.room ?? ''}`.trim());
  if (method === refuse) throw new Error(`no ${method}`);
  if (method === 'room.list') return { rooms: [{ room: 'lobby', members: 2 }] };
  return { members, lastSeq: 0 };
}) as unknown as Caller;
const chat = { joined: async () => undefined, markRead: () => undefined, forget: () => undefined };

function make(rooms: readonly string[]): Membership {
  const remember = (list: readonly string[]): void => {
    remembered = list;
  };
  return new Membership({ live, chat: chat as unknown as Chat, call, remember }, rooms);
}

beforeEach(() => {
  live = new LiveState(initialState('ann', 'ann@host'), log);
  const online = {
    at: 'online',
    member: 1,
    name: 'ann',
    station: 's',
    fingerprint: 'f',
    resumed: false,
  } as const;
  live.apply({ kind: 'phase', phase: online });
  asked = [];
  remembered = [];
  refuse = undefined;
});

describe('rooms', () => {
  test('that only the station knows of are left, others are not', async () => {
    const membership = make(['lobby', 'dev']);
    await membership.leaveUnknown(['dev', 'lost', 'lobby', 'lost-too']);
    expect(asked).toEqual(['room.leave lost', 'room.leave lost-too']);
    await membership.leaveUnknown(['dev']);
    expect(asked).toHaveLength(2);
  });

  test('are each entered once on a new link, in order', async () => {
    const membership = make(['lobby', 'dev', 'lobby']);
    await membership.enterAll();
    expect(asked).toEqual(['room.join lobby', 'room.join dev']);
    expect(remembered).toEqual(['lobby', 'dev']);
    expect(live.now.rooms.map(({ name, joined }) => [name, joined])).toEqual([
      ['lobby', true],
      ['dev', true],
    ]);
  });

  test('are entered, shown and kept when joined; only shown when we are in already', async () => {
    const membership = make(['lobby']);
    await membership.join('#Dev');
    await membership.join('dev');
    expect(asked).toEqual(['room.join dev', 'voice.room dev', 'voice.room dev']);
    expect(remembered).toEqual(['lobby', 'dev']);
    expect(live.now.current).toBe('dev');
  });

  test('that the station does not let us into have no voice, and neither has the room before', async () => {
    const voice: unknown[] = [];
    const listening = (async (method: string, ask: unknown) => {
      if (method === 'voice.room') voice.push(ask);
      return { members, lastSeq: 0 };
    }) as unknown as Caller;
    const membership = new Membership(
      { live, chat: chat as unknown as Chat, call: listening, remember: () => undefined },
      ['lobby'],
    );
    await membership.enterAll();
    await membership.show('lobby');
    await membership.show('secret');
    await membership.show('@bob');
    expect(voice).toEqual([{ room: 'lobby' }, { room: null }]);
    expect(live.now.current).toBe('@bob');
  });

  test('that the station refuses are not kept', async () => {
    const membership = make(['lobby']);
    refuse = 'room.join';
    await expect(membership.join('dev')).rejects.toThrow('no room.join');
    expect(membership.rooms).toEqual(['lobby']);
  });

  test('are left, and the one shown then gets the voice', async () => {
    const membership = make(['lobby', 'dev']);
    await membership.enterAll();
    await membership.show('dev');
    await membership.leave('#dev');
    expect(asked.slice(-2)).toEqual(['room.leave dev', 'voice.room lobby']);
    expect([membership.rooms, remembered]).toEqual([['lobby'], ['lobby']]);
    expect(live.now.current).toBe('lobby');
  });

  test.each([
    ['dev', 'you are not in #dev'],
    ['lobby', 'this is your only room: /join another first, or /quit'],
  ])('%s cannot be left', async (room, why) => {
    await expect(make(['lobby']).leave(room)).rejects.toMatchObject({ code: 'usage.invalid', message: why });
  });

  test('with a name that is none are refused before the station is asked', async () => {
    await expect(make(['lobby']).join('two words')).rejects.toMatchObject({ code: 'usage.invalid' });
    expect(asked).toEqual([]);
  });

  test('and their members are listed for the user', async () => {
    const membership = make(['lobby']);
    await membership.enterAll();
    await membership.listRooms();
    await membership.listMembers('lobby');
    expect(live.now.rooms[0]?.lines).toMatchObject([{ text: 'Rooms: #lobby (2)' }, { text: '#lobby: ann' }]);
  });
});
