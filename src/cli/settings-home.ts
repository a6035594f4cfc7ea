/** The settings of a running client: the table, what is saved in the database, and config.toml as it is now. */
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { errnoOf, VoiptermError } from '../errors.ts';
import type { HomeRow, SettingsHome, SettingsInForce } from '../session/settings-home.ts';
import type { SettingChange } from '../session/settings-model.ts';
import { KEY_TABLE } from '../ui/key-table.ts';
import { ALL_SETTINGS, type NamedSetting } from './config.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { KEYS, keysFromText } from './config-keys.ts';
import { type LoadedConfig, mergeConfig } from './config-load.ts';
import { readText, writeText } from './config-read.ts';
import { escapeControls, shortened } from './escape.ts';
import { configuredPath } from './paths.ts';
import { keysProblem, passedOver } from './saved-keys.ts';
import { keyText, settingRows } from './setting-rows.ts';
import { exportedRows, settingsToml } from './settings-toml.ts';
import { nearest } from './suggest.ts';
import { watchForChanges } from './watch-file.ts';

/** The part of the database that settings need. */
export interface SavedSettings {
  settings(): ReadonlyMap<string, string>;
  /** All or none; undefined drops a value. */
  setSettings(values: ReadonlyMap<string, string | undefined>): void;
}

export interface HomeOptions {
  readonly store: SavedSettings;
  /** As it was loaded at the start. */
  readonly loaded: LoadedConfig;
  /** What the parts of a session take of a configuration. */
  readonly inForce: (loaded: LoadedConfig) => SettingsInForce;
  /** Why a text that its row takes cannot be a value all the same (a theme without a file); undefined if it can. */
  readonly judge?: (path: string, text: string, loaded: LoadedConfig) => string | undefined;
  /** Told of each configuration that comes into force after the first. */
  readonly onChanged?: (loaded: LoadedConfig) => void;
}

const KEY_PREFIX = `${KEYS}.`;
const TALK_KEY = 'ui.talk_key';

export class ClientSettings implements SettingsHome {
  readonly #options: HomeOptions;
  #loaded: LoadedConfig;
  #saved: ReadonlyMap<string, string>;

  constructor(options: HomeOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
    this.#saved = options.store.settings();
  }

  get file(): string {
    return this.#loaded.file;
  }

  get loaded(): LoadedConfig {
    return this.#loaded;
  }

