/** What came of a change of the settings, in words. Pure. */
import type { SettingsCommand } from './settings-commands.ts';
import type { SettingRow, SettingSource, SettingsTold } from './settings-model.ts';

const SOURCES: Readonly<Record<SettingSource, string>> = {
  flag: 'the command line',
  environment: 'the environment',
  saved: 'what was saved',
  file: 'config.toml',
  default: 'the default',
};

/**
 * @param dropped what was saved was dropped, instead of something being saved.
 * @param failed why it does not count although it could, with what joins it to a sentence; or ''.
 */
export function changedWords(
  row: SettingRow,
  before: SettingRow,
  dropped: boolean,
  failed: string,
): SettingsTold {
  const what = dropped
    ? `${row.path} is what ${SOURCES[row.source]} says: ${valueWords(row)}`
    : `${row.path} is ${valueWords(row)}, and saved`;
  if (!dropped && row.override !== null) {
    return { text: `saved ${row.path}, but ${row.override} goes before it`, tone: 'warning' };
  }
  if (failed !== '') return { text: what + failed, tone: 'warning' };
  if (row.waits === 'reconnect')
    return { text: `${what}; it counts with the next connection: /reconnect`, tone: 'warning' };
  if (row.waits === 'restart')
    return { text: `${what}; it counts when voipterm starts again`, tone: 'warning' };
  if (before.waits !== null) return { text: `${what}, as it counts already`, tone: 'good' };
  return { text: what, tone: 'good' };
}

export function valueWords({ value }: Pick<SettingRow, 'value'>): string {
  return value === '' ? '""' : value;
}

export function countWords(count: number): string {
  return count === 1 ? '1 setting' : `${count} settings`;
}

const FAILED: Readonly<Partial<Record<SettingsCommand['do'], string>>> = {
  setting: 'not saved: ',
  'settings-undo': 'not taken back: ',
  'settings-import': 'nothing imported: ',
  'settings-export': 'not exported: ',
};

/** A failure of a command as a sentence that says what did not happen. */
export function notSavedWords(command: SettingsCommand['do'], reason: string): string {
  return `${FAILED[command] ?? ''}${reason}`;
}
