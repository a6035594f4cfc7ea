/** The settings pane as rows: the filter, the list around the row that is chosen, and the details below or beside it. Pure. */
import type { State } from '../session/state.ts';
import type { Row, Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { detailRows } from './settings-detail.ts';
import { selectedItem, type SettingsItem, settingsItems } from './settings-items.ts';
import { itemRows, type ListLook } from './settings-list.ts';
import type { SettingsView } from './settings-view.ts';
import { padAfter, widthOf } from './text-width.ts';
import type { Glyphs } from './theme.ts';

/** From this width on the details stand beside the list, which has so many columns then. */
const WIDE = 132;
const LIST_COLUMNS = 84;
/** Of a narrower pane the details get this share of the rows, and so many at least and at most. */
const DETAIL_SHARE = 0.4;
const MIN_DETAILS = 3;
const MAX_DETAILS = 8;
/** Rows that are shown around the chosen one, so that a section's title is seen above its first row. */
const AROUND = 2;

export interface PaneLook {
  readonly state: State;
  readonly view: SettingsView;
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
}

/** At most `height` rows, none wider than `width`. */
export function settingsRows(pane: PaneLook): readonly Row[] {
  const { width, height, glyphs } = pane;
  const shares = sharedOut(pane);
  const { head, rows, details, below, room } = shares;
  const start = firstRow(shares, pane);
  const list = rows.slice(start, start + room);
  if (width >= WIDE) return [head, ...joined(list, details, room, glyphs)];
  const rule: Row = { key: 'detail:rule', segments: [{ text: glyphs.rule.repeat(width), tone: 'dim' }] };
  const filled = [...list, ...blanks(room - list.length)];
  return [head, ...filled, ...(below > 0 ? [rule, ...details.slice(0, below)] : [])].slice(0, height);
}

/** First row of the list as it is shown now, for the next time. */
export function settledOffset(pane: PaneLook): number {
  return firstRow(sharedOut(pane), pane);
}

interface Shares {
  readonly head: Row;
  /** All rows of the list. */
  readonly rows: readonly Row[];
  /** Key of the chosen row. */
  readonly chosen: string | undefined;
  readonly details: readonly Row[];
  /** Rows of the details below the list. */
  readonly below: number;
  /** Rows of the list that fit. */
  readonly room: number;
}

function sharedOut(pane: PaneLook): Shares {
  const { state, view, width, height, glyphs } = pane;
  const items = settingsItems(state, view.filter);
  const selected = selectedItem(items, view.selected);
  const beside = width >= WIDE;
  const listWidth = beside ? LIST_COLUMNS : width;
  const details = detailRows(selected, state.settings, view, beside ? width - LIST_COLUMNS - 2 : width);
  const below = beside
    ? 0
    : Math.min(details.length, MAX_DETAILS, Math.max(MIN_DETAILS, Math.floor(height * DETAIL_SHARE)));
  const look: ListLook = { state, view, selected, width: listWidth, glyphs };
  const room = Math.max(1, height - 1 - below - (below > 0 ? 1 : 0));
  const rows = items.flatMap((item) => itemRows(item, look));
  const shown = rows.length === 0 ? [NOTHING] : rows;
  return { head: headRow(pane, items), rows: shown, chosen: selected?.id, details, below, room };
}

const NOTHING: Row = { key: 'none', segments: [{ text: '   Nothing fits.', tone: 'dim' }] };

/** The list moves only as far as the chosen row needs to be shown with a little around it. */
function firstRow({ rows, chosen, room }: Shares, { view }: PaneLook): number {
  const at = rows.findIndex(({ key }) => key === chosen);
  const around = Math.min(AROUND, Math.floor((room - 1) / 2));
  const wanted = Math.min(Math.max(view.offset, at + around - room + 1), Math.max(0, at - around));
  return Math.max(0, Math.min(rows.length - room, wanted));
}

/** The filter, or what there is; and the ways to change it. */
function headRow({ state, view, width, glyphs }: PaneLook, items: readonly SettingsItem[]): Row {
  const { rows, undo } = state.settings;
  const typing = view.mode === 'filter';
  if (typing || view.filter !== '') {
    const found = items.filter(({ kind }) => kind === 'setting').length;
    const segments: Segment[] = [
      { text: ' / ', tone: 'accent' },
      { text: cleanLine(view.filter), tone: 'strong' },
      { text: typing ? ' ' : '', tone: 'selected' },
      { text: `   ${found} of ${rows.length}; Esc shows all`, tone: 'dim' },
    ];
    return { key: 'head', segments };
  }
  const changed = rows.filter(({ text, default: standard }) => text !== standard).length;
  const waiting = rows.filter(({ waits }) => waits !== null).length;
  const parts = [
    `${rows.length} settings, ${changed} changed (*)`,
    ...(waiting > 0 ? [`${waiting} wait (!)`] : []),
    ...(undo === null ? [] : [`u takes back ${undo}`]),
    '/ filters',
  ];
  return {
    key: 'head',
    segments: [{ text: padAfter(` ${parts.join('  ')}`, width, glyphs.ellipsis).trimEnd(), tone: 'dim' }],
  };
}

/** The list with the details beside it. */
function joined(list: readonly Row[], details: readonly Row[], room: number, glyphs: Glyphs): readonly Row[] {
  const height = Math.max(list.length, Math.min(details.length, room));
  return Array.from({ length: height }, (_, at) => {
    const { key, segments } = list[at] ?? { key: `blank:${at}`, segments: [] };
    const detail = details[at]?.segments ?? [];
    // What draws itself takes the whole row.
    if (segments.length === 0 && list[at]) return { key, segments };
    return { key, segments: [...filledTo(segments, LIST_COLUMNS), bar(glyphs), ...detail] };
  });
}

function bar(glyphs: Glyphs): Segment {
  return { text: glyphs.bar, tone: 'dim' };
}

function filledTo(segments: readonly Segment[], width: number): readonly Segment[] {
  const used = segments.reduce((sum, { text }) => sum + widthOf(text), 0);
  return [...segments, { text: ' '.repeat(Math.max(0, width - used)), tone: 'plain' }];
}

function blanks(count: number): readonly Row[] {
  return Array.from({ length: Math.max(0, count) }, (_, at) => ({ key: `blank:${at}`, segments: [] }));
}
