/** What the settings pane lists: every key by its section, the tests beside them, and what these found. Pure. */
import type { Command } from '../session/commands.ts';
import type { SettingRow } from '../session/settings-model.ts';
import type { State } from '../session/state.ts';
import { asSentence } from './sentence.ts';
import type { Tone } from './theme.ts';

/** Ids of the items that are no keys. */
export const SOUND_TEST = 'test:sound';
export const PATH_TEST = 'test:path';
export const METERS = 'test:meters';

/** Something to try out, in a row like a value's. */
export interface ActionItem {
  readonly kind: 'action';
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly help: string;
  /** What the next or the previous choice does. */
  readonly step: (by: 1 | -1) => Command;
}

export type SettingsItem =
  | { readonly kind: 'title'; readonly id: string; readonly title: string; readonly about: string }
  | { readonly kind: 'setting'; readonly id: string; readonly row: SettingRow }
  | ActionItem
  /** Drawn by itself: it moves ten times a second. */
  | { readonly kind: 'meters'; readonly id: string }
  | { readonly kind: 'text'; readonly id: string; readonly text: string; readonly tone: Tone };

/** Items that can be chosen. */
export type Selectable = Extract<SettingsItem, { readonly kind: 'setting' | 'action' }>;

const SECTIONS: Readonly<Record<string, { readonly title: string; readonly about: string }>> = {
  audio: { title: 'Sound', about: 'devices, your voice, and how others are heard' },
  ui: { title: 'Screen', about: 'the talk key, and what the terminal shows' },
  keys: { title: 'Keys', about: 'of each command' },
  client: { title: 'You', about: 'who you are, and the way to the station' },
  crypto: { title: 'Ciphers', about: 'of voice and forwards' },
  hooks: { title: 'Hooks', about: 'programs of yours that are started for messages' },
  logging: { title: 'Log', about: 'what is written to the log file' },
  station: {
    title: 'Station',
    about: 'only shown: voipterm serve reads them from config.toml, and anew on SIGHUP',
  },
};

/** Everything in the order in which it is shown; with a filter only what fits it. */
export function settingsItems(state: State, filter: string): readonly SettingsItem[] {
  const { rows } = state.settings;
  const sections = [...new Set(rows.map(({ section }) => section))];
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const filtered = words.length > 0;
  return sections.flatMap((section): SettingsItem[] => {
    const { title, about } = SECTIONS[section] ?? { title: section, about: '' };
    const tests = testsOf(section, state).filter(
      (item) => !filtered || (item.kind === 'action' && fits(`${item.label} test ${title}`, words)),
    );
    const settings = rows
      .filter((row) => row.section === section)
      .filter((row) => !filtered || fits(`${row.path} ${title} ${row.value} ${row.help}`, words))
      .map((row) => ({ kind: 'setting', id: row.path, row }) as const);
    if (tests.length + settings.length === 0) return [];
    return [{ kind: 'title', id: `title:${section}`, title, about }, ...tests, ...settings];
  });
}

function fits(text: string, words: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

export function selectables(items: readonly SettingsItem[]): readonly Selectable[] {
  return items.filter((item): item is Selectable => item.kind === 'setting' || item.kind === 'action');
}

/** The item with that id, else the first that can be chosen. */
export function selectedItem(items: readonly SettingsItem[], id: string): Selectable | undefined {
  const all = selectables(items);
  return all.find((item) => item.id === id) ?? all[0];
}

function testsOf(section: string, state: State): readonly SettingsItem[] {
  if (section === 'audio') {
    return [soundTest(state), { kind: 'meters', id: METERS }, ...deviceTexts(state)];
  }
  return section === 'client' ? [pathTest(state), ...pathTexts(state)] : [];
}

const LOOPBACKS = [
  ['off', 'off'],
  ['direct', 'at once'],
  ['delayed', '1.5 s later'],
] as const;

function soundTest({ sound }: State): ActionItem {
  const at = LOOPBACKS.findIndex(([mode]) => mode === sound.loopback);
  const figure =
    sound.loopbackMs === null ? 'say something' : `${Math.round(sound.loopbackMs)} ms from mouth to ear`;
  const value = LOOPBACKS[at]?.[1] ?? 'off';
  return {
    kind: 'action',
    id: SOUND_TEST,
    label: 'Hear yourself',
    value: sound.loopback === 'off' ? value : `${value}: ${figure}`,
    help: 'Test: plays your own voice back to you through the station, and to nobody else. Best with headphones on.',
    step: (by) => ({
      do: 'loopback',
      mode: LOOPBACKS[(at + by + LOOPBACKS.length) % LOOPBACKS.length]?.[0] ?? 'off',
    }),
  };
}

function pathTest({ settings }: State): ActionItem {
  const { running, lines } = settings.pathTest;
  return {
    kind: 'action',
    id: PATH_TEST,
    label: 'Test the path',
    value: running ? 'measuring' : lines.length === 0 ? 'not yet' : 'done; once more',
    help: 'Test: five round trips to the station, and what the tunnel measures of delay and loss meanwhile.',
    step: () => ({ do: 'path-test' }),
  };
}

function pathTexts({ settings }: State): readonly SettingsItem[] {
  return settings.pathTest.lines.map(({ text, tone }, at) => ({
    kind: 'text',
    id: `path:${at}`,
    text,
    tone: tone === 'plain' ? 'dim' : tone,
  }));
}

/** What a device that is not there needs; the way to reach it where it is. */
function deviceTexts({ voice }: State): readonly SettingsItem[] {
  return (['input', 'output'] as const).map((which) => {
    const { state, name, detail } = voice[which];
    const what = which === 'input' ? 'Microphone' : 'Speaker';
    const missing = state === 'missing' || state === 'lost';
    const text = missing ? `${what} ${state}: ${asSentence(detail || name)}` : `${what}: ${name || 'off'}`;
    return { kind: 'text', id: `device:${which}`, text, tone: missing ? 'warning' : 'dim' };
  });
}
