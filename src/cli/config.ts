/**
 * Every setting of the program, as one table: its section and key, what it may be, its default and a line of help.
 *
 * Pure data and types. Each section is a file of its own in settings/: audio.bitrate and its default stand in
 * settings/audio.ts. config-load.ts merges the sources, config-example.ts writes config.example.toml from the table.
 * Keys are snake_case in TOML (audio.playout_delay_ms), VOIPTERM_AUDIO_PLAYOUT_DELAY_MS in the environment, and
 * camelCase in the Config object (config.audio.playoutDelayMs).
 */
import type { z } from 'zod';
import type { Setting } from './setting.ts';
import { AUDIO } from './settings/audio.ts';
import { CLIENT } from './settings/client.ts';
import { CRYPTO } from './settings/crypto.ts';
import { FILES } from './settings/files.ts';
import { HOOKS } from './settings/hooks.ts';
import { LOGGING } from './settings/logging.ts';
import { SHELL } from './settings/shell.ts';
import { STATION } from './settings/station.ts';
import { UI } from './settings/ui.ts';

export type { Setting, SettingValue } from './setting.ts';

/** The table. The order is that of config.example.toml and the settings pane. */
export const SETTINGS = {
  client: CLIENT,
  station: STATION,
  audio: AUDIO,
  crypto: CRYPTO,
  ui: UI,
  shell: SHELL,
  files: FILES,
  hooks: HOOKS,
  logging: LOGGING,
} as const satisfies Record<string, Record<string, Setting>>;

type Settings = typeof SETTINGS;
export type Section = keyof Settings;

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;
type Value<S> = S extends { readonly schema: z.ZodType<infer T> } ? T : never;

/** The values in force, by section, in camelCase. */
export type Config = {
  readonly [S in Section]: { readonly [K in keyof Settings[S] & string as Camel<K>]: Value<Settings[S][K]> };
};

/** "audio.bitrate": how flags and saved settings name a key. */
export type ConfigKey = { [S in Section]: `${S}.${keyof Settings[S] & string}` }[Section];

/** A row of the table with its names. */
export interface NamedSetting {
  readonly section: Section;
  /** Key in TOML, snake_case. */
  readonly key: string;
  readonly path: ConfigKey;
  /** Environment variable. */
  readonly env: string;
  readonly setting: Setting;
}

/** Every row in order. */
export const ALL_SETTINGS: readonly NamedSetting[] = (Object.keys(SETTINGS) as Section[]).flatMap((section) =>
  Object.entries<Setting>(SETTINGS[section]).map(([key, setting]) => ({
    section,
    key,
    path: `${section}.${key}` as ConfigKey,
    env: `VOIPTERM_${section}_${key}`.toUpperCase(),
    setting,
  })),
);

/** The key's name in the Config object: playout_delay_ms is playoutDelayMs. */
export function camelKey(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
