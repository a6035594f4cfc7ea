import { describe, expect, test } from 'vitest';
import { durationWords, parseDuration } from '../../src/session/durations.ts';

describe('a duration', () => {
  test.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['7d', 604_800],
    ['2W', 1_209_600],
    ['1h30m', 5400],
  ])('%s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', '5', '0s', '2 h', 'h', '1y', '-1h', '1.5h', '1h!', '9999999d'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('in words, by the largest unit that leaves nothing over', () => {
    expect([1, 60, 7200, 5400, 604_800].map(durationWords)).toEqual([
      '1 second',
      '1 minute',
      '2 hours',
      '90 minutes',
      '7 days',
    ]);
  });
});
