/** Whether a text names somebody. Pure. */

/** Most words that are watched for: each costs a look at each message. */
const MAX_WORDS = 32;
/** Longest of them, characters. */
const MAX_WORD_CHARS = 64;

const known = new WeakMap<readonly string[], RegExp | null>();

/** Reads a setting: words with commas or spaces between them. Only the first MAX_WORDS count. */
export function watchedWords(setting: string): readonly string[] {
  const words = setting
    .split(/[\s,]+/)
    .filter((word) => word !== '' && word.length <= MAX_WORD_CHARS)
    .map((word) => word.toLowerCase());
  return [...new Set(words)].slice(0, MAX_WORDS);
}

/**
 * Whether one of the words stands in the text as a word of its own, with or without '@' before it, whatever the case:
 * "ann" is in "Ann: hi" and in "hi @ANN!", not in "channel". The same array of words is prepared once.
 */
export function mentionsAny(text: string, words: readonly string[]): boolean {
  let pattern = known.get(words);
  if (pattern === undefined) {
    pattern = patternOf(words);
    known.set(words, pattern);
  }
  return pattern?.test(text) ?? false;
}

function patternOf(words: readonly string[]): RegExp | null {
  const parts = words
    .filter((word) => word !== '')
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (parts.length === 0) return null;
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${parts.join('|')})(?![\\p{L}\\p{N}_])`, 'iu');
}
