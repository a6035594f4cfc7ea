/** The sound settings at the top of the settings pane: what they say, what keys make of them, and that they fit. */
import { describe, expect, test } from 'vitest';
import type { State } from '../../src/session/state.ts';
import { soundItems, soundRows } from '../../src/ui/sound-rows.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { emptyState } from '../fakes/fake-session.ts';

const { glyphs } = makeTheme(false, false);
const talkKey = { key: 'F8', holds: true };
const headset = { name: 'USB Headset', standard: true };
const camera = { name: 'Camera', standard: false };

function state(change: Partial<State['sound']> = {}): State {
  const { sound, ...rest } = emptyState();
  const devices = { inputs: [headset, camera], outputs: [headset] };
  return { ...rest, sound: { ...sound, devices, ...change } };
}

const textOf = (rows: ReturnType<typeof soundRows>): string[] =>
  rows.map(({ segments }) => segments.map(({ text }) => text).join(''));
const itemOf = (of: State, label: string, key = talkKey) =>
  soundItems(of, key).find((item) => item.label === label)!;

test('what can be chosen and what it is stands in rows, the chosen one marked', () => {
  expect(textOf(soundRows(state(), talkKey, 2, 80, glyphs)).map((row) => row.trimEnd())).toEqual([
    ' Sound   up, down: choose   left, right: change',
    "   Microphone          system's: USB Headset        of 2",
    "   Speaker             system's: USB Headset        of 1",
    ' ▸ Opened by         < the talk key               > hold F8, twice latches',
    '   Speech from         -45 dB                       for the voice that opens it',
    '   Bitrate             32 kbit/s                    more sounds better',
    '   Frame               20 ms                        shorter is prompter',
    '   Noise suppression   off',
    '   Automatic gain      off',
    '   Limiter             off',
    '   Hear yourself       off                          best with headphones on',
    '',
    '   Microphone: @audio/mic (miniaudio)',
    '   Speaker: @audio/speaker (miniaudio)',
  ]);
});

test.each([40, 60, 80, 116, 200])('no row is wider than %i cells, whatever devices are called', (width) => {
  const detail = 'the program arecord is not installed: install it, '.repeat(9);
  const long = { name: 'Very long \x1b[31mdevice 長い名前'.repeat(9), standard: true };
  const missing = { state: 'missing', name: 'mic', detail } as const;
  const of = state({ devices: { inputs: [long], outputs: [] } });
  const rows = textOf(
    soundRows({ ...of, voice: { ...of.voice, input: missing } }, talkKey, 0, width, glyphs),
  );
  expect(rows.length).toBeLessThanOrEqual(17);
  for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
  expect(rows.join('')).not.toContain('\x1b');
});

describe('left and right', () => {
  test('go round the devices, the system’s among them', () => {
    const item = itemOf(state(), 'Microphone');
    expect(item.step(1)).toEqual({ do: 'sound', change: { inputDevice: 'USB Headset' } });
    expect(item.step(-1)).toEqual({ do: 'sound', change: { inputDevice: 'Camera' } });
  });

  test('leave a name that is not there for one that is', () => {
    const settings = { ...state().sound.settings, inputDevice: 'gone' };
    const item = itemOf(state({ settings }), 'Microphone');
    expect(item.value).toBe('gone');
    expect(item.step(1)).toEqual({ do: 'sound', change: { inputDevice: '' } });
  });

  test('do nothing where there is one choice only', () => {
    expect(itemOf(state({ devices: { inputs: [], outputs: [] } }), 'Speaker').step(1)).toBeUndefined();
  });

  test('change the rest', () => {
    expect(itemOf(state(), 'Opened by').step(1)).toEqual({ do: 'sound', change: { talkMode: 'voice' } });
    expect(itemOf(state(), 'Speech from').step(1)).toEqual({ do: 'sound', change: { thresholdDb: -40 } });
    expect(itemOf(state(), 'Limiter').step(1)).toEqual({ do: 'sound', change: { limiter: true } });
    expect(itemOf(state(), 'Hear yourself').step(1)).toEqual({ do: 'loopback', mode: 'direct' });
    expect(itemOf(state(), 'Hear yourself').step(-1)).toEqual({ do: 'loopback', mode: 'delayed' });
  });
});

describe('a note', () => {
  test('tells what the talk key does here', () => {
    expect(itemOf(state(), 'Opened by', { key: 'F8', holds: false }).note).toBe('F8 switches');
    const open = { ...state(), voice: { ...state().voice, mode: 'voice' } } as const;
    expect(itemOf(open, 'Opened by').note).toBe('F8 mutes');
  });

  test('tells how long our own voice takes to come back', () => {
    const note = (change: Partial<State['sound']>) => itemOf(state(change), 'Hear yourself').note;
    expect(note({ loopback: 'direct' })).toBe('say something');
    expect(note({ loopback: 'direct', loopbackMs: 87.4 })).toBe('87 ms from mouth to ear');
  });
});
