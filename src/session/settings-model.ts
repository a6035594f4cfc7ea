/**
 * What a client knows of its configuration: every key with its value, where that comes from, how it is edited and when a
 * change of it counts. Plain data that the interface draws; the command line knows what may stand there. Pure.
 */

/** Where a value in force comes from; the first that has one goes before the others. */
export type SettingSource = 'flag' | 'environment' | 'saved' | 'file' | 'default';

/** How a value is edited. Values are texts everywhere, as in the environment: lists with commas, switches true or false. */
export type SettingEditor =
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'toggle' }
  | { readonly kind: 'text' }
  /** Texts with commas between them; `choices` are all that may stand there, if these are known. */
  | { readonly kind: 'list'; readonly choices?: readonly string[] }
  /** A sound device, by its name or a part of it. */
  | { readonly kind: 'device'; readonly which: 'input' | 'output' }
  /** A key, by its chord ("ctrl+t"): taken from the keyboard. `many` takes several, with spaces between them. */
  | { readonly kind: 'key'; readonly many?: boolean }
  /** A colour: a name of the palette or "#rrggbb". */
  | { readonly kind: 'colour' };

/**
 * When a change counts: at once; with the next connection; when the program starts again; or, of a station's keys, when
 * the station reads its file again.
 */
export type SettingApplies = 'live' | 'reconnect' | 'restart' | 'station';

/** One key of the configuration. */
export interface SettingRow {
  readonly section: string;
  readonly key: string;
  /** "audio.bitrate" */
  readonly path: string;
  /** The value in force, fit to be shown: without control characters and passwords. */
  readonly value: string;
  /** The same as it is written. */
  readonly text: string;
  readonly source: SettingSource;
  /** What goes before a saved value, in words ("the variable VOIPTERM_AUDIO_BITRATE"), or null. */
  readonly override: string | null;
  readonly saved: string | null;
  readonly file: string | null;
  readonly default: string;
  readonly editor: SettingEditor;
  readonly applies: SettingApplies;
  /** What belongs after "must be". */
  readonly expected: string;
  readonly help: string;
  /** The value has changed, and does not count yet: what it waits for. */
  readonly waits: 'reconnect' | 'restart' | null;
}

/** Saves a value, or with null drops what was saved, so that the file or the default counts again. */
export interface SettingChange {
  readonly path: string;
  readonly text: string | null;
}

/** What came of a change, or of reading the file. */
export interface SettingsTold {
  readonly text: string;
  readonly tone: 'good' | 'warning' | 'bad';
}

/** What the test of the path found. */
export interface PathTest {
  readonly running: boolean;
  /** Sentences, the last ones found; none before the first test. */
  readonly lines: readonly { readonly text: string; readonly tone: 'plain' | 'good' | 'warning' | 'bad' }[];
}

export interface SettingsState {
  /** Every key, in the order in which it is shown. */
  readonly rows: readonly SettingRow[];
  /** Path of config.toml, whether it is there or not. */
  readonly file: string;
  /** Why what config.toml says now is not in force, with its line; or null. */
  readonly fileProblem: string | null;
  readonly told: SettingsTold | null;
  /** What an undo takes back, in words, or null. */
  readonly undo: string | null;
  /** What was last asked of a text that is being typed: why it cannot be the value, or null. */
  readonly check: { readonly path: string; readonly text: string; readonly problem: string | null } | null;
  readonly pathTest: PathTest;
}

export const NO_SETTINGS: SettingsState = {
  rows: [],
  file: '',
  fileProblem: null,
  told: null,
  undo: null,
  check: null,
  pathTest: { running: false, lines: [] },
};

/** The value of a key as it is written; undefined if there is no such key. */
export function settingText(settings: SettingsState, path: string): string | undefined {
  return settings.rows.find((row) => row.path === path)?.text;
}
