/** What stands above the input line because of what is typed: what it answers or changes, and what Tab offers. Pure. */
import type { Row, Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import type { Target } from './drafts.ts';
import { padAfter, truncate, widthOf } from './text-width.ts';
import type { Glyphs } from './theme.ts';

/** The part of the view that these rows tell of. */
export interface Noted {
  readonly target: Target | null;
  readonly completion: { readonly shown: readonly string[]; readonly at: number } | null;
}

type NoteGlyphs = Pick<Glyphs, 'ellipsis' | 'reply'>;

/** For counting: as many rows as with any glyphs. */
export const PLAIN_NOTES: NoteGlyphs = { ellipsis: '.', reply: '>' };

/** Rows of candidates at once; more are a Tab away. */
const MAX_CANDIDATE_ROWS = 4;
/** Widest column of candidates, cells. */
const MAX_CANDIDATE_COLUMNS = 32;

export function noteRows({ target, completion }: Noted, width: number, glyphs: NoteGlyphs): readonly Row[] {
  return [
    ...(target ? [targetRow(target, width, glyphs)] : []),
    ...(completion ? candidateRows(completion, width, glyphs) : []),
  ];
}

function targetRow({ kind, from, text }: Target, width: number, glyphs: NoteGlyphs): Row {
  const what = kind === 'edit' ? 'Changing your message' : `Answering ${cleanLine(from)}`;
  const end = ' (Esc: not)';
  const words = ` ${glyphs.reply} ${what}: ${cleanLine(text)}`;
  return {
    key: 'target',
    segments: [
      { text: truncate(words, Math.max(1, width - widthOf(end) - 1), glyphs.ellipsis), tone: 'accent' },
      { text: end, tone: 'dim' },
    ],
  };
}

/** In columns, read row by row; the rows around the chosen one, and how many there are if not all fit. */
function candidateRows(
  { shown, at }: NonNullable<Noted['completion']>,
  width: number,
  { ellipsis }: NoteGlyphs,
): readonly Row[] {
  const names = shown.map(cleanLine);
  const widest = Math.max(...names.map(widthOf), 1);
  const cell = Math.min(MAX_CANDIDATE_COLUMNS, widest, Math.max(1, width - 3)) + 2;
  const perRow = Math.max(1, Math.floor((width - 1) / cell));
  const count = Math.ceil(names.length / perRow);
  const first = Math.max(0, Math.min(Math.floor(Math.max(0, at) / perRow) - 1, count - MAX_CANDIDATE_ROWS));
  const rows = Array.from({ length: Math.min(count, MAX_CANDIDATE_ROWS) }, (_, row): Row => {
    const from = (first + row) * perRow;
    const segments = names.slice(from, from + perRow).map(
      (name, index): Segment => ({
        text: `${padAfter(` ${name}`, cell - 1, ellipsis)} `,
        tone: from + index === at ? 'selected' : 'accent',
      }),
    );
    return { key: `candidates:${row}`, segments };
  });
  const hidden = names.length - rows.length * perRow;
  return hidden > 0 ? [...rows.slice(0, -1), withCount(rows.at(-1), names.length, width)] : rows;
}

function withCount(row: Row | undefined, count: number, width: number): Row {
  const label = ` ${count} in all`;
  const used = (row?.segments ?? []).reduce((sum, { text }) => sum + widthOf(text), 0);
  const segments = used + widthOf(label) < width ? (row?.segments ?? []) : (row?.segments.slice(0, -1) ?? []);
  return { key: 'candidates:last', segments: [...segments, { text: label, tone: 'dim' }] };
}
