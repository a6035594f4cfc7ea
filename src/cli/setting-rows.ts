/** Every key of the configuration as the settings pane and "voipterm config" show it. Pure. */
import type { HomeRow } from '../session/settings-home.ts';
import type { SettingEditor, SettingSource } from '../session/settings-model.ts';
import type { KeyRow } from '../ui/key-row.ts';
import { KEY_TABLE } from '../ui/key-table.ts';
import { ALL_SETTINGS, camelKey, type NamedSetting, type SettingValue } from './config.ts';
import { KEYS } from './config-keys.ts';
import type { LoadedConfig } from './config-load.ts';
import { writeText } from './config-read.ts';
import { escapeControls } from './escape.ts';
import { passedOver } from './saved-keys.ts';

/** What stands in the order of a person's interest: how it sounds and looks, then the way there, a station's at the end. */
const ORDER = ['audio', 'ui', 'keys', 'client', 'crypto', 'logging', 'station'];

export interface RowSources {
  readonly loaded: LoadedConfig;
  readonly saved: ReadonlyMap<string, string>;
}

/** Every key with its value in force and where that comes from, in the order in which it is shown. */
export function settingRows(sources: RowSources): HomeRow[] {
  const rows = [...ALL_SETTINGS.map((named) => rowOf(named, sources)), ...keyRows(sources)];
  const others = rows.map(({ section }) => section).filter((section) => !ORDER.includes(section));
  const order = [...ORDER.slice(0, -1), ...new Set(others), ...ORDER.slice(-1)];
  return order.flatMap((section) => rows.filter((row) => row.section === section));
}

function rowOf({ section, key, path, env, setting }: NamedSetting, { loaded, saved }: RowSources): HomeRow {
  const values: Readonly<Record<string, SettingValue>> = loaded.config[section];
  const text = writeText(values[camelKey(key)] ?? setting.default);
  const written = loaded.written?.values.get(path);
  const source = loaded.sources[path];
  return {
    ...{ section, key, path, text, source },
    value: shownValue(text),
    override: overrideOf(source, env),
    saved: saved.get(path) ?? null,
    file: written === undefined ? null : writeText(written),
    default: writeText(setting.default),
    editor: setting.editor as SettingEditor,
    applies: section === 'station' ? 'station' : setting.applies,
    expected: setting.expected,
    help: setting.help,
  };
}

function overrideOf(source: SettingSource, env: string): string | null {
  if (source === 'flag') return 'an option of the command line';
  return source === 'environment' ? `the variable ${env}` : null;
}

/** A value fit to be shown: without control characters, and without a proxy's password. */
export function shownValue(text: string): string {
  return escapeControls(text).replace(/(:\/\/[^:@/]*:)[^@]*@/g, '$1***@');
}

/** The keys of [keys]: a row for each command of the key table. */
function keyRows(sources: RowSources): HomeRow[] {
  const lost = passedOver(sources.loaded.keys, sources.saved);
  return KEY_TABLE.map((row) => keyRowOf(row, sources, lost.has(row.name)));
}

/** @param lost what is saved does not count, as it collides. */
function keyRowOf(
  { name, keys, scope, help }: KeyRow,
  { loaded, saved }: RowSources,
  lost: boolean,
): HomeRow {
  const path = `${KEYS}.${name}`;
  const standard = name === 'talk' ? [loaded.config.ui.talkKey] : keys;
  const file = loaded.written?.keys.get(name);
  const kept = saved.get(path) ?? null;
  const text = keyText(loaded.keys.get(name) ?? standard);
  const behindSaved = file ? 'file' : 'default';
  return {
    ...{ section: KEYS, key: name, path, text, value: escapeControls(text) },
    source: kept !== null && !lost ? 'saved' : behindSaved,
    override: lost ? 'a key of another command' : null,
    saved: kept,
    file: file ? keyText(file) : null,
    default: keyText(standard),
    editor: { kind: 'key', many: true },
    applies: 'live',
    expected: 'keys such as "ctrl+t" or "ctrl+x ctrl+e" with commas between, or nothing for no key',
    help: `${sentence(help)} (${scope})`,
  };
}

/** Keys as a text that keysFromText reads. */
export function keyText(keys: readonly string[]): string {
  return keys.join(', ');
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
