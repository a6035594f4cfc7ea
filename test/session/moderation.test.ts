/** What a session asks a station on behalf of moderators, and what it tells of what they did. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Logger } from '../../src/log.ts';
import { parseTarget } from '../../src/net/control/target.ts';
import type { Caller } from '../../src/session/history.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { Moderating } from '../../src/session/moderation.ts';
import { moderatedWords } from '../../src/session/moderation-words.ts';
import type { NameWatch } from '../../src/session/name-watch.ts';
import { initialState } from '../../src/session/reduce.ts';

const log = { info: () => undefined } as unknown as Logger;
const fingerprint = 'SHA256:5+yEXBMED5wvE1MPwOy0x9aoSAcmnMSUqvDsgjjdKjw';
const token = 'AbCdEfGhIjKlMnOpQrStUvWx';

let live: LiveState;
let asked: [string, unknown][];
let answers: Record<string, unknown>;
let joined: string[];
let target: string;
let moderating: Moderating;

beforeEach(() => {
  live = new LiveState(initialState('ann', 'ann@host'), log);
  live.apply({ kind: 'joined', room: 'lobby', members: [{ id: 1, name: 'ann', talking: false }] });
  asked = [];
  answers = {};
  joined = [];
  target = 'ann@chat.example.org:2300';
  const call = (async (method: string, ask: unknown) => {
    asked.push([method, ask]);
    return answers[method] ?? {};
  }) as unknown as Caller;
  moderating = new Moderating({
    live,
    call,
    names: {} as NameWatch,
    station: () => ({ target, fingerprint }),
    join: async (room) => void joined.push(room),
    removed: async () => undefined,
  });
});

const notices = (): string[] =>
  live.now.rooms.flatMap(({ lines }) => lines.flatMap((line) => (line.kind === 'notice' ? [line.text] : [])));

describe('an invitation', () => {
  const ask = { do: 'invite', room: 'lobby', uses: 1, seconds: 3600, role: 'guest' } as const;
  const lineIn = (text: string): string => /voipterm:\/\/[^']+/.exec(text)?.[0] ?? '';

  test('is a line with the way that we came ourselves', async () => {
    answers['invite.create'] = { id: 'abcd2345', token, expires: null };
    await moderating.do(ask);
    expect(parseTarget(lineIn(notices()[0] ?? ''))).toMatchObject({
      host: 'chat.example.org',
      port: 2300,
      room: 'lobby',
      invite: { fingerprint, token },
    });
    expect(notices()[0]).toContain('/uninvite abcd2345');
  });

  test('goes to the place that the station is known as outside, if it says one', async () => {
    answers['invite.create'] = { id: 'abcd2345', token, expires: null, host: 'out.example.org', port: 443 };
    await moderating.do(ask);
    expect(parseTarget(lineIn(notices()[0] ?? ''))).toMatchObject({ host: 'out.example.org', port: 443 });
  });

  test('to a station of one machine is withdrawn again, with what to do instead', async () => {
    target = '(this machine)';
    answers['invite.create'] = { id: 'abcd2345', token, expires: null };
    await expect(moderating.do(ask)).rejects.toThrow('voipterm serve');
    expect(asked.at(-1)).toEqual(['invite.revoke', { id: 'abcd2345' }]);
  });

  test('to this station opens its room', async () => {
    answers['invite.redeem'] = { room: 'plans', role: 'member' };
    const line = `voipterm://chat.example.org:2300/plans?key=5-yEXBMED5wvE1MPwOy0x9aoSAcmnMSUqvDsgjjdKjw#${token}`;
    await moderating.do({ do: 'redeem', line });
    expect(asked).toEqual([['invite.redeem', { token }]]);
    expect(joined).toEqual(['plans']);
  });

  test('to another station is not followed, and its token told to nobody', async () => {
    const line = `voipterm://other/plans?key=${'A'.repeat(43)}#${token}`;
    await expect(moderating.do({ do: 'redeem', line })).rejects.toThrow('another station');
    expect(asked).toEqual([]);
  });
});

describe('what was done', () => {
  test('is told in its room, and roles are asked for anew', async () => {
    answers['room.who'] = { members: [{ id: 1, name: 'ann', talking: false, role: 'owner' }] };
    moderating.notified({
      method: 'room.moderated',
      params: { room: 'lobby', what: 'role', by: 'eve', name: 'ann', role: 'owner' },
    });
    expect(notices()).toEqual(['@ann is owner of #lobby now, by eve']);
    await live.until(({ rooms }) => rooms[0]?.members[0]?.role === 'owner', 1000);
    expect(asked).toEqual([['room.who', { room: 'lobby' }]]);
  });

  test.each([
    [{ what: 'kicked', reason: 'noise' }, '@bob was kicked out of #lobby by eve: noise'],
    [{ what: 'banned', until: null }, '@bob was banned from #lobby for good by eve'],
    [{ what: 'silenced', until: 0 }, '@bob was silenced in #lobby until 1970-01-01 00:00 UTC by eve'],
    [{ what: 'heard' }, '@bob may speak and write in #lobby again, says eve'],
    [{ what: 'role', role: null }, '@bob is without a role of its own in #lobby now, by eve'],
  ] as const)('%o', (more, words) => {
    expect(moderatedWords({ room: 'lobby', by: 'eve', name: 'bob', ...more })).toBe(words);
  });

  test('asks with what was said and nothing else', async () => {
    await moderating.do({ do: 'ban', room: null, who: 'bob', seconds: null, reason: '', address: false });
    await moderating.do({ do: 'ban', room: null, who: 'bob', seconds: 60, reason: 'x', address: true });
    expect(asked).toEqual([
      ['moderate.ban', { room: null, who: 'bob' }],
      ['moderate.ban', { room: null, who: 'bob', seconds: 60, reason: 'x', address: true }],
    ]);
  });
});
