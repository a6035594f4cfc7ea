/** What is wanted of people: who is meant, how loud, and what is read of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anybody,
  findPerson,
  isHidden,
  isLasting,
  MAX_VOLUME_DB,
  MIN_VOLUME_DB,
  parseVolume,
  personKey,
  readableLines,
  voicesOf,
  withPerson,
} from '../../src/session/people.ts';
import { newRoom } from '../../src/session/places.ts';
import { initialState } from '../../src/session/reduce.ts';
import type { Line, MemberState, Person, State } from '../../src/session/state.ts';

const member = (id: number, name: string, key?: string): MemberState => ({
  id,
  name,
  talking: false,
  ...(key === undefined ? {} : { key }),
});
const line = (from: string, key?: string): Line => ({
  kind: 'message',
  id: `${from}-${key}`,
  seq: 1,
  from,
  at: 1,
  text: 'x',
  state: 'sent',
  ...(key === undefined ? {} : { key }),
});

function state(
  members: readonly MemberState[],
  people: Readonly<Record<string, Person>> = {},
  lines: readonly Line[] = [],
): State {
  const first = initialState('ann', 't');
  const room = { ...newRoom('lobby'), joined: true, members, lines };
  return {
    ...first,
    self: { name: 'ann', member: 1 },
    rooms: [{ ...room, name: 'den', members: [member(9, 'Zoe', 'KZ')], lines: [] }, room],
    current: 'lobby',
    voiceRoom: 'lobby',
    listening: { ...first.listening, people },
  };
}

test.each([
  ['+6', 6],
  ['-6', -6],
  ['0', 0],
  ['6 dB', 6],
  ['2.5db', 2.5],
  ['100%', 0],
  ['50%', -6],
  ['200%', 6],
  ['+99', MAX_VOLUME_DB],
  ['1%', MIN_VOLUME_DB],
  ['0%', undefined],
  ['-5%', undefined],
  ['loud', undefined],
  ['', undefined],
  ['1e3', undefined],
])('a volume "%s" is %s dB', (text, db) => {
  expect(parseVolume(text)).toBe(db);
});

test('any volume that is read is within its bounds', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.double().map(String),
        fc.integer().map((n) => `${n}%`),
      ),
      (text) => {
        const db = parseVolume(text);
        if (db === undefined) return;
        expect(db).toBeGreaterThanOrEqual(MIN_VOLUME_DB);
        expect(db).toBeLessThanOrEqual(MAX_VOLUME_DB);
      },
    ),
    { seed: 11 },
  );
});

test('a name is looked for here, then elsewhere, then among those of old, whatever its capitals', () => {
  const people = { KO: { ...anybody('Old'), db: 3 } };
  const now = state([member(1, 'ann', 'KA'), member(2, 'Bob', 'KB'), member(3, 'bob', 'KB')], people, [
    line('mallory', 'KM'),
  ]);
  expect(findPerson(now, '@BOB')).toEqual({ key: 'KB', name: 'Bob', ids: [2, 3] });
  expect(findPerson(now, 'zoe')).toEqual({ key: 'KZ', name: 'Zoe', ids: [] });
  expect(findPerson(now, 'old')).toEqual({ key: 'KO', name: 'Old', ids: [] });
  expect(findPerson(now, 'mallory')).toEqual({ key: 'KM', name: 'mallory', ids: [] });
  expect(findPerson(now, 'nobody')).toBeUndefined();
});

test('somebody is a key: all their terminals, under every name, and nobody else of their name', () => {
  const people = withPerson({}, 'KB', { ...anybody('bob'), blocked: true });
  const room = { name: 'lobby', members: [member(2, 'bob2', 'KB'), member(4, 'eve')] };
  const eyes = state([], people);
  expect(isHidden(line('anything', 'KB'), room, eyes)).toBe(true);
  expect(isHidden(line('bob', 'KX'), room, eyes)).toBe(false);
  expect(isHidden(line('bob2'), room, eyes)).toBe(true); // a message of a station that told no keys then
  expect(isHidden({ kind: 'notice', id: 'n', at: 1, text: 'x' }, room, eyes)).toBe(false);
  expect(personKey(member(4, 'eve'))).not.toBe(personKey(member(5, 'eve')));
  expect([isLasting(personKey(member(4, 'eve'))), isLasting('SHA256:x')]).toEqual([false, true]);
});

test('lines of the blocked are left out, and come back; the same answer is the same array', () => {
  const lines = [line('bob', 'KB'), line('eve', 'KE')];
  const room = { name: 'lobby', lines, members: [] };
  const blocked = withPerson({}, 'KB', { ...anybody('bob'), blocked: true });
  expect(readableLines(room, state([]))).toBe(lines);
  const eyes = state([], blocked);
  const first = readableLines(room, eyes);
  expect(first).toEqual([lines[1]]);
  expect(readableLines(room, eyes)).toBe(first);
  expect(readableLines(room, state([], withPerson(blocked, 'KB', anybody('bob'))))).toBe(lines);
  const ignored = withPerson({}, 'KE', { ...anybody('eve'), ignored: true });
  expect(readableLines(room, state([], ignored))).toEqual([lines[0]]);
});

test('whoever wants to read some only reads these, themselves, and conversations', () => {
  const lines = [line('bob', 'KB'), line('eve', 'KE'), line('ann', 'KA')];
  const first = state([]);
  const eyes = { ...first, text: { ...first.text, focus: ['bob'] } };
  expect(readableLines({ name: 'lobby', lines, members: [] }, eyes)).toEqual([lines[0], lines[2]]);
  expect(readableLines({ name: '@eve', lines, members: [] }, eyes)).toEqual(lines);
});

test('the audio thread is told of everybody in the room but us', () => {
  const people: Record<string, Person> = {
    KB: { ...anybody('bob'), db: -6, priority: true },
    KC: { ...anybody('cat'), db: 6, muted: true },
    KD: { ...anybody('dan'), blocked: true },
  };
  const members = [
    member(1, 'ann', 'KA'),
    member(2, 'bob', 'KB'),
    member(3, 'cat', 'KC'),
    member(4, 'dan', 'KD'),
    member(5, 'eve'),
    member(6, 'fay', 'constructor'), // a key that names what every object has
  ];
  expect(voicesOf(state(members, people))).toEqual([
    { ssrc: 2, name: 'bob', gainDb: -6, priority: true },
    { ssrc: 3, name: 'cat', gainDb: null, priority: false },
    { ssrc: 4, name: 'dan', gainDb: null, priority: false },
    { ssrc: 5, name: 'eve', gainDb: 0, priority: false },
    { ssrc: 6, name: 'fay', gainDb: 0, priority: false },
  ]);
});
