/** Settings as a TOML document that "voipterm config import", or a copy to config.toml, takes back. Pure. */
import type { HomeRow } from '../session/settings-home.ts';
import { ALL_SETTINGS, type SettingValue } from './config.ts';
import { KEYS, keysFromText } from './config-keys.ts';
import { readText } from './config-read.ts';

const PREFACE =
  '# Settings of voipterm that are not the default. A proxy may stand here with its password.\n';

/**
 * What of the rows is exported: what was saved or stands in config.toml and is not the default, but for a station's own.
 * Options and the environment are of this start and this machine.
 */
export function exportedRows(rows: readonly HomeRow[]): readonly HomeRow[] {
  return rows
    .filter(({ section }) => section !== 'station')
    .map((row) => ({ ...row, text: row.saved ?? row.file ?? row.default }))
    .filter(({ text, default: standard }) => text !== standard);
}

/** The document; only the preface if there are no rows. */
export function settingsToml(rows: readonly HomeRow[]): string {
  const sections = [...new Set(rows.map(({ section }) => section))];
  return (
    PREFACE +
    sections
      .map(
        (section) =>
          `\n[${section}]\n${rows
            .filter((row) => row.section === section)
            .map(line)
            .join('')}`,
      )
      .join('')
  );
}

function line({ section, key, path, text }: HomeRow): string {
  if (section === KEYS) return `${key} = ${tomlValue(keysFromText(text))}\n`;
  const named = ALL_SETTINGS.find((row) => row.path === path);
  const reading = named && readText(named.setting, text);
  return `${key} = ${tomlValue(reading?.ok ? reading.value : text)}\n`;
}

/** A value in TOML: JSON's strings without control characters, numbers and booleans are TOML's too. */
export function tomlValue(value: SettingValue): string {
  if (typeof value === 'object') return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return JSON.stringify(value);
}
