import { expect, it } from 'vitest';
import { Presence } from '../../src/station/presence.ts';

it('knows the connections of a key, which is away with all of them and no longer than they last', () => {
  const presence = new Presence();
  presence.setAway('k', 'nobody is here');
  expect([presence.isOnline('k'), presence.awayOf('k'), presence.idsOf('k')]).toEqual([false, null, []]);
  presence.enter('k', 1);
  presence.enter('k', 2);
  presence.enter('other', 3);
  presence.setAway('k', 'lunch');
  presence.leave('k', 1);
  presence.leave('k', 1);
  expect([presence.isOnline('k'), presence.awayOf('k'), presence.idsOf('k')]).toEqual([true, 'lunch', [2]]);
  expect(presence.awayOf('other')).toBeNull();
  presence.leave('k', 2);
  presence.enter('k', 4);
  expect(presence.awayOf('k')).toBeNull();
});

it('tells the shortest round trip of a key, while its connection lasts', () => {
  const presence = new Presence();
  presence.enter('k', 1);
  presence.enter('k', 2);
  expect(presence.rttOf('k')).toBeNull();
  presence.setRtt(1, 80);
  presence.setRtt(2, 20);
  expect(presence.rttOf('k')).toBe(20);
  presence.leave('k', 2);
  expect(presence.rttOf('k')).toBe(80);
});
