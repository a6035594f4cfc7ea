/** Tap, hold, and what ends a hold that nobody ended. */
import { describe, expect, test } from 'vitest';
import { keyPress } from '../../src/ui/key-event.ts';
import { FAST_LOST_MS, HOLD_LIMIT_MS, HOLD_MS, REPEAT_LOST_MS, TalkKey } from '../../src/ui/talk-key.ts';

const down = keyPress('space', { releases: true });
const repeat = keyPress('space', { releases: true, event: 'repeat' });
const up = keyPress('space', { releases: true, event: 'release' });

test('a tap toggles on, the next one off', () => {
  const talk = new TalkKey(true);
  expect(talk.key(down, false, 0)).toBe(true);
  expect(talk.key(up, true, HOLD_MS - 1)).toBeUndefined();
  expect(talk.key(down, true, 1000)).toBe(false);
  expect(talk.owns(up)).toBe(false);
  expect(talk.key(up, false, 2000)).toBeUndefined();
});

test('a hold talks until the release', () => {
  const talk = new TalkKey(true);
  expect(talk.key(down, false, 0)).toBe(true);
  expect(talk.owns(repeat)).toBe(true);
  expect(talk.key(repeat, true, 200)).toBeUndefined();
  expect(talk.key(up, true, HOLD_MS)).toBe(false);
  expect(talk.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
});

test('the modifier may be released first', () => {
  const talk = new TalkKey(true);
  talk.key(keyPress('t', { ctrl: true, releases: true }), false, 0);
  expect(talk.key(keyPress('t', { releases: true, event: 'release' }), true, 5000)).toBe(false);
});

test('repeats that stop end the hold', () => {
  const talk = new TalkKey(true);
  talk.key(down, false, 0);
  talk.key(repeat, true, 500);
  expect(talk.tick(500 + REPEAT_LOST_MS - 1)).toBeUndefined();
  expect(talk.nextDeadline()).toBe(500 + REPEAT_LOST_MS);
  expect(talk.tick(500 + REPEAT_LOST_MS)).toBe(false);
  expect(talk.tick(500 + REPEAT_LOST_MS)).toBeUndefined();
});

test('a keyboard without repeats may hold long, but not for ever', () => {
  const talk = new TalkKey(true);
  talk.key(down, false, 0);
  expect(talk.tick(HOLD_LIMIT_MS - 1)).toBeUndefined();
  expect(talk.tick(HOLD_LIMIT_MS)).toBe(false);
});

test('losing the focus ends a hold, and nothing else', () => {
  const talk = new TalkKey(true);
  expect(talk.focusLost()).toBeUndefined();
  talk.key(down, false, 0);
  expect(talk.focusLost()).toBe(false);
  expect(talk.focusLost()).toBeUndefined();
});

test.each([
  ['without release reports', true, keyPress('space')],
  ['with holding switched off', false, down],
])('%s every press toggles', (_, hold, press) => {
  const talk = new TalkKey(hold);
  expect(talk.key(press, false, 0)).toBe(true);
  expect(talk.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  expect(talk.key(up, true, 5000)).toBeUndefined();
  expect(talk.key(press, true, 6000)).toBe(false);
});

describe('a terminal that reports a held key as many presses', () => {
  const press = keyPress('space');

  /** A key held from 0 on: the first repeat after half a second, then one each 40 ms until `end`. */
  function hold(talk: TalkKey, end: number): boolean {
    let talking = talk.key(press, false, 0) ?? false;
    for (let now = 500; now <= end; now += 40) talking = talk.key(press, talking, now) ?? talking;
    return talking;
  }

  test('talks while it is held', () => {
    const talk = new TalkKey(true);
    expect(hold(talk, 2020)).toBe(true);
    expect(talk.nextDeadline()).toBe(2020 + FAST_LOST_MS);
    expect(talk.tick(2020 + FAST_LOST_MS)).toBe(false);
    expect(talk.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
    expect(talk.key(press, false, 5000)).toBe(true);
  });

  test('does not flutter where holding does not count', () => {
    const talk = new TalkKey(false);
    expect(hold(talk, 2020)).toBe(hold(new TalkKey(false), 2060));
    expect(talk.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  test('two quick taps are two taps', () => {
    const talk = new TalkKey(true);
    expect(talk.key(press, false, 0)).toBe(true);
    expect(talk.key(press, true, 50)).toBe(false);
  });
});
