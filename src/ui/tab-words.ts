/** The tabs of the top row: how they are written, and which of them a click hits. Pure. */
import type { State } from '../session/state.ts';
import type { Segment } from './chat-rows.ts';
import type { MouseEvent } from './key-event.ts';
import { TABS, type Tab } from './key-row.ts';
import type { Layout } from './layout.ts';
import { widthOf } from './text-width.ts';

const TITLES: Readonly<Record<Tab, string>> = {
  chat: 'Chat',
  settings: 'Settings',
  shell: 'Shell',
  help: 'Help',
};
const BRAND = ' voipterm ';
/** From this width on there is room for the program's name, and for the keys' whole names. */
const BRAND_FROM_COLUMNS = 56;
/** @param brief the title needs the room: on a narrow screen only the tab shown has its name. */
export function tabSegments(state: State, tab: Tab, width: number, brief: boolean): Segment[] {
  const roomy = width >= BRAND_FROM_COLUMNS;
  const brand: Segment[] = roomy ? [{ text: BRAND, tone: 'strong' }] : [];
  const tabs = TABS.map((name, index): Segment => {
    const unread = name === 'chat' && tab !== 'chat' ? unreadMark(state) : '';
    const key = `${roomy ? 'F' : ''}${index + 1}`;
    if (brief && !roomy && name !== tab) return { text: ` ${key}${unread} `, tone: 'plain' };
    return { text: ` ${key} ${TITLES[name]}${unread} `, tone: name === tab ? 'selected' : 'plain' };
  });
  return [...brand, ...tabs];
}

/** New messages show on the Chat tab while another tab is open. */
function unreadMark({ rooms }: State): string {
  const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
  return unread === 0 ? '' : ` +${Math.min(unread, 999)}`;
}

/** The tab that is clicked in the top row; undefined beside them and for all else that the mouse does. */
export function tabClicked(
  { action, row, column }: MouseEvent,
  state: State,
  shown: Tab,
  { columns, rules }: Pick<Layout, 'columns' | 'rules'>,
): Tab | undefined {
  if (row !== 0 || action !== 'press') return undefined;
  const segments = tabSegments(state, shown, columns, !rules && shown === 'chat');
  let end = 0;
  const hit = segments.findIndex(({ text }) => {
    end += widthOf(text);
    return column < end;
  });
  return hit < 0 ? undefined : TABS[hit - (segments.length - TABS.length)];
}
