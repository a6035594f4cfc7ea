import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLES, type Role, rank } from '../../src/net/control/roles.ts';
import {
  DEFAULT_ROOM_RULES,
  DEFAULT_STATION_RULES,
  may,
  mayAtStation,
  mayGive,
  outranks,
  ROOM_ACTIONS,
  roleIn,
  STATION_ACTIONS,
} from '../../src/station/permissions.ts';

const role = fc.constantFrom(...ROLES);
const roleOrNone = fc.constantFrom<Role | null>(null, ...ROLES);
const rules = fc.record({ read: role, post: role, speak: role, topic: role, invite: role });
const stationRules = fc.record({ make: role, forward: role, invite: role });
const seed = 20_261_121;

describe('rights only grow with the role', () => {
  it('in a room, whatever its rules', () => {
    fc.assert(
      fc.property(roleOrNone, roleOrNone, rules, fc.constantFrom(...ROOM_ACTIONS), (a, b, set, action) => {
        const [less, more] = rank(a) <= rank(b) ? [a, b] : [b, a];
        expect(!may(less, set, action) || may(more, set, action)).toBe(true);
      }),
      { seed },
    );
  });

  it('at the station, whatever its rules', () => {
    fc.assert(
      fc.property(role, role, stationRules, fc.constantFrom(...STATION_ACTIONS), (a, b, set, action) => {
        const [less, more] = rank(a) <= rank(b) ? [a, b] : [b, a];
        expect(!mayAtStation(less, set, action) || mayAtStation(more, set, action)).toBe(true);
      }),
      { seed },
    );
  });

  it('a higher role at the station is never less in a room that takes it from there', () => {
    fc.assert(
      fc.property(role, role, fc.boolean(), (a, b, isPrivate) => {
        const [less, more] = rank(a) <= rank(b) ? [a, b] : [b, a];
        const room = { private: isPrivate };
        expect(rank(roleIn(more, null, room))).toBeGreaterThanOrEqual(rank(roleIn(less, null, room)));
      }),
      { seed },
    );
  });
});

describe('what is never so', () => {
  it('somebody whom a private room does not know may do anything there', () => {
    fc.assert(
      fc.property(rules, fc.constantFrom(...ROOM_ACTIONS), (set, action) => {
        expect(may(null, set, action)).toBe(false);
      }),
      { seed },
    );
    for (const atStation of ['guest', 'member', 'moderator'] as const) {
      expect(roleIn(atStation, null, { private: true })).toBeNull();
    }
    expect(roleIn('owner', null, { private: true })).toBe('owner');
  });

  it('a guest or member moderates, with any rules', () => {
    fc.assert(
      fc.property(rules, (set) => {
        for (const who of ['guest', 'member'] as const) {
          for (const action of [
            'delete',
            'slow',
            'kick',
            'silence',
            'ban',
            'role',
            'configure',
            'audit',
          ] as const)
            expect(may(who, set, action)).toBe(false);
        }
      }),
      { seed },
    );
  });

  it('one moves oneself or an equal, but among owners', () => {
    fc.assert(
      fc.property(roleOrNone, roleOrNone, roleOrNone, (actor, from, to) => {
        if (!mayGive(actor, from, to) || actor === 'owner') return;
        expect(rank(actor)).toBeGreaterThan(rank(from));
        expect(rank(actor)).toBeGreaterThan(rank(to));
        expect(actor).toBe('moderator');
      }),
      { seed },
    );
  });

  it('two outrank each other', () => {
    fc.assert(
      fc.property(roleOrNone, roleOrNone, (a, b) => {
        expect(outranks(a, b) && outranks(b, a)).toBe(false);
      }),
      { seed },
    );
  });
});

describe('roles in a room', () => {
  const open = { private: false };

  it.each([
    ['member', null, 'member'],
    ['guest', null, 'guest'],
    ['member', 'guest', 'guest'],
    ['guest', 'member', 'member'],
    ['member', 'owner', 'owner'],
    ['moderator', 'guest', 'moderator'],
    ['moderator', 'owner', 'owner'],
    ['owner', 'guest', 'owner'],
  ] as const)('a %s of the station that is %s there is %s', (atStation, inRoom, is) => {
    expect(roleIn(atStation, inRoom, open)).toBe(is);
  });

  it('by default members do what they always did, and guests make no rooms and forward nothing', () => {
    for (const action of ['read', 'post', 'speak', 'topic'] as const)
      expect(may('member', DEFAULT_ROOM_RULES, action)).toBe(true);
    expect(may('member', DEFAULT_ROOM_RULES, 'invite')).toBe(false);
    expect(mayAtStation('member', DEFAULT_STATION_RULES, 'make')).toBe(true);
    expect(mayAtStation('member', DEFAULT_STATION_RULES, 'forward')).toBe(true);
    expect(mayAtStation('guest', DEFAULT_STATION_RULES, 'make')).toBe(false);
    expect(mayAtStation('guest', DEFAULT_STATION_RULES, 'forward')).toBe(false);
  });
});
