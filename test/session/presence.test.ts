/** Being away, names, topics, who comes and goes, and who somebody is. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import type { Logger } from '../../src/log.ts';
import type { Archive } from '../../src/session/archive.ts';
import type { Caller } from '../../src/session/history.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { Presence } from '../../src/session/presence.ts';
import { initialState } from '../../src/session/reduce.ts';

const log = { info: () => undefined } as unknown as Logger;
const bob = { id: 2, name: 'bob', talking: false, key: 'KB' };

let live: LiveState;
let asked: [string, unknown][];
let presence: Presence;
let kept: unknown[];
let whois: Record<string, unknown>;

const call = (async (method: string, ask: { name?: string }) => {
  asked.push([method, ask]);
  if (method === 'member.nick' && ask.name === 'taken')
    throw new VoiptermError('control.name-taken', 'that name belongs to another key');
  if (method === 'member.nick') return { name: ask.name };
  return method === 'member.whois' ? whois : {};
}) as unknown as Caller;

function online(): void {
  const phase = {
    at: 'online',
    member: 1,
    name: 'ann',
    station: 's',
    fingerprint: 'f',
    resumed: false,
  } as const;
  live.apply({ kind: 'phase', phase });
  const ann = { id: 1, name: 'ann', talking: false, key: 'KA' };
  live.apply({ kind: 'joined', room: 'lobby', members: [ann, bob] });
}

const notices = (): string[] =>
  live.now.rooms.flatMap(({ lines }) => lines).flatMap((line) => (line.kind === 'notice' ? [line.text] : []));

beforeEach(() => {
  live = new LiveState(initialState('ann', 'ann@host'), log);
  asked = [];
  kept = [];
  const archive = { update: (...values: unknown[]) => kept.push(values) } as unknown as Archive;
  presence = new Presence({ live, archive, call });
  online();
});

describe('being away', () => {
  test('is told with a reason or without, again on a new link, and ended', async () => {
    await presence.away(' lunch ');
    await presence.away('');
    expect(live.now.text.away).toBe('');
    await presence.online();
    await presence.away(null);
    await presence.online();
    expect(asked).toEqual([
      ['member.away', { text: 'lunch' }],
      ['member.away', { text: 'away' }],
      ['member.away', { text: 'away' }],
      ['member.away', { text: null }],
    ]);
    expect(notices().at(-1)).toBe('you are back');
  });

  test('of others is seen at them, and of our other client at us', () => {
    presence.wentAway({ key: 'KB', name: 'bob', text: 'tea' });
    expect(live.now.rooms[0]?.members[1]).toEqual({ ...bob, away: 'tea' });
    presence.wentAway({ key: 'KB', name: 'bob', text: null });
    expect(live.now.rooms[0]?.members[1]).toEqual(bob);
    presence.wentAway({ key: 'KA', name: 'ann', text: 'gone' });
    expect(live.now.text.away).toBe('gone');
  });
});

describe('names', () => {
  test('are taken until we leave, also over a new link', async () => {
    await presence.nick('@annie');
    expect(live.now.self.name).toBe('annie');
    expect(live.now.rooms[0]?.members[0]?.name).toBe('annie');
    online();
    expect(live.now.self.name).toBe('ann');
    await presence.online();
    expect(live.now.self.name).toBe('annie');
  });

  test('that belong to others, or are none, are refused', async () => {
    await expect(presence.nick('taken')).rejects.toMatchObject({ code: 'control.name-taken' });
    await expect(presence.nick('two words')).rejects.toMatchObject({ code: 'usage.invalid' });
    expect(live.now.self.name).toBe('ann');
  });

  test('of others change where they are, and in conversations with them', () => {
    live.apply({ kind: 'place', room: '@bob', change: { peer: { name: 'bob', key: 'KB', online: true } } });
    presence.renamed({ id: 2, key: 'KB', from: 'bob', to: 'bobby' });
    expect(live.now.rooms.map(({ members, peer }) => [members[1]?.name, peer?.name])).toEqual([
      ['bobby', undefined],
      [undefined, 'bobby'],
    ]);
    expect(notices()).toEqual(['@bob is called @bobby now']);
  });
});

describe('who comes and goes', () => {
  const eve = { id: 3, name: 'eve', talking: false, key: 'KE' };

  test('is told in the room, once for each person, and not of us', () => {
    presence.joined({ room: 'lobby', member: eve });
    live.apply({ kind: 'member-joined', room: 'lobby', member: eve });
    presence.joined({ room: 'lobby', member: { ...eve, id: 4 } });
    live.apply({ kind: 'member-joined', room: 'lobby', member: { ...eve, id: 4 } });
    presence.joined({ room: 'lobby', member: { ...eve, id: 1, name: 'ann', key: 'KA' } });
    presence.left({ room: 'lobby', id: 4, name: 'eve' });
    live.apply({ kind: 'member-left', room: 'lobby', id: 4 });
    presence.left({ room: 'lobby', id: 3, name: 'eve' });
    expect(notices()).toEqual(['@eve is here', '@eve has left']);
    expect(live.now.rooms[0]?.lines[0]).toMatchObject({ about: 'presence' });
  });

  test('is not told of a crowd, nor of those who come back after a break', async () => {
    const clock = vi.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const come = (count: number): void => {
      for (let id = 10; id < 10 + count; id++)
        presence.joined({ room: 'lobby', member: { ...eve, id, name: `m${id}`, key: `K${id}` } });
    };
    come(50);
    expect(notices()).toHaveLength(20);
    clock.mockReturnValue(1_020_000);
    come(1);
    expect(notices()).toHaveLength(21);
    await presence.online();
    await presence.online();
    clock.mockReturnValue(1_024_000);
    come(5);
    expect(notices()).toHaveLength(21);
    clock.mockReturnValue(1_031_000);
    come(5);
    expect(notices()).toHaveLength(26);
    clock.mockRestore();
  });

  test('is seen in conversations, as far as our rooms tell', () => {
    live.apply({ kind: 'place', room: '@eve', change: { peer: { name: 'eve', key: 'KE', online: false } } });
    const isOnline = () => live.now.rooms.find(({ name }) => name === '@eve')?.peer?.online;
    presence.joined({ room: 'lobby', member: eve });
    live.apply({ kind: 'member-joined', room: 'lobby', member: eve });
    expect(isOnline()).toBe(true);
    live.apply({ kind: 'joined', room: 'den', members: [{ ...eve, id: 4 }] });
    presence.left({ room: 'lobby', id: 3, name: 'eve' });
    live.apply({ kind: 'member-left', room: 'lobby', id: 3 });
    expect(isOnline()).toBe(true);
    presence.left({ room: 'den', id: 4, name: 'eve' });
    expect(isOnline()).toBe(false);
  });

  test('is not told where that is not wanted', () => {
    presence.quiet(true);
    presence.joined({ room: 'lobby', member: eve });
    presence.quiet(false);
    expect(notices()).toEqual(['who comes and goes is not told', 'who comes and goes is told']);
  });
});

test('a topic is told, changed, taken away, kept, and not for conversations', async () => {
  await presence.topic('lobby', null);
  await presence.topic('lobby', 'tea');
  presence.topicChanged({ room: 'lobby', topic: 'coffee', by: 'bob', at: 1 });
  await presence.topic('lobby', null);
  presence.topicOf('lobby', 'coffee');
  await presence.topic('lobby', '');
  await expect(presence.topic('@bob', 'x')).rejects.toMatchObject({ code: 'usage.invalid' });
  await expect(presence.topic('lobby', 'x'.repeat(251))).rejects.toMatchObject({ code: 'usage.invalid' });
  expect(notices()).toEqual([
    '#lobby has no topic; /topic TEXT gives it one',
    '@bob set the topic: coffee',
    '#lobby: coffee',
  ]);
  expect(kept).toEqual([
    ['lobby', { topic: 'tea' }],
    ['lobby', { topic: 'coffee' }],
    ['lobby', { topic: '' }],
  ]);
});

test('whois tells key, since when, how far and where; without a link what is known here', async () => {
  whois = {
    ...{ name: 'bob', names: ['bob', 'rob'], key: 'SHA256:x', since: 0, online: true },
    ...{ away: 'tea', role: 'member', rooms: ['lobby'], rttMs: 12.4 },
  };
  await presence.whois('@bob');
  expect(notices().at(-1)).toMatch(
    /^@bob: member, key SHA256:x\nalso called @rob\nknown here since 19(69|70)-\d\d-\d\d; here now, ping 12 ms; away: tea\nwith you in #lobby$/,
  );
  const phase = {
    at: 'offline',
    code: 'control.unreachable',
    reason: 'x',
    retryInMs: 1,
    voice: true,
  } as const;
  live.apply({ kind: 'phase', phase });
  await presence.whois('bob');
  expect(notices().at(-1)).toContain('@bob is KB');
  await presence.whois('nobody');
  expect(notices().at(-1)).toContain('not connected');
});

test('focus takes names as people write them, bounded', () => {
  presence.focus(['@Bob', 'bob', 'eve']);
  expect(live.now.text.focus).toEqual(['bob', 'eve']);
  presence.focus(null);
  expect(live.now.text.focus).toBeNull();
  expect(() => presence.focus(Array.from({ length: 33 }, (_, n) => `n${n}`))).toThrow(/at most 32/);
});
