/** Lines to a client's local socket and its answers, and a press that its release overtook. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerOf, MAX_REMOTE_ANSWER, parseAnswer } from '../../src/cli/remote-answer.ts';
import { OVERTAKEN_MS, PushOrder, parseRemoteLine, REMOTE_WORDS } from '../../src/cli/remote-words.ts';
import { emptyState } from '../fakes/fake-session.ts';

describe('a line', () => {
  test('is a word, with or without when it was sent', () => {
    expect(parseRemoteLine('down')).toEqual({ word: 'down' });
    expect(parseRemoteLine('up 1763400000000\r')).toEqual({ word: 'up', sentAt: 1763400000000 });
    for (const word of REMOTE_WORDS) expect(parseRemoteLine(word)?.word).toBe(word);
  });

  test.each(['', ' down', 'down ', 'DOWN', 'down now', 'down -1', 'down 1 2', 'drown', 'down\0', 'toString'])(
    'is not %j',
    (line) => {
      expect(parseRemoteLine(line)).toBeUndefined();
    },
  );

  test('may be anything at all', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        const parsed = parseRemoteLine(line);
        if (parsed) expect(REMOTE_WORDS).toContain(parsed.word);
      }),
      { seed: 7 },
    );
  });
});

describe('a quick finger starts two programs', () => {
  const down = { word: 'down', sentAt: 1000 } as const;
  const up = { word: 'up', sentAt: 1080 } as const;

  test('of which the release may come first: the press then changes nothing', () => {
    const order = new PushOrder();
    expect(order.counts(up, 0)).toBe(true);
    expect(order.counts(down, 50)).toBe(false);
    expect(order.counts({ word: 'down', sentAt: 1090 }, 60)).toBe(true);
  });

  test('and a release always counts, also where the clock was set back', () => {
    const order = new PushOrder();
    order.counts({ word: 'up', sentAt: 9000 }, 0);
    expect(order.counts(up, 10)).toBe(true);
    expect(order.counts({ word: 'down', sentAt: 5 }, 10 + OVERTAKEN_MS)).toBe(true);
    expect(order.counts({ word: 'down' }, 11 + OVERTAKEN_MS)).toBe(true);
  });
});

describe('an answer', () => {
  test('says what is so', () => {
    const state = { ...emptyState(), current: 'lobby' };
    const answer = answerOf(state, { pid: 7, startedAt: 1763400000000, background: false });
    expect(parseAnswer(JSON.stringify(answer))).toEqual(answer);
    expect(answer).toMatchObject({ pid: 7, link: 'online', room: 'lobby', mode: 'push', talking: false });
    const longest = answerOf(
      { ...state, target: 'x'.repeat(400) },
      { pid: 4194304, startedAt: 1e15, background: true },
    );
    expect(JSON.stringify(longest).length).toBeLessThan(MAX_REMOTE_ANSWER);
  });

  test('or what went wrong', () => {
    const error = { error: { code: 'audio.unavailable', message: 'there is no sound in this session' } };
    expect(parseAnswer(JSON.stringify(error))).toEqual(error);
  });

  test.each(['', '{}', 'null', '[1]', '{"pid":"7"}', '{"error":{"code":"made.up","message":""}}'])(
    'is not %j',
    (line) => {
      expect(parseAnswer(line)).toBeUndefined();
    },
  );
});
