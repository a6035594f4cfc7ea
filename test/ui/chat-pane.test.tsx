/** The chat pane's parts, drawn without a terminal; and that nothing of others reaches it raw, whatever they write. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Line, State } from '../../src/session/state.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { hostileState } from '../fakes/crowds.ts';
import { busyState, message, NOON, room } from '../fakes/fake-session.ts';
import { draw } from './drawn.tsx';

describe('a conversation', () => {
  const direct = (online: boolean): State => {
    const peer = { name: 'grace', key: 'SHA256:x', online };
    const lines = [{ ...message('d1', 'grace', 'psst', NOON), seq: 1 }];
    const rooms = [room('@gracie', [], lines, { kind: 'direct', peer }), ...busyState().rooms];
    return { ...busyState(), rooms, current: '@gracie' };
  };

  test('is named after whoever the other one is now, and tells whether they are there', () => {
    const { rows } = draw(direct(true));
    expect(rows()[1]).toContain('── @grace ─');
    expect(
      rows()
        .slice(2, 10)
        .map((row) => row.slice(0, 20).trimEnd()),
    ).toEqual([
      ' Rooms',
      ' ▸ @grace',
      '   #lobby',
      '   #music         3',
      '   #station-ops',
      '',
      ' With',
      '   grace online',
    ]);
    expect(rows().at(-2)).toContain(' @grace ›');
    expect(draw(direct(false)).rows().join('\n')).toContain('grace offline');
  });
});

test('mentions are counted apart, who is away is marked, the topic is in the title', () => {
  const state = busyState();
  const [lobby, music, ops] = state.rooms;
  if (!lobby || !music || !ops) throw new Error('the fake has three rooms');
  const members = lobby.members.map((member) =>
    member.name === 'linus' ? { ...member, away: 'tea' } : member,
  );
  const rooms = [{ ...lobby, members, topic: 'What we\ndo' }, { ...music, mentions: 1 }, ops];
  const text = draw({ ...state, rooms })
    .rows()
    .join('\n');
  expect(text).toContain('── #lobby · What we do ─');
  expect(text).toMatch(/#music +!3 /);
  expect(text).toMatch(/linus away/);
});

describe('a search', () => {
  const results = Array.from({ length: 40 }, (_, at) => ({
    room: at % 2 === 0 ? 'lobby' : '@grace',
    seq: 100 - at,
    id: `f${at}`,
    from: 'grace',
    at: NOON,
    text: `found\n${at}`,
  }));
  const searching = (change: object): State => {
    const search = { query: 'x', room: null, results, more: true, busy: false, note: null, ...change };
    return { ...busyState(), text: { ...busyState().text, search } };
  };

  test('is a list in place of the chat', () => {
    const { rows } = draw(searching({}));
    expect(rows()[2]).toContain('"x": 40+ messages; Enter goes there, Esc closes');
    expect(rows()[3]).toContain('▸ 2025-11-17 12:00 #lobby grace: found 0');
    expect(rows()[4]).toContain('  2025-11-17 12:00 @grace grace: found 1');
    expect(rows()).toHaveLength(24);
  });

  test('says while it is going on, and what is missing', () => {
    const { rows } = draw(
      searching({ results: [], more: false, busy: true, note: 'offline: only what is kept here' }),
    );
    expect(rows()[2]).toContain('"x": searching ...');
    expect(rows()[3]).toContain('offline: only what is kept here');
  });

  test('keeps the chosen message in view', async () => {
    const { rows, type } = draw(searching({}));
    type('\x1b[B'.repeat(30));
    await expect.poll(() => rows().join('\n')).toContain('▸ 2025-11-17 12:00 #lobby grace: found 30');
  });
});

test('the prompt tells how many lines there are, and the mode of vi', async () => {
  const { rows, type } = draw(busyState());
  type('\x1b[200~one\ntwo\x1b[201~');
  await expect.poll(() => rows().at(-2)).toBe(' #lobby (2 lines) › one⏎two');
});

/** Anything that a terminal could obey, or that would turn or hide what stands beside it. */
const RAW = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b-\u200c\u200e\u200f\u2028\u2029\ufeff]/u;

function expectSafe(rows: readonly string[], columns: number): void {
  for (const row of rows) {
    expect(row).not.toMatch(RAW);
    expect(widthOf(row)).toBeLessThanOrEqual(columns);
  }
}

test.each([
  [80, 24],
  [200, 60],
  [40, 10],
])('the attack is text at %ix%i', async (columns, rows) => {
  const drawn = draw(hostileState(), { columns, rows });
  expectSafe(drawn.rows(), columns);
  drawn.type('\x1br');
  await expect.poll(() => drawn.rows().join('\n')).toContain('mal');
  expectSafe(drawn.rows(), columns);
});

test('so is anything else', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          '\x1b[2J',
          '\x1b]0;x\x07',
          '\x9b',
          '\u202e',
          '\u2066',
          '\u200b',
          '\r\n',
          '\t',
          'a',
          '日',
          '👩‍💻',
          '```',
          '`',
        ),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(any, any, any, any, (name, topic, said, pasted) => {
      const members = [
        { id: 1, name: 'ada', talking: false },
        { id: 2, name, talking: true, away: topic },
      ];
      const lines: Line[] = [
        { ...message('1', name, said, NOON), seq: 1 },
        { ...message('2', name, said, NOON), seq: 2, action: true, mention: true },
        { ...message('3', 'ada', said, NOON), seq: 3, replyTo: 1, edited: NOON },
        { kind: 'notice', id: '4', at: NOON, text: said },
      ];
      const rooms = [
        room('lobby', members, lines, { topic }),
        room(`@${name}`, [], [], { kind: 'direct', unread: 1 }),
        room(topic, [], []),
      ];
      const drawn = draw({ ...busyState(), target: topic, rooms, current: 'lobby' });
      drawn.type(`\x1b[200~${pasted.replaceAll('\x1b', '\x9b')}\x1b[201~`);
      expectSafe(drawn.rows(), 80);
      drawn.close();
    }),
    { numRuns: 15 },
  );
});
