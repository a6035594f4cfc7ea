/** One row of the table of settings, and the kinds of row there are. Pure; settings/ has the rows, config.ts the table. */
import { z } from 'zod';
import { PALETTE_COLORS, parseHex } from '../ui/colors.ts';
import type { SettingApplies, SettingEditor } from '../session/settings-model.ts';

/** Longest path or other free text, bytes of UTF-16: PATH_MAX of Linux. */
export const MAX_TEXT = 4096;

/** What most settings are: read once, when the program starts. */
const LATER = { applies: 'restart' } as const;

export type SettingValue = string | number | boolean | readonly string[];

/** One row of the table. */
export interface Setting<T extends SettingValue = SettingValue> {
  /** How a value is written where all is text (environment, saved): decides how it is read. */
  readonly form: 'text' | 'number' | 'boolean' | 'list';
  readonly schema: z.ZodType<T>;
  readonly default: T;
  /** What belongs after "must be" in an error. */
  readonly expected: string;
  /** One line for config.example.toml and the settings pane. */
  readonly help: string;
  /** How the settings pane edits it. */
  readonly editor: SettingEditor;
  /** When a change of it counts; of the station's section, when the station reads its file again. */
  readonly applies: SettingApplies;
}

/** The same, but that a change counts at once. */
export function live<T extends SettingValue>(setting: Setting<T>): Setting<T> {
  return { ...setting, applies: 'live' };
}

/** The same, but that a change counts with the next connection. */
export function reconnect<T extends SettingValue>(setting: Setting<T>): Setting<T> {
  return { ...setting, applies: 'reconnect' };
}

/** The same, edited otherwise. */
export function editedAs<T extends SettingValue>(editor: SettingEditor, setting: Setting<T>): Setting<T> {
  return { ...setting, editor };
}

export function text(standard: string, help: string): Setting<string> {
  return checkedText(standard, () => true, 'text without control characters', help);
}

export function checkedText(
  standard: string,
  valid: (value: string) => boolean,
  expected: string,
  help: string,
): Setting<string> {
  const schema = z
    .string()
    .max(MAX_TEXT)
    // A NUL ends a path early in the system's calls, and no other control character belongs in a setting.
    .refine((value) => !/\p{Cc}/u.test(value) && valid(value));
  return { form: 'text', schema, default: standard, expected, help, ...LATER, editor: { kind: 'text' } };
}

export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

export function choice<const T extends string>(choices: readonly T[], standard: T, help: string): Setting<T> {
  const expected = `one of ${quoted(choices)}`;
  const editor = { kind: 'choice', choices } as const;
  return { form: 'text', schema: z.enum(choices), default: standard, expected, help, ...LATER, editor };
}

/** One of a few numbers. */
export function oneNumber<const T extends number>(
  choices: readonly T[],
  standard: T,
  help: string,
): Setting<T> {
  const expected = `one of ${choices.join(', ')}`;
  return {
    form: 'number',
    schema: z.literal(choices),
    default: standard,
    expected,
    help: `${help} One of ${choices.join(', ')}.`,
    ...LATER,
    editor: { kind: 'choice', choices: choices.map(String) },
  };
}

export function whole(min: number, max: number, standard: number, help: string): Setting<number> {
  const expected = `a whole number from ${min} to ${max}`;
  const range = `${help} From ${min} to ${max}.`;
  const schema = z.int().min(min).max(max);
  const editor = { kind: 'number', min, max } as const;
  return { form: 'number', schema, default: standard, expected, help: range, ...LATER, editor };
}

/** A colour in place of the theme's: "" for that, a name of the terminal's palette, or "#rrggbb". */
export function colour(help: string): Setting<string> {
  const names: readonly string[] = PALETTE_COLORS;
  const expected = `"", "#rrggbb", or one of ${quoted(names)}`;
  const isColour = (value: string): boolean =>
    value === '' || names.includes(value) || parseHex(value) !== undefined;
  return { ...checkedText('', isColour, expected, help), editor: { kind: 'colour' } };
}

export function yesNo(standard: boolean, help: string): Setting<boolean> {
  const form = { form: 'boolean', schema: z.boolean(), expected: 'true or false' } as const;
  return { ...form, default: standard, help, ...LATER, editor: { kind: 'toggle' } };
}

export function list<T extends string>(
  item: z.ZodType<T>,
  bounds: { min: number; max: number },
  expected: string,
  standard: readonly T[],
  help: string,
): Setting<readonly T[]> {
  const schema = z
    .array(item)
    .min(bounds.min)
    .max(bounds.max)
    .refine((items) => new Set(items).size === items.length);
  const editor = { kind: 'list', ...(item instanceof z.ZodEnum ? { choices: standard } : {}) } as const;
  return { form: 'list', schema, default: standard, expected, help, ...LATER, editor };
}
