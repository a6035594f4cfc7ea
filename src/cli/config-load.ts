/** Merges the sources of the configuration: flags > environment > saved settings > config.toml > defaults. */
import { homedir } from 'node:os';
import { VoiptermError } from '../errors.ts';
import type { SettingSource } from '../session/settings-model.ts';
import type { KeyOverrides } from '../ui/key-bindings.ts';
import {
  ALL_SETTINGS,
  type Config,
  type ConfigKey,
  camelKey,
  type NamedSetting,
  SETTINGS,
  type SettingValue,
} from './config.ts';
import { type ConfigFile, type FileValues, readConfigFile } from './config-file.ts';
import { checkKeys } from './config-keys.ts';
import { type Reading, readText, readTyped } from './config-read.ts';
import { escapeControls } from './escape.ts';
import type { ConfiguredForward } from './forward-options.ts';
import { xdgPaths } from './paths.ts';
import { keysInForce } from './saved-keys.ts';
import { nearest } from './suggest.ts';

/** What the command line gave, by key ("audio.bitrate"). Text is read as in the environment. */
export type ConfigFlags = { readonly [K in ConfigKey]?: SettingValue | undefined };

export interface ConfigSources {
  readonly flags?: ConfigFlags;
  /** VOIPTERM_AUDIO_BITRATE and so on; an empty variable counts as unset. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the settings pane saved, by key, as text. A key of another version is ignored. */
  readonly saved?: ReadonlyMap<string, string>;
  /** The file that --config names, which must exist. Default: config.toml in the XDG directory, which need not. */
  readonly file?: string | undefined;
}

export type Source = SettingSource;

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<ConfigKey, Source>>;
  /** The file's [[forward]] tables. */
  readonly forwards: readonly ConfiguredForward[];
  /** The user's keys, saved or from [keys], by the names of their commands. */
  readonly keys: KeyOverrides;
  /** What the values were merged from, for whoever merges them anew. */
  readonly flags: ConfigFlags;
  readonly env: NonNullable<ConfigSources['env']>;
  /** What config.toml says, if it is there. */
  readonly written: ConfigFile | undefined;
  /** Path of config.toml, whether it is there or not. */
  readonly file: string;
}

/**
 * @throws VoiptermError 'config.invalid' that names the file and line, the variable, the flag or the saved setting, what
 *   was expected and what was there.
 */
export function loadConfig({ flags = {}, env = {}, saved = new Map(), file }: ConfigSources): LoadedConfig {
  checkVariables(env);
  const path = file ?? xdgPaths(env, homedir()).configFile;
  const written = readConfigFile(path);
  if (!written && file !== undefined) {
    throw new VoiptermError('config.invalid', `there is no configuration file ${escapeControls(file)}`);
  }
  return mergeConfig({ flags, env, saved, written, path });
}

/** What loadConfig merges, all of it read. */
export interface MergeSources extends Required<Pick<ConfigSources, 'flags' | 'env' | 'saved'>> {
  /** What config.toml says, if it is there. */
  readonly written: ConfigFile | undefined;
  readonly path: string;
}

/**
 * The values in force. Pure.
 * @throws VoiptermError 'config.invalid' that names the variable, the flag or the saved setting.
 */
export function mergeConfig({ flags, env, saved, written, path }: MergeSources): LoadedConfig {
  const fileValues = written?.values;
  const values = new Map<ConfigKey, Chosen>();
  for (const row of ALL_SETTINGS) values.set(row.path, choose(row, { flags, env, saved, fileValues }));
  const { forwards = [] } = written ?? {};
  const config = nested(values);
  const { talkKey } = config.ui;
  checkKeys(written?.keys ?? new Map(), talkKey);
  const keys = keysInForce(written?.keys, saved, talkKey);
  return { config, sources: sourcesOf(values), forwards, keys, flags, env, written, file: path };
}

interface Chosen {
  readonly value: SettingValue;
  readonly source: Source;
}

interface Layers {
  readonly flags: NonNullable<ConfigSources['flags']>;
  readonly env: NonNullable<ConfigSources['env']>;
  readonly saved: ReadonlyMap<string, string>;
  readonly fileValues: FileValues | undefined;
}

/** The first source that has the key. Those behind it are not judged: so a bad saved value can be overridden. */
function choose(row: NamedSetting, { flags, env, saved, fileValues }: Layers): Chosen {
  const flag = flags[row.path];
  if (flag !== undefined) {
    const reading = typeof flag === 'string' ? readText(row.setting, flag) : readTyped(row.setting, flag);
    return { value: accepted(reading, `the option for ${row.path}`), source: 'flag' };
  }
  const variable = env[row.env];
  if (variable) {
    return {
      value: accepted(readText(row.setting, variable), `the variable ${row.env}`),
      source: 'environment',
    };
  }
  const kept = saved.get(row.path);
  if (kept !== undefined) {
    const reading = readText(row.setting, kept);
    const remedy = `; override it with ${row.env}`;
    return { value: accepted(reading, `the saved setting ${row.path}`, remedy), source: 'saved' };
  }
  const written = fileValues?.get(row.path);
  if (written !== undefined) return { value: written, source: 'file' };
  return { value: row.setting.default, source: 'default' };
}

function accepted(reading: Reading, where: string, remedy = ''): SettingValue {
  if (reading.ok) return reading.value;
  throw new VoiptermError('config.invalid', `${where} ${reading.problem}${remedy}`);
}

/** A misspelt VOIPTERM_AUDIO_... must not be passed over; other VOIPTERM_ names are not ours to judge. */
function checkVariables(env: Readonly<Record<string, string | undefined>>): void {
  const known = ALL_SETTINGS.map((row) => row.env);
  const sections = Object.keys(SETTINGS).map((section) => `VOIPTERM_${section.toUpperCase()}_`);
  for (const variable of Object.keys(env)) {
    if (known.includes(variable) || !sections.some((prefix) => variable.startsWith(prefix))) continue;
    const meant = nearest(variable, known);
    const hint = meant ? `did you mean ${meant}?` : 'voipterm help lists the settings';
    throw new VoiptermError('config.invalid', `there is no setting ${escapeControls(variable)}; ${hint}`);
  }
}

function nested(values: ReadonlyMap<ConfigKey, Chosen>): Config {
  const config: Record<string, Record<string, SettingValue>> = {};
  for (const { section, key, path, setting } of ALL_SETTINGS) {
    config[section] ??= {};
    config[section][camelKey(key)] = values.get(path)?.value ?? setting.default;
  }
  // Each value went through its row's schema, of which Config is the type.
  return config as unknown as Config;
}

function sourcesOf(values: ReadonlyMap<ConfigKey, Chosen>): Record<ConfigKey, Source> {
  const pairs = [...values].map(([path, { source }]) => [path, source]);
  return Object.fromEntries(pairs) as Record<ConfigKey, Source>;
}
