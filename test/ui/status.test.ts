/** The status line at several widths, and the sentences above it. */
import { describe, expect, test } from 'vitest';
import type { State } from '../../src/session/state.ts';
import { countAlertRows } from '../../src/ui/alert-rows.ts';
import { alertsOf, METER_CELLS, meterCells, statusLine } from '../../src/ui/status.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { emptyState } from '../fakes/fake-session.ts';

const { glyphs } = makeTheme(false, false);
const online = emptyState();
const stats = online.stats!;

function said(state: State, width = 120, retryInMs = 0): string {
  const { segments, meters } = statusLine(state, retryInMs, glyphs, width);
  return [...segments.map(({ text }) => text.trim()), meters ? 'meters' : ''].join('|');
}

test('everything has a place on a wide screen', () => {
  const talking = { ...online, voice: { ...online.voice, talking: true, deafened: true } };
  expect(said(talking)).toBe('● online|TALKING|deafened|RTT 23 ms|loss ↑0% ↓1%|udp|chacha20|meters');
});

test('what opens the microphone is said where it is no key that is held', () => {
  const voice = (change: Partial<State['voice']>) =>
    said({ ...online, voice: { ...online.voice, ...change } });
  expect(voice({ talking: true })).toContain('online|TALKING|RTT');
  expect(voice({ talking: true, latched: true })).toContain('online|TALKING ON|RTT');
  expect(voice({ mode: 'voice' })).toContain('online|by voice|RTT');
  expect(voice({ mode: 'voice', sending: true })).toContain('online|TALKING|by voice|RTT');
  expect(voice({ mode: 'continuous', muted: true })).toContain('online|muted|open mic|RTT');
});

test('a test of sound says that it is none for the room', () => {
  const { sound, voice } = online;
  const testing = { ...online, sound: { ...sound, loopback: 'direct' as const } };
  expect(said({ ...testing, voice: { ...voice, talking: true, latched: true } })).toContain('|SOUND TEST|');
});

test('the least important goes first when the room is short', () => {
  expect(said(online, 79)).toBe('● online|RTT 23 ms|loss ↑0% ↓1%|udp|chacha20|meters');
  expect(said(online, 65)).toBe('● online|RTT 23 ms|loss ↑0% ↓1%|meters');
  expect(said(online, 40)).toBe('● online|RTT 23 ms|loss ↑0% ↓1%|');
  expect(said(online, 25)).toBe('● online|RTT 23 ms|');
  expect(said(online, 5)).toBe('● online|');
});

test('each phase of the link has its words', () => {
  expect(said({ ...online, link: { at: 'connecting', voice: false } })).toContain('connecting');
  expect(
    said(
      {
        ...online,
        link: { at: 'offline', code: 'control.unreachable', reason: 'r', retryInMs: 0, voice: false },
      },
      120,
      2100,
    ),
  ).toContain('offline, retry in 3 s');
  expect(said({ ...online, link: { at: 'failed', code: 'control.auth-refused', reason: 'r' } })).toContain(
    'failed',
  );
});

test('what is unknown is not a number', () => {
  const unknown = { ...stats, rttMs: null, lossUp: null, lossDown: 0.001, cipher: null };
  expect(said({ ...online, stats: unknown })).toContain('RTT -|loss ↑- ↓<1%|udp|no cipher');
  expect(said({ ...online, stats: null })).toBe('● online|meters');
});

test('each direction names its carrier, and why it is not UDP', () => {
  const carrierReason = 'no UDP answer for 4 s';
  const stream = { ...stats, carrierUp: 'stream', carrierDown: 'stream', carrierReason } as const;
  expect(said({ ...online, stats: stream })).toContain('|stream (no UDP answer for 4 s)|');
  const port = { ...stream, carrierDown: 'udp:443' } as const;
  expect(said({ ...online, stats: port })).toContain('|↑stream ↓udp:443 (no UDP answer for 4 s)|');
});

test('a pause says whether nothing is heard or nothing acknowledged', () => {
  const deaf = { ...stats, silent: true, heardAgoMs: 9800, acknowledgedAgoMs: 9900 };
  expect(said({ ...online, stats: deaf })).toContain('|nothing heard for 9 s|');
  expect(said({ ...online, stats: { ...deaf, heardAgoMs: 100 } })).toContain(
    '|nothing acknowledged for 9 s|',
  );
  const never = { ...stats, silent: true, heardAgoMs: null, acknowledgedAgoMs: null };
  expect(said({ ...online, stats: never })).toContain('|no datagram was answered yet|');
});

test('muted wins over talking', () => {
  expect(said({ ...online, voice: { ...online.voice, talking: true, muted: true } })).toContain('|MUTED|');
});

describe('alerts', () => {
  test('none while all is well', () => {
    expect(alertsOf(online)).toEqual([]);
  });

  test('each trouble is a sentence, cleaned', () => {
    const missing = { state: 'missing', name: 'mic', detail: 'install \x1b[31malsa-utils' } as const;
    const state: State = {
      ...online,
      stats: { ...stats, silent: true, acknowledgedAgoMs: 7300 },
      voice: { ...online.voice, input: missing },
    };
    expect(alertsOf(state)).toEqual([
      expect.stringContaining(
        'Voice does not get through, by UDP or inside SSH: nothing acknowledged for 7 s',
      ),
      'Microphone missing: install ␛[31malsa-utils',
    ]);
    expect(said(state)).toContain('|nothing acknowledged for 7 s|');
  });

  test('of two devices that are missing, the details do not hide the chat', () => {
    const detail = 'a sentence about a package and a program that are to be installed, '.repeat(4);
    const missing = { state: 'missing', name: 'mic', detail } as const;
    const lost = { state: 'lost', name: 'USB headset', detail: '' } as const;
    expect(alertsOf({ ...online, voice: { ...online.voice, output: lost } })).toEqual([
      'Speaker lost: USB headset',
    ]);
    const both = { ...online, voice: { ...online.voice, input: missing, output: lost } };
    expect(countAlertRows(both, null, 80)).toBe(1);
    expect(alertsOf(both)).toEqual(['Microphone missing, speaker lost: text goes on; F2 says what to do']);
  });

  test('who speaks while muted is told so', () => {
    const muted = { ...online.voice, mode: 'voice', muted: true } as const;
    expect(alertsOf({ ...online, voice: { ...muted, mutedSpeech: true } })).toEqual([
      'You speak, but you are muted: /unmute lets the others hear you',
    ]);
    expect(said({ ...online, voice: { ...muted, mutedSpeech: true } })).toContain('online|MUTED|');
    const push = { ...muted, mode: 'push' } as const;
    expect(said({ ...online, voice: { ...push, talking: true } })).toContain('online|MUTED|');
    // Speech without the key is not meant for the room.
    expect(alertsOf({ ...online, voice: { ...push, mutedSpeech: true } })).toEqual([]);
    expect(said({ ...online, voice: muted })).toContain('online|muted|');
  });

  test('the reason of a failure is told', () => {
    expect(
      alertsOf({
        ...online,
        link: { at: 'failed', code: 'control.host-key-changed', reason: 'The key changed.' },
      }),
    ).toEqual(['The key changed.']);
  });
});

test('meters run from silence to full', () => {
  expect([127, 60, 33, 6, 0, -5].map(meterCells)).toEqual([0, 0, 3, METER_CELLS, METER_CELLS, METER_CELLS]);
});
