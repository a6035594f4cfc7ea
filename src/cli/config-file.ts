/** Reads config.toml and checks every key in it; errors name the file and the line. */
import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../errors.ts';
import { ALL_SETTINGS, type ConfigKey, SETTINGS, type SettingValue } from './config.ts';
import { KEYS, readKeyTable } from './config-keys.ts';
import { readTyped } from './config-read.ts';
import { type ConfiguredForward, readForwardTables } from './forward-options.ts';
import type { KeyOverrides } from '../ui/key-bindings.ts';
import { escapeControls, shortened } from './escape.ts';
import { nearest } from './suggest.ts';
import { invalid, parseToml } from './toml-document.ts';
import { tomlLines } from './toml-position.ts';

/** A file that a person wrote has a few KiB; this keeps a wrong path (a disk image) from being read. */
export const MAX_CONFIG_BYTES = 256 * 1024;

export type FileValues = ReadonlyMap<ConfigKey, SettingValue>;

export interface ConfigFile {
  readonly values: FileValues;
  readonly forwards: readonly ConfiguredForward[];
  /** The [keys] table, as far as it is right by itself. */
  readonly keys: KeyOverrides;
}

/** The one key of the file that is no setting: an array of tables. */
const FORWARD = 'forward';

/**
 * Reads a file, a pipe as well.
 * @returns undefined when there is no such file.
 * @throws VoiptermError 'config.invalid'.
 */
export function readConfigFile(file: string): ConfigFile | undefined {
  const bytes = readBounded(file);
  if (!bytes) return undefined;
  const document = decodeUtf8(bytes, file);
  return {
    values: parseConfig(document, file),
    forwards: parseForwards(document, file),
    keys: parseKeys(document, file),
  };
}

/**
 * The [[forward]] tables of a TOML document. Pure.
 * @throws VoiptermError 'config.invalid' for the first problem.
 */
export function parseForwards(document: string, file: string): readonly ConfiguredForward[] {
  const raw = parseToml(document, file)[FORWARD];
  if (raw === undefined) return [];
  const lines = tomlLines(document);
  return readForwardTables(raw, (path, problem) => {
    throw invalid(file, lines.get(path), problem);
  });
}

/**
 * The [keys] table of a TOML document. Pure.
 * @throws VoiptermError 'config.invalid' for the first problem.
 */
export function parseKeys(document: string, file: string): KeyOverrides {
  const tables = parseToml(document, file);
  const raw = tables[KEYS];
  if (raw === undefined) return new Map();
  const lines = tomlLines(document);
  return readKeyTable(raw, talkKeyIn(tables), (path, problem) => {
    throw invalid(file, lines.get(path) ?? lines.get(KEYS), problem);
  });
}

/** The talk key that this file asks for; parseConfig judges it. */
function talkKeyIn({ ui }: Record<string, unknown>): string {
  const written: unknown = Object(ui).talk_key;
  return typeof written === 'string' ? written : SETTINGS.ui.talk_key.default;
}

/**
 * Checks the settings of a TOML document. Pure.
 * @param file its name for errors.
 * @throws VoiptermError 'config.invalid' for the first problem.
 */
export function parseConfig(document: string, file: string): FileValues {
  const tables = parseToml(document, file);
  const lines = tomlLines(document);
  const values = new Map<ConfigKey, SettingValue>();
  for (const [section, table] of Object.entries(tables)) {
    if (section === FORWARD || section === KEYS) continue; // parseForwards and parseKeys read them
    const problem = sectionProblem(section, table);
    if (problem) throw invalid(file, lines.get(section), problem);
    for (const [key, raw] of Object.entries(Object(table))) {
      const path = `${section}.${key}`;
      const row = ALL_SETTINGS.find((candidate) => candidate.path === path);
      if (!row) throw invalid(file, lines.get(path), unknownKey(section, key));
      const reading = readTyped(row.setting, raw);
      if (!reading.ok) throw invalid(file, lines.get(path), `${path} ${reading.problem}`);
      values.set(row.path, reading.value);
    }
  }
  return values;
}

function sectionProblem(section: string, table: unknown): string | undefined {
  if (!Object.hasOwn(SETTINGS, section)) return unknownSection(section);
  const isTable = typeof table === 'object' && !Array.isArray(table) && !(table instanceof Date);
  return isTable ? undefined : `${section} must be a section, written [${section}]`;
}

function unknownSection(section: string): string {
  const meant = nearest(section, Object.keys(SETTINGS));
  const hint = meant ? `did you mean [${meant}]?` : `the sections are ${Object.keys(SETTINGS).join(', ')}`;
  return `there is no section ${name(section)}; ${hint}`;
}

function unknownKey(section: string, key: string): string {
  const inSection = ALL_SETTINGS.filter((row) => row.section === section).map((row) => row.key);
  const meant = nearest(key, inSection);
  const elsewhere = ALL_SETTINGS.find((row) => row.key === key);
  const suggestion = meant ? `${section}.${meant}` : elsewhere?.path;
  const hint = suggestion ? `did you mean ${suggestion}?` : `[${section}] has ${inSection.join(', ')}`;
  return `there is no key ${name(`${section}.${key}`)}; ${hint}`;
}

/** A name that the file's author made up, fit for a sentence. */
function name(text: string): string {
  return escapeControls(shortened(text, 80));
}

function readBounded(file: string): Buffer | undefined {
  const buffer = Buffer.alloc(MAX_CONFIG_BYTES + 1);
  let length = 0;
  try {
    const fd = openSync(file, 'r');
    try {
      for (let got = -1; got !== 0 && length < buffer.length; length += got) {
        got = readSync(fd, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw invalid(
      file,
      undefined,
      `cannot be read (${errno ?? String(cause)}); check what it is and who may read it`,
      cause,
    );
  }
  if (length > MAX_CONFIG_BYTES) {
    throw invalid(
      file,
      undefined,
      `is larger than ${MAX_CONFIG_BYTES} bytes, so it is not a configuration file`,
    );
  }
  return buffer.subarray(0, length);
}

function decodeUtf8(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid(file, undefined, 'is not UTF-8 text; save it as UTF-8', cause);
  }
}
