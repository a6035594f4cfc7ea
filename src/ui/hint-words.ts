/** The hint line: the few keys that matter now, or what may follow the first of two chords. Pure. */
import type { Segment } from './chat-rows.ts';
import type { KeyBindings, Place } from './key-bindings.ts';
import type { KeyRow } from './key-row.ts';
import { showChord } from './key-words.ts';
import { truncate, widthOf } from './text-width.ts';

/** Between two hints. */
const GAP = '  ';

export interface Hints {
  readonly bindings: KeyBindings;
  readonly place: Place;
  /** Names of commands, the most useful first. */
  readonly names: readonly string[];
  /** The first of two chords, or ''. */
  readonly waiting: string;
}

/** As much as fits into `width` cells; the most useful hints stay. */
export function hintLine({ bindings, place, names, waiting }: Hints, width: number): readonly Segment[] {
  const lead: Segment = { text: waiting === '' ? ' ' : ` ${showChord(waiting)} then  `, tone: 'strong' };
  const pairs = waiting === '' ? pairsOf(bindings, names) : following(bindings, place, waiting);
  const segments: Segment[] = [lead];
  let room = width - widthOf(lead.text);
  for (const [key, words] of pairs) {
    const needed = widthOf(key) + 1 + widthOf(words) + GAP.length;
    if (needed > room) continue;
    segments.push({ text: key, tone: 'accent' }, { text: ` ${words}${GAP}`, tone: 'dim' });
    room -= needed;
  }
  return segments;
}

type Pair = readonly [key: string, words: string];

/** Of commands without a key there is nothing to say. */
function pairsOf(bindings: KeyBindings, names: readonly string[]): readonly Pair[] {
  const shown = new Set<string>();
  return names.flatMap((name) => {
    const row = bindings.row(name);
    const [key] = row?.keys ?? [];
    // Two rows that do the same need one hint.
    if (!row || key === undefined || shown.has(wordsOf(row))) return [];
    shown.add(wordsOf(row));
    return [[showChord(key), wordsOf(row)] as const];
  });
}

function following(bindings: KeyBindings, place: Place, waiting: string): readonly Pair[] {
  const rows = bindings.continuations(waiting, place);
  const pairs = rows.map(([chord, row]): Pair => [showChord(chord), wordsOf(row)]);
  return [...pairs, ['any other key', 'none of them']];
}

/** Long enough for a clear word, short enough for five of them in 80 columns. */
const MAX_WORDS_COLUMNS = 24;

function wordsOf(row: KeyRow): string {
  return truncate(row.hint ?? row.help, MAX_WORDS_COLUMNS, '.');
}

/** The five keys that everybody needs, in one sentence for whoever is new. */
export function firstKeys(bindings: KeyBindings): string {
  const said = FIRST.flatMap(([names, words]) => {
    const keys = names.flatMap((name) => bindings.keyOf(name) ?? []).map(showChord);
    return keys.length === 0 ? [] : [`${keys.join(' or ')} ${words}`];
  });
  return `Welcome! Write and press Enter. The keys to know: ${said.join('; ')}.`;
}

const FIRST: readonly (readonly [names: readonly string[], words: string])[] = [
  [['talk-empty', 'talk'], 'talks'],
  [['complete'], 'completes names and commands'],
  [['room-next'], 'shows the next room'],
  [['tab-help'], 'lists all keys and commands'],
  [['quit'], 'leaves'],
];
