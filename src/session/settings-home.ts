/** Where a session's settings live, as it sees them: the command line's table, its sources and the database. Types only. */
import type { AudioOptions } from '../audio/options.ts';
import type { KeepingSettings } from './keeping.ts';
import type { SettingChange, SettingRow } from './settings-model.ts';
import type { TalkLimits } from './talk-watch.ts';
import type { TextSettings } from './text.ts';

/** What of the settings in force the parts of a session take while they run. */
export interface SettingsInForce {
  readonly audio: AudioOptions;
  readonly keeping: KeepingSettings;
  readonly talkLimits: TalkLimits;
  readonly text: TextSettings;
}

/** A row before the session says what it waits for. */
export type HomeRow = Omit<SettingRow, 'waits'>;

export interface SettingsHome {
  /** Path of config.toml, whether it is there or not. */
  readonly file: string;
  /** Every key as it is now, in the order in which it is shown. */
  rows(): readonly HomeRow[];
  inForce(): SettingsInForce;
  /** Why this text cannot be the value ("must be a whole number ..."); undefined if it can, or there is no such key. */
  check(path: string, text: string): string | undefined;
  /**
   * Saves values, all or none. Throws 'config.invalid' for what cannot be one, 'store.unwritable' or 'store.locked' if
   * the disk refuses; then nothing has changed.
   */
  save(changes: readonly SettingChange[]): void;
  /** Reads config.toml anew. Throws 'config.invalid' with file and line; then all stays as it was. */
  reload(): void;
  /** Calls back some time after config.toml changed, came or went; returns what ends that. */
  watch(onChange: () => void): () => void;
  /** Writes what is not the default as TOML into a new file; returns how many keys. Throws 'config.invalid'. */
  exportTo(path: string): { readonly file: string; readonly count: number };
  /** What a TOML file says, as changes. Throws 'config.invalid' with file and line. */
  readImport(path: string): { readonly file: string; readonly changes: readonly SettingChange[] };
}
