/** What the commands of listening mean, and how people show at the side. */
import { describe, expect, test } from 'vitest';
import { healthLine, redundancyWords, troubleWords } from '../../src/session/health-words.ts';
import { anybody } from '../../src/session/people.ts';
import type { ListeningState, MemberState, PersonHealth, State } from '../../src/session/state.ts';
import { parseEntered } from '../../src/ui/commands.ts';
import { recordersLabel } from '../../src/ui/keeping-words.ts';
import { sideRows } from '../../src/ui/side-rows.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { voiceRows } from '../../src/ui/voice-rows.ts';
import { emptyState, room } from '../fakes/fake-session.ts';

const { glyphs } = makeTheme(false, false);
const enter = (text: string) => parseEntered(text, { ...emptyState(), current: 'lobby' });

test.each([
  ['/volume @bob +6', { do: 'volume', name: '@bob', db: 6 }],
  ['/volume bob -6 dB', { do: 'volume', name: 'bob', db: -6 }],
  ['/volume @bob 100%', { do: 'volume', name: '@bob', db: 0 }],
  ['/volume', { do: 'people' }],
  ['/mute', { do: 'mute', on: true }],
  ['/mute @bob', { do: 'hear', name: '@bob', what: 'muted', on: true }],
  ['/unmute @bob', { do: 'hear', name: '@bob', what: 'muted', on: false }],
  ['/block @bob', { do: 'hear', name: '@bob', what: 'blocked', on: true }],
  ['/unblock bob', { do: 'hear', name: 'bob', what: 'blocked', on: false }],
  ['/priority @bob', { do: 'hear', name: '@bob', what: 'priority', on: true }],
  ['/priority @bob off', { do: 'hear', name: '@bob', what: 'priority', on: false }],
  ['/replay 10 @bob', { do: 'replay', seconds: 10, name: '@bob' }],
  ['/replay @bob', { do: 'replay', seconds: 10, name: '@bob' }],
  ['/replay 5', { do: 'replay', seconds: 5, name: null }],
  ['/replay', { do: 'replay', seconds: 10, name: null }],
  ['/replay on', { do: 'keep', on: true }],
  ['/replay OFF', { do: 'keep', on: false }],
  ['/replay stop', { do: 'replay', seconds: 0, name: null }],
  ['/record', { do: 'record', format: null, directory: null }],
  ['/record wav', { do: 'record', format: 'wav', directory: null }],
  ['/record OGG ~/my calls', { do: 'record', format: 'ogg', directory: '~/my calls' }],
  ['/record oggs', { do: 'record', format: null, directory: 'oggs' }],
  ['/record stop', { do: 'record-stop' }],
])('%s', (text, command) => {
  expect(enter(text)).toEqual({ kind: 'command', command });
});

test.each([
  '/volume @bob',
  '/volume @bob loud',
  '/volume @bob 0%',
  '/volume @bob 1 2',
  '/mute @bob @eve',
  '/block',
  '/block @bob @eve',
  '/priority',
  '/priority @bob maybe',
  '/replay 31',
  '/replay 0',
  '/replay 5 @bob @eve',
])('%s is answered with how to write it', (text) => {
  expect(enter(text)).toMatchObject({ kind: 'error', text: expect.stringContaining(text.split(' ')[0]!) });
});

const health = (more: Partial<PersonHealth>): PersonHealth => ({
  ssrc: 2,
  name: 'bob',
  jitterMs: 3.4,
  lossPct: 0,
  latePct: 0,
  concealedPct: 0,
  playoutDelayMs: 40,
  levelDb: -25,
  heardLossPct: null,
  fault: 'none',
  active: true,
  ...more,
});

