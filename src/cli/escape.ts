/** Makes text that others wrote safe to print in a terminal, without hiding what was there. Pure. */

/**
 * What a terminal may obey or a reader may be misled by: C0, DEL and C1 controls (U+009B starts an escape sequence in
 * some terminals), line and paragraph separators, and the marks that turn the direction of text (Trojan Source).
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A character of two bytes as \uXXXX, which means the same in JSON and JavaScript. */
export function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Writes each unsafe character as \uXXXX. Everything else stays; the result is one line. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, unicodeEscape);
}

/** At most `max` characters, with "…" where text was cut, never inside a surrogate pair. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
