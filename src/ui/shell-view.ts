/** What the shell pane shows beside the terminal's screen, and how much of it is left for that. Pure. */
import type { ShellScreen } from '../session/shell-screen.ts';
import type { ShellsState, ShellTab } from '../session/shell-state.ts';
import type { Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { truncate, widthOf } from './text-width.ts';

/** What keys do in the pane: go to the program, look back, or write a line of the pane's own. */
export type ShellView =
  | { readonly at: 'program' }
  | { readonly at: 'lookback' }
  | { readonly at: 'search' | 'name'; readonly text: string };

export const AT_PROGRAM: ShellView = { at: 'program' };

const MAX_TAB_CELLS = 24;

/** A row of tabs stands above the terminal where there is anything to tell apart, or to be warned of. */
export function hasTabRow({ tabs }: ShellsState): boolean {
  return (
    tabs.length > 1 ||
    tabs.some(({ shares, recording, kind }) => shares.length > 0 || recording !== null || kind !== 'local')
  );
}

/** Rows that are left for the terminal, of those of the pane. */
export function terminalRows(shells: ShellsState, pane: number): number {
  return Math.max(1, pane - (hasTabRow(shells) ? 1 : 0));
}

/** Every tab with its place and what must not be overlooked; the active one is always among them. */
export function tabRow(shells: ShellsState, width: number): readonly Segment[] {
  const all = shells.tabs.map((tab, index) => segmentOf(tab, index + 1, tab.id === shells.active));
  const active = Math.max(
    0,
    shells.tabs.findIndex(({ id }) => id === shells.active),
  );
  let first = 0;
  // Room for the active one: tabs before it go first.
  while (first < active && total(all.slice(first, active + 1)) > width) first++;
  const shown: Segment[] = [];
  for (const segment of all.slice(first)) {
    const room = width - total(shown);
    if (room < 4) break;
    shown.push({ ...segment, text: truncate(segment.text, room, '.') });
  }
  return shown;
}

function total(segments: readonly Segment[]): number {
  return segments.reduce((sum, { text }) => sum + widthOf(text), 0);
}

function segmentOf(tab: ShellTab, place: number, active: boolean): Segment {
  const marks = [
    ...(tab.shares.length > 0 ? [sharedMark(tab)] : []),
    ...(tab.recording === null ? [] : ['REC']),
    ...(tab.tunnel ? ['via station'] : []),
  ];
  const name = truncate(cleanLine(tab.name), MAX_TAB_CELLS, '.');
  const text = ` ${[`${place} ${name}`, ...marks].join(' ')} `;
  if (tab.shares.length > 0) return { text, tone: 'live' };
  return { text, tone: active ? 'selected' : tab.recording === null ? 'plain' : 'bad' };
}

/** "SHARED rw #team @bob, 2 look on": who can see it, and whether anybody can type. */
export function sharedMark({ shares }: Pick<ShellTab, 'shares'>): string {
  const places = shares.map(({ place }) => (place.startsWith('@') ? place : `#${place}`));
  const write = shares.some(({ writers }) => writers.length > 0) ? 'rw' : 'ro';
  const watchers = new Set(shares.flatMap((share) => share.watchers)).size;
  return `SHARED ${write} ${cleanLine(places.join(' '))}, ${watchers} look on`;
}

/** Whether any terminal of ours is seen by others. */
export function isShared({ tabs }: ShellsState): boolean {
  return tabs.some(({ shares }) => shares.length > 0);
}

/** The pane's own bottom row, over the terminal's; undefined while the program has all of it. */
export function bottomRow(view: ShellView, { scrolled, above }: ShellScreen): string | undefined {
  switch (view.at) {
    case 'program':
      return undefined;
    case 'lookback':
      return ` ${scrolled} of ${above} rows back: arrows and PgUp move, / finds, n N go on, q leaves `;
    case 'search':
      return ` find: ${cleanLine(view.text)}_ (Enter finds upwards, Esc leaves) `;
    case 'name':
      return ` name of this shell: ${cleanLine(view.text)}_ (Enter, Esc) `;
  }
}
