/** Who talks when: each beginning and end once, whatever else changes, and never ourselves. */
import { expect, test } from 'vitest';
import { Talkers, talkLine } from '../../src/cli/talkers.ts';
import { newRoom } from '../../src/session/places.ts';
import type { MemberState, State } from '../../src/session/state.ts';

const ann: MemberState = { id: 1, name: 'ann', talking: false };
const bob: MemberState = { id: 2, name: 'bob', talking: false, key: 'SHA256:b' };

function stateOf(...members: MemberState[]): Pick<State, 'rooms' | 'self'> {
  return { rooms: [{ ...newRoom('lobby'), members }], self: { name: 'ann', member: 1 } };
}

test('a beginning and an end, with how long it was', () => {
  const talkers = new Talkers('lobby');
  const loud = stateOf({ ...ann, talking: true }, { ...bob, talking: true });
  expect(talkers.look(stateOf(ann, bob), 1000)).toEqual([]);
  expect(talkers.look(loud, 2000)).toEqual([
    { event: 'talk', from: 'bob', key: 'SHA256:b', on: true, at: 2000 },
  ]);
  expect(talkers.look(loud, 2500)).toEqual([]);
  const end = { event: 'talk', from: 'bob', key: 'SHA256:b', on: false, at: 5240, seconds: 3.2 };
  expect(talkers.look(stateOf(ann), 5240)).toEqual([end]);
  expect(talkers.look(stateOf(ann), 6000)).toEqual([]);
});

test('lines for people and for programs', () => {
  const change = { event: 'talk', from: 'bob\u001b[2J', on: false, at: 0, seconds: 1.5 } as const;
  expect(talkLine(change, false)).toMatch(
    /^\d\d:\d\d:\d\d bob\\x1b\[2J talked for 1\.5 s$|^\d\d:\d\d:\d\d bob.*talked for 1\.5 s$/,
  );
  expect(talkLine(change, false)).not.toContain('\u001b');
  expect(JSON.parse(talkLine(change, true))).toEqual(change);
});
