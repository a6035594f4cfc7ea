/** The plain interface tells each event once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Line, RoomState, State } from '../../../src/session/state.ts';
import { FIRST_LINES, MAX_MISSED, PlainNews } from '../../../src/ui/plain/news.ts';
import { emptyState, NOON, room } from '../../fakes/fake-session.ts';

const NOW = NOON + 3_600_000;
const ME = { id: 1, name: 'ada', talking: false };

function sent(
  seq: number,
  text = `text ${seq}`,
  rest: Partial<Extract<Line, { kind: 'message' }>> = {},
): Line {
  return { kind: 'message', id: `m${seq}`, seq, from: 'grace', at: NOW + seq, text, state: 'sent', ...rest };
}

function inRoom(lines: readonly Line[], rest: Partial<RoomState> = {}, state: Partial<State> = {}): State {
  return { ...emptyState(), rooms: [room('lobby', [ME], lines, rest)], current: 'lobby', ...state };
}

const news = (echoed = false): PlainNews => new PlainNews(echoed, NOW);
/** Without what is said of link, microphone and place. */
const chat = (lines: readonly string[]): string[] =>
  lines.filter((line) => /^(?:[#@*]|Not sent|Sent|\d)/.test(line));

describe('messages', () => {
  test('are told once, with what happens to them later', () => {
    const told = news();
    expect(chat(told.next(inRoom([sent(1)]), NOW))).toEqual(['#lobby grace: text 1']);
    expect(told.next(inRoom([sent(1)]), NOW)).toEqual([]);
    expect(told.next(inRoom([sent(1), sent(2)]), NOW)).toEqual(['#lobby grace: text 2']);
    const changed = sent(2, 'better', { edited: NOW, revision: 1 });
    expect(told.next(inRoom([sent(1), changed]), NOW)).toEqual(['#lobby grace changed a message to: better']);
    const gone = sent(2, '', { deleted: true, revision: 2 });
    expect(told.next(inRoom([sent(1), gone]), NOW)).toEqual(['#lobby grace deleted a message']);
    expect(told.next(inRoom([gone]), NOW)).toEqual([]);
    expect(told.next(inRoom([sent(1), gone]), NOW)).toEqual([]);
  });

  test('are a line each, and clean', () => {
    const told = news();
    told.next(inRoom([sent(1)]), NOW);
    const hostile = sent(2, 'a\x1b[2Jb\n\n  c\r\nd\u202e');
    expect(told.next(inRoom([sent(1), hostile]), NOW)).toEqual(['#lobby grace: a␛[2Jb /   c / d']);
    const action = sent(3, 'waves', { action: true });
    const answer = sent(4, 'yes', { replyTo: 1, quote: { from: 'linus', text: 'x' }, mention: true });
    expect(told.next(inRoom([action, answer]), NOW)).toEqual([
      '#lobby * grace waves',
      '#lobby grace answers linus (mentions you): yes',
    ]);
  });

  test('of a conversation have the name of the other one', () => {
    const told = news();
    const peer = { name: 'bob', key: 'k', online: true };
    const state = {
      ...inRoom([]),
      rooms: [room('@bob', [], [sent(1)], { kind: 'direct', peer })],
      current: '@bob',
    };
    expect(chat(told.next(state, NOW))).toEqual(['@bob grace: text 1']);
  });

  test('that were read before are passed over, but for the last ones of the room shown', () => {
    const lines = Array.from({ length: 30 }, (_, index) => sent(index + 1));
    const shown = chat(news().next(inRoom(lines, { readTo: 28 }), NOW));
    expect(shown).toHaveLength(FIRST_LINES + 2);
    expect(shown.at(-1)).toContain('text 30');
    const hidden = chat(news().next(inRoom(lines, { readTo: 28 }, { current: null }), NOW));
    expect(hidden.map((line) => line.slice(-7))).toEqual(['text 29', 'text 30']);
  });

  test('of hours that were missed are told to a bound, and how many they were', () => {
    const told = news();
    told.next(inRoom([sent(1)]), NOW);
    const lines = Array.from({ length: 300 }, (_, index) => sent(index + 1));
    const shown = told.next(inRoom(lines), NOW);
    expect(shown).toHaveLength(MAX_MISSED + 1);
    expect(shown[0]).toBe(`#lobby ${299 - MAX_MISSED} more came meanwhile; voipterm tail prints all`);
    expect(shown.at(-1)).toBe('#lobby grace: text 300');
    expect(told.next(inRoom(lines), NOW)).toEqual([]);
  });

  test('of before the start come with their time, and with their day if it was another', () => {
    const lines = [sent(1, 'a', { at: NOON - 86_400_000 }), sent(2, 'b', { at: NOON - 60_000 })];
    expect(chat(news().next(inRoom(lines), NOW))).toEqual([
      '2025-11-16 12:00 #lobby grace: a',
      '11:59 #lobby grace: b',
    ]);
  });

  test('older ones that are asked for come with their time', () => {
    const told = news();
    told.next(inRoom([sent(10)]), NOW);
    expect(told.next(inRoom([sent(8), sent(9), sent(10)]), NOW)).toEqual([
      '13:00 #lobby grace: text 8',
      '13:00 #lobby grace: text 9',
    ]);
  });

  const mine = (state: 'pending' | 'sent' | 'refused', seq: number | null): Line => ({
    ...{ kind: 'message', id: 'x', seq, from: 'ada', at: NOW, text: 'mine', state },
  });
  const offline = {
    link: { at: 'offline', code: 'internal', reason: 'cable', retryInMs: 1000, voice: false },
  } as const;

  test('of ours are on the screen where they were typed, else told once they are acknowledged', () => {
    for (const echoed of [true, false]) {
      const told = news(echoed);
      told.next(inRoom([sent(1)]), NOW);
      expect(told.next(inRoom([sent(1), mine('pending', null)]), NOW)).toEqual([]);
      expect(told.next(inRoom([sent(1), mine('sent', 2)]), NOW)).toEqual(echoed ? [] : ['#lobby ada: mine']);
    }
  });

  test('of ours that wait, are sent later or refused, are told to do so', () => {
    const told = news(true);
    told.next(inRoom([sent(1)]), NOW);
    told.next(inRoom([sent(1), mine('pending', null)]), NOW);
    expect(chat(told.next(inRoom([sent(1), mine('pending', null)], {}, offline), NOW))).toEqual([
      'Not sent yet: mine',
    ]);
    expect(chat(told.next(inRoom([sent(1), mine('pending', null)]), NOW))).toEqual([]);
    expect(chat(told.next(inRoom([sent(1), mine('sent', 2)]), NOW))).toEqual(['Sent: mine']);
    const other = news(true);
    other.next(inRoom([mine('pending', null)]), NOW);
    expect(chat(other.next(inRoom([mine('refused', null)]), NOW))).toEqual([
      'Not sent, as the station refused it: mine',
    ]);
  });

  test('each come once, whatever the windows show and how often one looks', () => {
    const looks = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 12 }), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(looks, (windows) => {
        const told = news();
        const printed: string[] = [];
        const seen = new Set<number>();
        for (const [from, length, elsewhere] of windows) {
          const lines = Array.from({ length }, (_, index) => sent(from + index + 1));
          for (const { seq } of lines as { seq: number }[]) seen.add(seq);
          const state = inRoom(lines);
          printed.push(...chat(told.next(elsewhere ? { ...state, target: `t${from}` } : state, NOW)));
        }
        const numbers = printed.map((line) => Number(/text (\d+)$/.exec(line)?.[1]));
        expect(numbers.sort((a, b) => a - b)).toEqual([...seen].sort((a, b) => a - b));
      }),
      { seed: 7 },
    );
  });
});

