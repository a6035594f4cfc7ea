/** Where the motions of vi lead in a line of input. Pure. */
import { type EditLine, rowEnd, rowStart } from './line-editor.ts';
import { graphemes } from './text-width.ts';

/** A character that was looked for with f, F, t or T. */
export interface Find {
  readonly key: 'f' | 'F' | 't' | 'T';
  readonly character: string;
}

/** Motions of one key. */
export const MOTION_KEYS = 'hlwbeWBE0^$';
/** The motions whose target is part of what an operator takes. */
const INCLUSIVE = 'eEft';

/** What kind of character it is: a word is a run of one kind. */
export function kindOf(character: string, big: boolean): 'space' | 'word' | 'mark' {
  if (/^\s/.test(character)) return 'space';
  return big || /^[\p{L}\p{N}_]/u.test(character) ? 'word' : 'mark';
}

/** The line in characters, and where the cursor is among them. */
export interface Characters {
  readonly all: readonly string[];
  readonly at: number;
}

export function charactersOf({ text, cursor }: EditLine): Characters {
  return {
    all: graphemes(text).map((character) => character.text),
    at: graphemes(text.slice(0, cursor)).length,
  };
}

/** Where the character of that index begins in the text. */
export const offsetOf = (all: readonly string[], index: number): number =>
  all.slice(0, index).join('').length;

/** Offset that a motion leads to. `repeat` says how often. */
export function motionTarget(line: EditLine, key: string, repeat: number): number {
  if (key === '0') return rowStart(line);
  if (key === '^') return firstInked(line);
  if (key === '$') return rowEnd(line);
  const { all, at } = charactersOf(line);
  let index = at;
  for (let left = Math.min(repeat, all.length + 1); left > 0; left--) index = step(all, index, key);
  return offsetOf(all, Math.max(0, Math.min(all.length, index)));
}

function step(all: readonly string[], index: number, key: string): number {
  switch (key) {
    case 'h':
      return all[index - 1] === '\n' ? index : index - 1;
    case 'l':
      return all[index] === '\n' ? index : index + 1;
    case 'w':
    case 'W':
      return nextWord(all, index, key === 'W');
    case 'b':
    case 'B':
      return wordBegin(all, index, key === 'B');
    default:
      return wordEnd(all, index, key === 'E');
  }
}

function nextWord(all: readonly string[], from: number, big: boolean): number {
  let index = from;
  const kind = kindOf(all[index] ?? ' ', big);
  while (index < all.length && kind !== 'space' && kindOf(all[index] ?? ' ', big) === kind) index++;
  while (index < all.length && kindOf(all[index] ?? ' ', big) === 'space') index++;
  return index;
}

function wordBegin(all: readonly string[], from: number, big: boolean): number {
  let index = from - 1;
  while (index > 0 && kindOf(all[index] ?? ' ', big) === 'space') index--;
  const kind = kindOf(all[index] ?? ' ', big);
  while (index > 0 && kindOf(all[index - 1] ?? ' ', big) === kind) index--;
  return Math.max(0, index);
}

function wordEnd(all: readonly string[], from: number, big: boolean): number {
  let index = from + 1;
  while (index < all.length && kindOf(all[index] ?? ' ', big) === 'space') index++;
  const kind = kindOf(all[index] ?? ' ', big);
  while (index + 1 < all.length && kindOf(all[index + 1] ?? ' ', big) === kind) index++;
  return Math.min(index, Math.max(0, all.length - 1));
}

function firstInked(line: EditLine): number {
  const start = rowStart(line);
  return start + (/^[^\S\n]*/.exec(line.text.slice(start, rowEnd(line)))?.[0].length ?? 0);
}

/** Offset of the character looked for, within the row; undefined if it is not there so often. */
export function findTarget(line: EditLine, { key, character }: Find, repeat: number): number | undefined {
  const { all, at } = charactersOf(line);
  const ahead = key === 'f' || key === 't';
  const way = ahead ? 1 : -1;
  let index = at;
  for (let left = repeat; left > 0; left--) {
    index += way;
    while (all[index] !== undefined && all[index] !== '\n' && all[index] !== character) index += way;
    if (all[index] !== character) return undefined;
  }
  if (key === 't') index--;
  if (key === 'T') index++;
  return offsetOf(all, index);
}

/** What an operator with this motion takes: from offset to offset. */
export function reach(line: EditLine, key: string, target: number): readonly [number, number] {
  const { cursor, text } = line;
  if (target < cursor) return [target, cursor];
  const end = INCLUSIVE.includes(key)
    ? target + (graphemes(text.slice(target)).at(0)?.text.length ?? 0)
    : target;
  return [cursor, end];
}

/** Where `cw` ends: with the word under the cursor, not at the next one. */
export function restOfWord(line: EditLine, big: boolean, repeat: number): number {
  const { all, at } = charactersOf(line);
  let index = at;
  for (let left = repeat; left > 0 && index < all.length; left--) {
    if (left < repeat) while (kindOf(all[index] ?? 'x', big) === 'space') index++;
    const kind = kindOf(all[index] ?? ' ', big);
    while (index < all.length && kindOf(all[index] ?? ' ', big) === kind) index++;
  }
  return offsetOf(all, index);
}

/** The other way round, for ','. */
export function reversed({ key, character }: Find): Find {
  const other = { f: 'F', F: 'f', t: 'T', T: 't' } as const;
  return { key: other[key], character };
}
