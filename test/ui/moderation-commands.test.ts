/** What the slash commands of moderators mean. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/session/commands.ts';
import { initialState } from '../../src/session/reduce.ts';
import { parseEntered } from '../../src/ui/commands.ts';

const context = { ...initialState('ada', 'ada@host'), current: 'lobby' };
const room = 'lobby';

test.each<[string, Command]>([
  ['/kick @bob', { do: 'kick', room, who: '@bob', reason: '' }],
  ['/kick bob be  nice', { do: 'kick', room, who: 'bob', reason: 'be nice' }],
  ['/kick station bob', { do: 'kick', room: null, who: 'bob', reason: '' }],
  ['/kick @station', { do: 'kick', room, who: '@station', reason: '' }],
  ['/ban bob', { do: 'ban', room, who: 'bob', seconds: null, reason: '', address: false }],
  ['/ban @bob 2h spam', { do: 'ban', room, who: '@bob', seconds: 7200, reason: 'spam', address: false }],
  ['/ban bob 2 many', { do: 'ban', room, who: 'bob', seconds: null, reason: '2 many', address: false }],
  [
    '/ban station bob 1d12h +address bad',
    { do: 'ban', room: null, who: 'bob', seconds: 129_600, reason: 'bad', address: true },
  ],
  [
    '/ban station 203.0.113.0/24',
    { do: 'ban', room: null, who: '203.0.113.0/24', seconds: null, reason: '', address: false },
  ],
  ['/unban station bob', { do: 'unban', room: null, who: 'bob' }],
  ['/bans', { do: 'bans', room }],
  ['/bans station', { do: 'bans', room: null }],
  ['/silence @bob 10m', { do: 'silence', room, who: '@bob', on: true, seconds: 600, reason: '' }],
  ['/unsilence @bob', { do: 'silence', room, who: '@bob', on: false, seconds: null, reason: '' }],
  ['/mute @bob', { do: 'hear', name: '@bob', what: 'muted', on: true }], // our own ears, as ever
  ['/op bob', { do: 'role', room, who: 'bob', role: 'moderator' }],
  ['/op bob owner station', { do: 'role', room: null, who: 'bob', role: 'owner' }],
  ['/deop bob', { do: 'role', room, who: 'bob', role: null }],
  ['/deop bob station', { do: 'role', room: null, who: 'bob', role: null }],
  ['/room', { do: 'room-rules', room, change: {} }],
  ['/room private on', { do: 'room-rules', room, change: { private: true } }],
  ['/room slow 30s', { do: 'room-rules', room, change: { slowS: 30 } }],
  ['/room slow off', { do: 'room-rules', room, change: { slowS: 0 } }],
  ['/room max 20', { do: 'room-rules', room, change: { maxMembers: 20 } }],
  ['/room max 0', { do: 'room-rules', room, change: { maxMembers: null } }],
  ['/room speak Moderator', { do: 'room-rules', room, change: { speak: 'moderator' } }],
  ['/invite', { do: 'invite', room, uses: 1, seconds: 604_800, role: 'member' }],
  ['/invite station 5x for 2d guest', { do: 'invite', room: null, uses: 5, seconds: 172_800, role: 'guest' }],
  ['/invite @Bob', { do: 'role', room, who: '@Bob', role: 'member' }],
  ['/invites', { do: 'invites' }],
  ['/uninvite abcd2345', { do: 'uninvite', id: 'abcd2345' }],
  ['/audit', { do: 'audit', room }],
  ['/audit station', { do: 'audit', room: null }],
  ['/trust @bob', { do: 'trust', name: '@bob' }],
  ['/join voipterm://h:1/r?key=k#t', { do: 'redeem', line: 'voipterm://h:1/r?key=k#t' }],
])('%s', (line, command) => {
  expect(parseEntered(line, context)).toEqual({ kind: 'command', command });
});

describe('what makes no sense is told how it is written', () => {
  test.each([
    '/kick',
    '/ban station',
    '/ban @bob +address', // addresses are the station's
    '/silence',
    '/silence station @bob',
    '/op',
    '/op bob king',
    '/room private maybe',
    '/room slow',
    '/room tune loud',
    '/invite everybody',
    '/uninvite',
    '/bans lobby',
    '/trust',
  ])('%s', (line) => {
    expect(parseEntered(line, context)).toMatchObject({
      kind: 'error',
      text: expect.stringMatching(/\/|Write/),
    });
  });

  test.each(['/kick @bob', '/room', '/op bob'])('%s needs a room: a conversation is none', (line) => {
    expect(parseEntered(line, { ...context, current: '@bob' })).toMatchObject({ kind: 'error' });
    expect(parseEntered(line, { ...context, current: null })).toMatchObject({ kind: 'error' });
  });

  test("where no room is shown, lists and invitations are the station's", () => {
    const inConversation = { ...context, current: '@bob' };
    expect(parseEntered('/bans', inConversation)).toMatchObject({ command: { room: null } });
    expect(parseEntered('/invite', inConversation)).toMatchObject({ command: { room: null } });
  });
});