  rows(): readonly HomeRow[] {
    return settingRows({ loaded: this.#loaded, saved: this.#saved });
  }

  inForce(): SettingsInForce {
    return this.#options.inForce(this.#loaded);
  }

  check(path: string, text: string): string | undefined {
    const { keys, config } = this.#loaded;
    if (path.startsWith(KEY_PREFIX)) {
      const tried = new Map([...keys, [path.slice(KEY_PREFIX.length), keysFromText(text)]]);
      return problemText(keysProblem(tried, config.ui.talkKey), path);
    }
    const named = ALL_SETTINGS.find((row) => row.path === path);
    const reading = named && readText(named.setting, text);
    if (!reading?.ok) return reading?.problem;
    if (path === TALK_KEY) return problemText(keysProblem(keys, text.trim()), 'keys.talk');
    return this.#options.judge?.(path, text.trim(), this.#loaded);
  }

  save(changes: readonly SettingChange[]): void {
    const values = new Map(changes.map((change) => [change.path, this.#textOf(change)] as const));
    const saved = new Map(this.#saved);
    for (const [path, text] of values) {
      if (text === undefined) saved.delete(path);
      else saved.set(path, text);
    }
    const loaded = this.#merge(saved, this.#loaded.written);
    this.#refuseCollisions(loaded, saved, values);
    this.#options.store.setSettings(values);
    this.#adopt(loaded, saved);
  }

  reload(): void {
    const written = readConfigFile(this.file);
    this.#adopt(this.#merge(this.#saved, written), this.#saved);
  }

  watch(onChange: () => void): () => void {
    return watchForChanges(this.file, onChange);
  }

  exportTo(path: string): { readonly file: string; readonly count: number } {
    const file = configuredPath(path, path, homedir());
    const rows = exportedRows(this.rows());
    writeNewFile(file, settingsToml(rows));
    return { file, count: rows.length };
  }

  readImport(path: string): { readonly file: string; readonly changes: readonly SettingChange[] } {
    const file = configuredPath(path, path, homedir());
    const written = readConfigFile(file);
    if (!written) throw new VoiptermError('config.invalid', `there is no file ${escapeControls(file)}`);
    return { file, changes: importedChanges(written) };
  }

  /** The text to save, as the table writes it; undefined to drop what is saved. Throws 'config.invalid'. */
  #textOf({ path, text }: SettingChange): string | undefined {
    if (!this.rows().some((row) => row.path === path)) throw unknownSetting(path);
    if (path.startsWith('station.'))
      throw new VoiptermError(
        'config.invalid',
        `${path} is a station's: write it into the config.toml of the machine that it runs on`,
      );
    if (text === null) return undefined;
    // Keys are judged all together.
    if (path.startsWith(KEY_PREFIX)) return keyText(keysFromText(text));
    const reading = readText(namedSetting(path).setting, text);
    const problem = reading.ok ? this.#options.judge?.(path, text.trim(), this.#loaded) : reading.problem;
    if (reading.ok && problem === undefined) return writeText(reading.value);
    throw new VoiptermError('config.invalid', `${path} ${problem}`);
  }

  /**
   * A key that would not count is refused, and a change that would take the key of another saved one. Saved ones that
   * another version's table has made collide before are left to lie.
   */
  #refuseCollisions(
    { keys, config }: LoadedConfig,
    saved: ReadonlyMap<string, string>,
    changed: ReadonlyMap<string, unknown>,
  ): void {
    const before = passedOver(this.#loaded.keys, this.#saved);
    const lost = [...passedOver(keys, saved)].filter(
      ([name]) => !before.has(name) || changed.has(KEY_PREFIX + name),
    );
    const problem = lost.length > 0 && keysProblem(new Map([...keys, ...lost]), config.ui.talkKey);
    if (problem) throw new VoiptermError('config.invalid', `${KEY_PREFIX}${problem.name} ${problem.text}`);
  }

  #merge(saved: ReadonlyMap<string, string>, written: ConfigFile | undefined): LoadedConfig {
    const { flags, env } = this.#loaded;
    return mergeConfig({ flags, env, saved, written, path: this.file });
  }

  #adopt(loaded: LoadedConfig, saved: ReadonlyMap<string, string>): void {
    this.#loaded = loaded;
    this.#saved = saved;
    this.#options.onChanged?.(loaded);
  }
}

/** What a TOML file says, as changes; a station's keys and forwards are left out. */
function importedChanges({ values, keys }: ConfigFile): readonly SettingChange[] {
  const own = [...values].filter(([path]) => !path.startsWith('station.'));
  return [
    ...own.map(([path, value]) => ({ path, text: writeText(value) })),
    ...[...keys].map(([name, chords]) => ({ path: KEY_PREFIX + name, text: keyText(chords) })),
  ];
}

function namedSetting(path: string): NamedSetting {
  const named = ALL_SETTINGS.find((row) => row.path === path);
  if (named) return named;
  throw unknownSetting(path);
}

function unknownSetting(path: string): VoiptermError {
  const known = [...ALL_SETTINGS.map((row) => row.path), ...KEY_TABLE.map(({ name }) => KEY_PREFIX + name)];
  const meant = nearest(path, known);
  const hint = meant ? `did you mean ${meant}?` : '"voipterm config show" lists them all';
  return new VoiptermError(
    'config.invalid',
    `there is no setting ${escapeControls(shortened(path, 80))}; ${hint}`,
  );
}

function problemText(
  problem: { readonly name: string; readonly text: string } | undefined,
  path: string,
): string | undefined {
  if (!problem) return undefined;
  const ours = path === KEY_PREFIX + problem.name;
  return ours ? problem.text : `would not do, as ${KEY_PREFIX}${problem.name} ${problem.text}`;
}

/** Never over a file that is there: it may hold what somebody wrote. */
function writeNewFile(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const errno = errnoOf(cause);
    const why =
      errno === 'EEXIST'
        ? 'is there already: choose another name'
        : `cannot be written (${errno ?? String(cause)})`;
    throw new VoiptermError('config.invalid', `${escapeControls(file)} ${why}`, { cause });
  }
}