describe('everything else', () => {
  test('is told when it changes', () => {
    const told = news();
    const state = inRoom([]);
    expect(told.next({ ...state, link: { at: 'connecting', voice: false } }, NOW)).toEqual([
      'Connecting to ada@station.example:2222.',
      'Microphone closed.',
      'You are in #lobby.',
    ]);
    expect(told.next(state, NOW)).toEqual(['Online at ada@station.example:2222.']);
    const open = { ...state, voice: { ...state.voice, talking: true } };
    expect(told.next(open, NOW)).toEqual(['Microphone open.']);
    expect(told.next({ ...open, voice: { ...open.voice, muted: true } }, NOW)).toEqual(['Microphone muted.']);
    expect(told.next({ ...state, current: null, rooms: [] }, NOW)).toEqual([
      'Microphone closed.',
      'You are in no room; /join ROOM enters one.',
    ]);
  });

  test('a warning is told once while its figures change', () => {
    const told = news();
    const state = inRoom([]);
    const silent = (ms: number): State => ({
      ...state,
      stats: { ...state.stats!, silent: true, acknowledgedAgoMs: ms, heardAgoMs: ms },
    });
    told.next(state, NOW);
    expect(told.next(silent(5000), NOW)).toEqual([
      expect.stringMatching(/^Attention: Voice does not get through/),
    ]);
    expect(told.next(silent(6000), NOW)).toEqual([]);
    expect(told.next(state, NOW)).toEqual([]);
    expect(told.next(silent(5000), NOW)).toHaveLength(1);
  });

  test('who talks is told once for each turn', () => {
    const told = news();
    const talks = (talking: boolean): State => ({
      ...inRoom([]),
      rooms: [room('lobby', [ME, { id: 2, name: 'grace', talking }], [])],
    });
    told.next(talks(false), NOW);
    expect(told.next(talks(true), NOW)).toEqual(['grace talks.']);
    told.next(talks(false), NOW + 1000);
    expect(told.next(talks(true), NOW + 2000)).toEqual([]);
    told.next(talks(false), NOW + 3000);
    expect(told.next(talks(true), NOW + 60_000)).toEqual(['grace talks.']);
  });

  test('lists are a line for each row', () => {
    const told = news();
    told.next(inRoom([]), NOW);
    const notice: Line = { kind: 'notice', id: 'n', at: NOW, text: 'ada\ngrace' };
    expect(told.next(inRoom([notice]), NOW)).toEqual(['* ada', '* grace']);
  });
});
