/** What of the chat pane a cell of the screen belongs to. Pure. */
import type { State } from '../session/state.ts';
import type { Row } from './chat-rows.ts';
import type { Layout } from './layout.ts';
import { peopleRows, roomRows, sideRows } from './side-rows.ts';
import type { Glyphs } from './theme.ts';

export type Hit =
  | { readonly at: 'room'; readonly name: string }
  | { readonly at: 'member'; readonly id: number }
  /** A row of the chat's window, counted from its top. */
  | { readonly at: 'chat'; readonly row: number }
  | { readonly at: 'nothing' };

const NOTHING: Hit = { at: 'nothing' };

/** @param column cells from the left, 0 the first. @param row rows from the top, 0 the first. */
export function hitAt(state: State, layout: Layout, column: number, row: number, glyphs: Glyphs): Hit {
  const inside = row - layout.top - layout.panel;
  if (inside < 0 || inside >= layout.chat) return NOTHING;
  const right = layout.columns - layout.people;
  if (column < layout.side) return rowHit(leftRows(state, layout, glyphs)[inside]);
  if (layout.people > 0 && column >= right)
    return rowHit(peopleRows(state, layout.people, layout.chat, glyphs)[inside]);
  return { at: 'chat', row: inside };
}

/** The rows at the left: rooms, and people too where they have no side of their own. */
export function leftRows(state: State, { side, people, chat }: Layout, glyphs: Glyphs): readonly Row[] {
  return people > 0 ? roomRows(state, side, chat, glyphs) : sideRows(state, side, chat, glyphs);
}

function rowHit(row: Row | undefined): Hit {
  const [, what = '', which = ''] = /^([a-z]+):(.*)$/s.exec(row?.key ?? '') ?? [];
  if (what === 'room') return { at: 'room', name: which };
  return what === 'member' ? { at: 'member', id: Number(which) } : NOTHING;
}
