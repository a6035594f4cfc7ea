/** The text objects of vi in a line of input: what `iw`, `a"` or `i(` take. Pure. */
import type { EditLine } from './line-editor.ts';
import { charactersOf, kindOf, offsetOf } from './vi-motions.ts';

/** Both keys of a pair of brackets, and vi's other names for them. */
const PAIRS: Readonly<Record<string, readonly [string, string]>> = {
  '(': ['(', ')'],
  ')': ['(', ')'],
  b: ['(', ')'],
  '[': ['[', ']'],
  ']': ['[', ']'],
  '{': ['{', '}'],
  '}': ['{', '}'],
  B: ['{', '}'],
  '<': ['<', '>'],
  '>': ['<', '>'],
};

/** From where to where, as offsets. */
type Range = readonly [number, number];

/**
 * What an object takes at the cursor: with `around` a word's space, or the quotes and brackets themselves, as well. Undefined if
 * there is none, or no object of that name.
 */
export function textObject(line: EditLine, around: boolean, name: string): Range | undefined {
  const { all, at } = charactersOf(line);
  const found = objectAt(all, at, around, name);
  return found && [offsetOf(all, found[0]), offsetOf(all, found[1])];
}

function objectAt(all: readonly string[], at: number, around: boolean, name: string): Range | undefined {
  if (name === 'w' || name === 'W') return word(all, at, around, name === 'W');
  const pair = PAIRS[name];
  if (pair) return bracketed(all, at, around, pair);
  return /^["'`]$/.test(name) ? quoted(all, at, around, name) : undefined;
}

/** The run of one kind of characters; around a word the space behind it, else the space before. */
function word(all: readonly string[], at: number, around: boolean, big: boolean): Range | undefined {
  if (all.length === 0) return undefined;
  const within = Math.min(at, all.length - 1);
  const kind = (index: number): string | undefined => {
    const character = all[index];
    return character === undefined || character === '\n' ? undefined : kindOf(character, big);
  };
  if (kind(within) === undefined) return undefined;
  const begin = (index: number): number => {
    let from = index;
    while (kind(from - 1) !== undefined && kind(from - 1) === kind(index)) from--;
    return from;
  };
  const end = (index: number): number => {
    let to = index + 1;
    while (kind(to) !== undefined && kind(to) === kind(index)) to++;
    return to;
  };
  const [from, to] = [begin(within), end(within)];
  if (!around) return [from, to];
  // Around space is the word behind it.
  if (kind(within) === 'space') return kind(to) === undefined ? [from, to] : [from, end(to)];
  if (kind(to) === 'space') return [from, end(to)];
  return kind(from - 1) === 'space' ? [begin(from - 1), to] : [from, to];
}

/** The innermost pair around the cursor, which may stand on one of its two. */
function bracketed(
  all: readonly string[],
  at: number,
  around: boolean,
  [open, close]: readonly [string, string],
): Range | undefined {
  const from = unmatched(all, all[at] === close ? at - 1 : at, -1, open, close);
  const to = from === undefined ? undefined : unmatched(all, from + 1, 1, close, open);
  if (from === undefined || to === undefined) return undefined;
  return around ? [from, to + 1] : [from + 1, to];
}

/** The first `wanted` in that direction that no `other` on the way belongs to. */
function unmatched(
  all: readonly string[],
  begin: number,
  step: 1 | -1,
  wanted: string,
  other: string,
): number | undefined {
  let depth = 0;
  for (let index = begin; index >= 0 && index < all.length; index += step) {
    if (all[index] === wanted && depth-- === 0) return index;
    if (all[index] === other) depth++;
  }
  return undefined;
}

/** Quotes of the row are taken in pairs from its begin; before all of them, the first pair behind the cursor. */
function quoted(all: readonly string[], at: number, around: boolean, quote: string): Range | undefined {
  const begin = all.lastIndexOf('\n', at - 1) + 1;
  const next = all.indexOf('\n', at);
  const row = all.slice(begin, next < 0 ? all.length : next);
  const marks = row.flatMap((character, index) => (character === quote ? [begin + index] : []));
  for (let index = 0; index + 1 < marks.length; index += 2) {
    const [from = 0, to = 0] = marks.slice(index, index + 2);
    if (to >= at) return around ? [from, to + 1] : [from + 1, to];
  }
  return undefined;
}
