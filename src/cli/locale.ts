/** What the locale says of characters. Pure: the environment comes in. */
import type { Config } from './config.ts';

/** The locale of characters (POSIX: LC_ALL, then LC_CTYPE, then LANG); '' if none is set. */
export function localeOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.LC_ALL || env.LC_CTYPE || env.LANG || '';
}

/** "auto" draws with ASCII where the locale is not UTF-8. */
export function wantsAscii(
  mode: Config['ui']['ascii'],
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (mode !== 'auto') return mode === 'on';
  const locale = localeOf(env);
  return locale !== '' && !/utf-?8/i.test(locale);
}
