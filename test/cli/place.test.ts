/** Where say and tail go. */
import { expect, test } from 'vitest';
import { placeOf } from '../../src/cli/place.ts';

test.each([
  ['ann@host', [], null, null, []],
  ['ann@host/den', ['hi'], 'den', null, ['hi']],
  ['ann@host:2222/@bob', ['hi'], null, 'bob', ['hi']],
  ['voipterm://host/@Bob', [], null, 'Bob', []],
  ['host', ['@bob', 'hi', 'there'], null, 'bob', ['hi', 'there']],
  ['host', ['@bob'], null, 'bob', []],
  ['host/den', ['@bob', 'hi'], 'den', null, ['@bob', 'hi']],
  ['host', ['@bob:', 'hi'], null, null, ['@bob:', 'hi']],
  ['host', ['hi', '@bob'], null, null, ['hi', '@bob']],
])('%s %j', (text, given, room, direct, words) => {
  const place = placeOf(text, given);
  expect([place.target.room, place.direct, place.words]).toEqual([room, direct, words]);
  expect(place.target.host).toBe('host');
});

test.each(['host/@', 'host/@two words', 'host/@-x', '/@bob', 'host/@a/b'])('%s is refused', (text) => {
  expect(() => placeOf(text)).toThrow(expect.objectContaining({ code: 'usage.invalid' }));
});
