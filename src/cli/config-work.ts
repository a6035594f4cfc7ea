/** The work of `voipterm config ...`: the settings without a client that runs. */
import { VoiptermError } from '../errors.ts';
import type { HomeRow, SettingsInForce } from '../session/settings-home.ts';
import { countWords } from '../session/settings-words.ts';
import { ClientStore } from '../store/client.ts';
import { type CommonOptions, openContext, savedSettings } from './context.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { ClientSettings, type SavedSettings } from './settings-home.ts';
import { exportedRows, settingsToml } from './settings-toml.ts';

interface ShowOptions extends CommonOptions {
  readonly json?: boolean;
}

/** Cells of a key in the table; a longer one stands out of line. */
const KEY_COLUMNS = 30;
const VALUE_COLUMNS = 34;

export async function show(section: string | undefined, options: ShowOptions): Promise<void> {
  const wanted = section ?? '';
  const rows = reading(options).rows();
  const fitting = rows.filter((row) => row.section === wanted || row.path.startsWith(wanted));
  if (fitting.length === 0) {
    const sections = [...new Set(rows.map((row) => row.section))].join(', ');
    throw new VoiptermError('usage.invalid', `there is no section of that name; there are ${sections}`);
  }
  for (const row of fitting) await printLine(options.json ? toJsonLine(asJson(row)) : asLine(row));
}

export async function get(key: string, options: CommonOptions): Promise<void> {
  await printLine(rowOf(reading(options), key).text);
}

export async function set(key: string, value: string, options: CommonOptions): Promise<void> {
  await writing(options, async (settings) => {
    settings.save([{ path: key, text: value }]);
    const row = rowOf(settings, key);
    await printLine(`${key} = ${row.saved ?? ''}`);
    if (row.override !== null)
      throw new VoiptermError('usage.invalid', `saved, but ${row.override} goes before it`);
  });
}

export async function unset(key: string, options: CommonOptions): Promise<void> {
  await writing(options, async (settings) => {
    settings.save([{ path: key, text: null }]);
    const row = rowOf(settings, key);
    await printLine(`${key} = ${row.value} (${row.source})`);
  });
}

export async function exportSettings(file: string | undefined, options: CommonOptions): Promise<void> {
  const settings = reading(options);
  if (file === undefined) return printLine(settingsToml(exportedRows(settings.rows())).replace(/\n$/, ''));
  const { count } = settings.exportTo(file);
  await printLine(`${countWords(count)} written to ${file}`);
}

export async function importSettings(file: string, options: CommonOptions): Promise<void> {
  await writing(options, async (settings) => {
    const { changes } = settings.readImport(file);
    settings.save(changes);
    await printLine(`${countWords(changes.length)} saved`);
  });
}

/** Settings of which nothing is saved. A database that cannot be read is warned of, and its settings are left out. */
function reading(options: CommonOptions): ClientSettings {
  const saved = savedSettings(openContext(options));
  return settingsOn(openContext(options, {}, saved).loaded, {
    settings: () => saved,
    setSettings: () => undefined,
  });
}

async function writing(
  options: CommonOptions,
  work: (settings: ClientSettings) => Promise<void>,
): Promise<void> {
  const { paths } = openContext(options);
  const store = new ClientStore(paths.clientDatabase);
  try {
    await work(settingsOn(openContext(options, {}, store.settings()).loaded, store));
  } finally {
    store.close();
  }
}

function settingsOn(loaded: ClientSettings['loaded'], store: SavedSettings): ClientSettings {
  // No session runs that could take them.
  const inForce = (): SettingsInForce => {
    throw new VoiptermError('internal', 'the settings of a command have no session');
  };
  return new ClientSettings({ store, loaded, inForce });
}

function rowOf(settings: ClientSettings, key: string): HomeRow {
  const row = settings.rows().find(({ path }) => path === key);
  if (row) return row;
  // Says what may have been meant.
  settings.save([{ path: key, text: null }]);
  throw new VoiptermError('config.invalid', `there is no setting ${key}`);
}

function asLine({ path, value, source }: HomeRow): string {
  return `${path.padEnd(KEY_COLUMNS)} ${(value === '' ? '""' : value).padEnd(VALUE_COLUMNS)} ${source}`;
}

function asJson({ path, value, source, saved, file, default: standard, applies, help }: HomeRow): object {
  return { key: path, value, source, saved, file, default: standard, applies, help };
}
