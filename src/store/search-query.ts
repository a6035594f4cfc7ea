/** Turns what a user types into a query that FTS5 can always parse. Pure. */

/** Most characters of a query that are looked at: a sentence, not a pasted page. */
const MAX_QUERY_CHARS = 256;
/** Most words of a query: each costs an index look-up. */
const MAX_QUERY_WORDS = 16;

/**
 * Each word must occur, in any order, as the start of a word in the text. FTS5's own operators (AND, NEAR, *, ^, -,
 * column names) are read as plain words. Undefined when nothing searchable was typed.
 */
export function searchQuery(typed: string): string | undefined {
  const words = typed.slice(0, MAX_QUERY_CHARS).match(/[\p{L}\p{N}\p{Co}\p{M}]+/gu);
  return words
    ?.slice(0, MAX_QUERY_WORDS)
    .map((word) => `"${word}"*`)
    .join(' ');
}
