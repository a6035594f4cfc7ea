/** Turns one raw value of a setting, from TOML or from text, into a checked one. Pure. */

import type { Setting, SettingValue } from './config.ts';
import { escapeControls, shortened } from './escape.ts';

/** Characters of a bad value that an error shows. */
const MAX_SHOWN = 80;

export type Reading =
  | { readonly ok: true; readonly value: SettingValue }
  /** `problem` fits after the key: 'must be a whole number from 0 to 10, but is "loud"'. */
  | { readonly ok: false; readonly problem: string };

/** A value that already has a type: from TOML, or a flag. */
export function readTyped(setting: Setting, raw: unknown): Reading {
  const result = setting.schema.safeParse(raw);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problem: `must be ${setting.expected}, but is ${shown(raw)}` };
}

/** A value that is text: from the environment, the settings pane or the command line. Lists have commas. */
export function readText(setting: Setting, raw: string): Reading {
  const reading = readTyped(setting, typedFrom(setting.form, raw.trim()));
  return reading.ok ? reading : { ok: false, problem: `must be ${setting.expected}, but is ${shown(raw)}` };
}

/** The text that readText reads as this value. */
export function writeText(value: SettingValue): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}

function typedFrom(form: Setting['form'], raw: string): unknown {
  switch (form) {
    case 'text':
      return raw;
    case 'number':
      return /^[+-]?[0-9]+$/.test(raw) ? Number(raw) : raw;
    case 'boolean':
      return BOOLEANS.get(raw.toLowerCase()) ?? raw;
    case 'list':
      return raw === '' ? [] : raw.split(',').map((item) => item.trim());
  }
}

const BOOLEANS = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

function shown(raw: unknown): string {
  if (raw instanceof Date) return 'a date';
  if (typeof raw === 'number' || typeof raw === 'bigint') return String(raw);
  return shortened(escapeControls(JSON.stringify(raw) ?? String(raw)), MAX_SHOWN);
}