describe('at the side', () => {
  function side(
    members: readonly MemberState[],
    listening: Partial<ListeningState> = {},
    width = 20,
    height = 14,
  ): string[] {
    const state: State = {
      ...emptyState(),
      rooms: [room('lobby', members, [])],
      current: 'lobby',
      listening: { ...emptyState().listening, ...listening },
    };
    const rows = sideRows(state, width, height, glyphs).map(({ segments }) =>
      segments.map(({ text }) => text).join(''),
    );
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(width);
    return rows.slice(rows.findIndex((row) => row.includes('Here')) + 1);
  }
  const ada: MemberState = { id: 1, name: 'ada', talking: false, key: 'KA' };
  const bob: MemberState = { id: 2, name: 'bob', talking: false, key: 'KB' };

  test('stands what is wanted of somebody, and who keeps what is said', () => {
    const person = anybody('bob');
    expect(side([ada, bob])).toEqual(['   ada (you)', '   bob']);
    expect(side([bob], { people: { KB: { ...person, db: -6 } } })).toEqual(['   bob -6 dB']);
    expect(side([bob], { people: { KB: { ...person, muted: true, db: 3 } } })).toEqual([
      '   bob muted +3 dB',
    ]);
    expect(side([bob], { people: { KB: { ...person, blocked: true, muted: true } } })).toEqual([
      '   bob blocked',
    ]);
    expect(side([{ ...bob, recording: true, replay: true, talking: true }])).toEqual([' ● bob REC 30s )))']);
    expect(side([ada], { recording: '/r', replay: true }, 26)).toEqual(['   ada REC (you) 30s']);
  });

  test('a long name keeps half of the row, and that it is recorded', () => {
    const long = { ...bob, name: 'a'.repeat(32), recording: true, replay: true, talking: true };
    const [row] = side([long], { people: { KB: { ...anybody('x'), db: -12.5, priority: true } } });
    expect(row).toMatch(/a{7,}….*REC/);
  });

  test('below a voice stands what is wrong with it, and at the end what we send for whom, as far as there is room', () => {
    const troubled = {
      health: [health({ lossPct: 12, fault: 'their-uplink' })],
      redundancy: { addedBps: 18_200, name: 'bob', lossPct: 12 },
    };
    expect(side([ada, bob], troubled, 26)).toEqual([
      '   ada (you)',
      '   bob',
      '   12% lost: their uplink',
      '',
      ' +18 kb/s for bob: 12%',
      ' loss',
    ]);
    expect(side([ada, bob], troubled, 26, 7)).toEqual([
      '   ada (you)',
      '   bob',
      '   12% lost: their uplink',
    ]);
    expect(side([ada, bob], troubled, 26, 6)).toEqual(['   ada (you)', '   bob']);
    const silent = { health: troubled.health.map((voice) => ({ ...voice, active: false })) };
    expect(side([ada, bob], silent, 26)).toEqual(['   ada (you)', '   bob']);
  });
});

test('who records is in the status line', () => {
  const state = (members: readonly MemberState[], recording: string | null): State => ({
    ...emptyState(),
    rooms: [room('lobby', members, [])],
    current: 'lobby',
    listening: { ...emptyState().listening, recording },
  });
  const eve = { id: 5, name: 'eve', talking: false, recording: true };
  expect(recordersLabel(state([], null))).toBe('');
  expect(recordersLabel(state([eve], null))).toBe('REC eve');
  expect(recordersLabel(state([eve, { ...eve, id: 6, name: 'bob' }], '/r'))).toBe('REC you +2');
  expect(recordersLabel(state([{ ...eve, id: 1, name: 'ada' }], null))).toBe('');
});

test('a voice in words', () => {
  expect(troubleWords(health({}))).toBe('');
  expect(troubleWords(health({ latePct: 7, fault: 'your-downlink' }))).toBe('7% late: your downlink');
  expect(troubleWords(health({ heardLossPct: 20, lossPct: 5, fault: 'your-uplink' }))).toBe(
    '20% of you lost: your uplink',
  );
  expect(troubleWords(health({ fault: 'their-microphone' }))).toBe('too quiet: their microphone');
  expect(healthLine(health({ heardLossPct: 0.4 }), 23.4)).toBe(
    'bob: fine (RTT 23 ms, jitter 3 ms, loss 0%, late 0%, concealed 0%, delay 40 ms, level -25 dB, loses <1% of you)',
  );
  expect(redundancyWords({ addedBps: 18_200, name: 'bob', lossPct: 12 })).toBe('+18 kb/s for bob: 12% loss');
  expect(redundancyWords(null)).toBe('');
});

test('the panel has a row a voice, with fewer figures on a narrow screen, and never more than fits', () => {
  expect(enter('/voice')).toEqual({ kind: 'voices' });
  const state: State = {
    ...emptyState(),
    listening: {
      ...emptyState().listening,
      health: [
        health({}),
        health({ ssrc: 3, name: 'a'.repeat(32), lossPct: 12.4, heardLossPct: 0.3, fault: 'their-uplink' }),
      ],
      redundancy: { addedBps: 18_200, name: 'bob', lossPct: 12 },
    },
  };
  const panel = (width: number): string[] =>
    voiceRows(state, width, glyphs).map(({ segments }) => segments.map(({ text }) => text).join(''));
  expect(panel(100)).toEqual([
    ' RTT 23 ms         lost    late  of you  jitter   delay conceal   level  fault (/voice closes)',
    ' bob                 0%      0%       -    3 ms   40 ms      0%  -25 dB  fine',
    ' aaaaaaaaaaaaa…     12%      0%     <1%    3 ms   40 ms      0%  -25 dB  their uplink',
    ' Sent against loss: +18 kb/s for bob: 12% loss',
  ]);
  for (const width of [40, 56, 80, 100, 200])
    for (const row of panel(width)) expect(row.length).toBeLessThan(width);
  const nobody = { ...state, listening: { ...state.listening, health: [], redundancy: null } };
  expect(voiceRows(nobody, 80, glyphs)).toHaveLength(2);
});
