/** The sound settings and the test of sound at the top of the settings pane: what can be chosen, as rows. Pure. */
import type { Command } from '../session/commands.ts';
import type { SoundSettings } from '../session/sound-settings.ts';
import { type State, TALK_MODES } from '../session/state.ts';
import type { Row, Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { asSentence } from './sentence.ts';
import { padAfter, truncate, wrap } from './text-width.ts';
import type { Glyphs } from './theme.ts';

/** Rows that draw themselves: the meters move ten times a second. */
export const METER_ROW = 'sound:meters';
/** Cells of the labels, of what stands around them and what is chosen, and of the notes; names get the rest, and no more. */
const LABEL_COLUMNS = 18;
const FRAME_COLUMNS = 8;
const NOTE_COLUMNS = 28;
const MAX_VALUE_COLUMNS = 48;
/** Narrower screens have no notes. */
const NOTES_FROM = 76;
/** Most rows of what a missing device says: the rest of the pane begins soon. */
const MAX_DETAIL_ROWS = 4;

/** One thing to choose. */
export interface SoundItem {
  readonly label: string;
  /** What is chosen, in words. */
  readonly value: string;
  readonly note: string;
  /** What the next or the previous choice takes; undefined if there is none. */
  readonly step: (by: 1 | -1) => Command | undefined;
}

/** What the talk key is and does here, for its row. */
export interface TalkKeyWords {
  /** As a person reads it: "F8". */
  readonly key: string;
  /** Holding it talks; else it switches. */
  readonly holds: boolean;
}

type Choice<T> = readonly [value: T, words: string];

/** Levels that can be chosen for speech, dB of full scale. */
const THRESHOLDS: readonly Choice<number>[] = [-60, -55, -50, -45, -40, -35, -30, -25, -20].map(
  (db) => [db, `${db} dB`] as const,
);

const BITRATES: readonly Choice<number>[] = [12, 16, 24, 32, 48, 64, 96, 128].map(
  (kbit) => [kbit * 1000, `${kbit} kbit/s`] as const,
);
const FRAMES: readonly Choice<SoundSettings['frameMs']>[] = ([10, 20, 40, 60] as const).map(
  (ms) => [ms, `${ms} ms`] as const,
);

export function soundItems({ sound, voice }: State, talkKey: TalkKeyWords): readonly SoundItem[] {
  const { settings, devices, loopback } = sound;
  const set = <K extends keyof SoundSettings>(
    key: K,
    label: string,
    choices: readonly Choice<SoundSettings[K]>[],
    note = '',
  ): SoundItem =>
    item(label, choices, settings[key], note, (value) => ({ do: 'sound', change: { [key]: value } }));
  const onOff = [
    [true, 'on'],
    [false, 'off'],
  ] as const;
  return [
    set('inputDevice', 'Microphone', deviceChoices(devices.inputs), countOf(devices.inputs.length)),
    set('outputDevice', 'Speaker', deviceChoices(devices.outputs), countOf(devices.outputs.length)),
    set(
      'talkMode',
      'Opened by',
      TALK_MODES.map((mode) => [mode, MODE_WORDS[mode]] as const),
      keyWords(voice.mode, talkKey),
    ),
    set('thresholdDb', 'Speech from', THRESHOLDS, 'for the voice that opens it'),
    set('bitrate', 'Bitrate', BITRATES, 'more sounds better'),
    set('frameMs', 'Frame', FRAMES, 'shorter is prompter'),
    set('noiseSuppression', 'Noise suppression', onOff),
    set('autoGain', 'Automatic gain', onOff),
    set('limiter', 'Limiter', onOff),
    item(
      'Hear yourself',
      [
        ['off', 'off'],
        ['direct', 'at once'],
        ['delayed', '1.5 s later'],
      ] as const,
      loopback,
      latencyWords(sound),
      (mode) => ({ do: 'loopback', mode }),
    ),
  ];
}

const MODE_WORDS = {
  push: 'the talk key',
  voice: 'your voice',
  continuous: 'nothing: always open',
} as const;

function keyWords(mode: State['voice']['mode'], { key, holds }: TalkKeyWords): string {
  if (mode !== 'push') return `${key} mutes`;
  return holds ? `hold ${key}, twice latches` : `${key} switches`;
}

/** How long a loopback takes: the figure that the test is for. */
function latencyWords({ loopback, loopbackMs }: State['sound']): string {
  if (loopback === 'off') return 'best with headphones on';
  return loopbackMs === null ? 'say something' : `${Math.round(loopbackMs)} ms from mouth to ear`;
}

function countOf(count: number): string {
  return count === 0 ? 'none to choose from' : `of ${count}`;
}

function deviceChoices(devices: State['sound']['devices']['inputs']): readonly Choice<string>[] {
  const standard = devices.find((device) => device.standard);
  const words = standard ? `system's: ${standard.name}` : "the system's";
  return [['', words], ...devices.map(({ name }) => [name, name] as const)];
}

function item<T>(
  label: string,
  choices: readonly Choice<T>[],
  current: T,
  note: string,
  command: (value: T) => Command,
): SoundItem {
  const at = choices.findIndex(([value]) => value === current);
  return {
    label,
    note,
    // What a file or a flag says need not be among the choices.
    value: choices[at]?.[1] ?? String(current),
    step: (by) => {
      const next = choices[at < 0 ? 0 : (at + by + choices.length) % choices.length];
      return next && next[0] !== current ? command(next[0]) : undefined;
    },
  };
}

/** @param selected index of the item that the keys change. */
export function soundRows(
  state: State,
  talkKey: TalkKeyWords,
  selected: number,
  width: number,
  glyphs: Glyphs,
): readonly Row[] {
  const items = soundItems(state, talkKey);
  return [
    heading(width),
    ...items.map((one, index) => itemRow(one, index === selected, width, glyphs)),
    { key: METER_ROW, segments: [] },
    ...deviceRows(state, width),
  ];
}

function heading(width: number): Row {
  const how = ' up, down: choose   left, right: change';
  const segments: Segment[] = [{ text: ' Sound', tone: 'strong' }];
  if (width > how.length + 8) segments.push({ text: `  ${how}`, tone: 'dim' });
  return { key: 'sound:title', segments };
}

function itemRow({ label, value, note }: SoundItem, selected: boolean, width: number, glyphs: Glyphs): Row {
  const notes = width >= NOTES_FROM ? NOTE_COLUMNS : 0;
  const room = Math.min(MAX_VALUE_COLUMNS, width - LABEL_COLUMNS - FRAME_COLUMNS - notes);
  const shown = padAfter(cleanLine(value), room, glyphs.ellipsis);
  return {
    key: `sound:${label}`,
    segments: [
      { text: ` ${selected ? glyphs.current : ' '} `, tone: 'accent' },
      { text: padAfter(label, LABEL_COLUMNS, glyphs.ellipsis), tone: selected ? 'strong' : 'plain' },
      { text: selected ? '< ' : '  ', tone: 'dim' },
      { text: shown, tone: selected ? 'accent' : 'plain' },
      { text: selected ? ' >' : '  ', tone: 'dim' },
      { text: notes === 0 ? '' : ` ${truncate(note, notes, glyphs.ellipsis)}`, tone: 'dim' },
    ],
  };
}

/** What a device that is not there needs; the way to reach it where it is. */
function deviceRows({ voice }: State, width: number): readonly Row[] {
  return (['input', 'output'] as const).flatMap((which): Row[] => {
    const { state, name, detail } = voice[which];
    const what = which === 'input' ? 'Microphone' : 'Speaker';
    const missing = state === 'missing' || state === 'lost';
    const text = missing ? `${what} ${state}: ${asSentence(detail || name)}` : `${what}: ${name || 'off'}`;
    return wrap(cleanLine(text), Math.max(8, width - 4))
      .slice(0, missing ? MAX_DETAIL_ROWS : 1)
      .map((part, index) => ({
        key: `sound:${which}:${index}`,
        segments: [{ text: `   ${part}`, tone: missing ? 'warning' : 'dim' }],
      }));
  });
}
