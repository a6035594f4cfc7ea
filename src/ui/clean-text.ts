/**
 * What others wrote, made safe to print. Pure.
 *
 * A terminal obeys control characters and a reader is fooled by invisible ones, so nothing that came from outside
 * is drawn before it went through here. C0 controls become their visible pictures, the rest of what has no shape
 * becomes U+FFFD or vanishes; the text keeps its letters, accents and emoji.
 */

/** Longest text that one call looks at, UTF-16 units: the largest message body (8 KiB) always fits. */
export const MAX_CLEAN = 16 * 1024;
/** Combining marks kept on one letter; more of them would pour over the neighbouring rows. */
export const MAX_MARKS = 4;
/** Lines kept of one message: a pasted page. */
export const MAX_MESSAGE_LINES = 200;

const PICTURE_OF_NUL = 0x2400;
const PICTURE_OF_DEL = '\u2421';
const REPLACEMENT = '\ufffd';
/** Zero-width joiner and variation selectors hold emoji together; elsewhere they only hide. */
const ZWJ = '\u200d';

/** One line: tabs and line breaks become a space, so it never breaks a layout. */
export function cleanLine(text: string): string {
  return clean(text.slice(0, MAX_CLEAN).replaceAll(/\r\n|[\n\r\t\u2028\u2029\v\f\u0085]/g, ' '));
}

/** A message: its own line breaks are kept, bounded by MAX_MESSAGE_LINES; each line is clean. */
export function cleanLines(text: string): readonly string[] {
  const lines = text.slice(0, MAX_CLEAN).split(/\r\n|[\n\r\u2028\u2029\u0085]/);
  return lines.slice(0, MAX_MESSAGE_LINES).map((line) => clean(line.replaceAll('\t', '    ')));
}

function clean(text: string): string {
  // Most text is plain ASCII: nothing to look for.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const visible = text
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu, replaceInvisible)
    .replaceAll(LONE_JOINER, '')
    .replaceAll(LONE_SELECTOR, '');
  return limitMarks(visible);
}

/** A joiner that does not stand between two pictures. */
const LONE_JOINER =
  /(?<!\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
/** A selector that follows no picture, digit or keycap. */
const LONE_SELECTOR = /(?<![\p{Extended_Pictographic}\d#*])[\ufe0e\ufe0f]/gu;

function replaceInvisible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(PICTURE_OF_NUL + code);
  if (code === 0x7f) return PICTURE_OF_DEL;
  if (character === ZWJ || character === '\ufe0e' || character === '\ufe0f') return character;
  // Spaces of any width; the line and paragraph separators are gone already.
  if (/\p{Zs}/u.test(character)) return ' ';
  // Bidi overrides and isolates, soft hyphens, tags and other formatting leave no trace.
  if (/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(character)) return '';
  return REPLACEMENT;
}

function limitMarks(text: string): string {
  return text.replaceAll(/\p{M}{5,}/gu, (marks) => [...marks].slice(0, MAX_MARKS).join(''));
}
