/** One row of the table of settings, and the kinds of row there are. Pure; settings/ has the rows, config.ts the table. */
import { z } from 'zod';

/** Longest path or other free text, bytes of UTF-16: PATH_MAX of Linux. */
export const MAX_TEXT = 4096;

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
  return { form: 'text', schema, default: standard, expected, help };
}

export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

export function choice<const T extends string>(choices: readonly T[], standard: T, help: string): Setting<T> {
  const expected = `one of ${quoted(choices)}`;
  return { form: 'text', schema: z.enum(choices), default: standard, expected, help };
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
  };
}

export function whole(min: number, max: number, standard: number, help: string): Setting<number> {
  const expected = `a whole number from ${min} to ${max}`;
  const range = `${help} From ${min} to ${max}.`;
  return { form: 'number', schema: z.int().min(min).max(max), default: standard, expected, help: range };
}

export function yesNo(standard: boolean, help: string): Setting<boolean> {
  return { form: 'boolean', schema: z.boolean(), default: standard, expected: 'true or false', help };
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
  return { form: 'list', schema, default: standard, expected, help };
}
