/** The top row: the tabs with their keys, and where we are connected to. */
import { Box } from 'ink';
import type { State } from '../../session/state.ts';
import type { Segment } from '../chat-rows.ts';
import { cleanLine } from '../clean-text.ts';
import { TABS, type Tab } from '../key-row.ts';
import { truncate, widthOf } from '../text-width.ts';
import { Line } from './rows.tsx';

const TITLES: Readonly<Record<Tab, string>> = {
  chat: 'Chat',
  settings: 'Settings',
  shell: 'Shell',
  help: 'Help',
};
const BRAND = ' voipterm ';
/** From this width on there is room for the program's name, and for the keys' whole names. */
const BRAND_FROM_COLUMNS = 56;
/** Less of the target tells nothing. */
const MIN_TARGET_COLUMNS = 8;

interface TabBarProps {
  readonly state: State;
  readonly tab: Tab;
  /** Stands in place of the target. */
  readonly title?: string | undefined;
  readonly width: number;
}

export function TabBar({ state, tab, title, width }: TabBarProps) {
  const segments = tabSegments(state, tab, width, title !== undefined);
  const used = segments.reduce((sum, { text }) => sum + widthOf(text), 0);
  const room = width - used - 2;
  const target = room < MIN_TARGET_COLUMNS ? '' : truncate(title ?? cleanLine(state.target), room);
  const gap = Math.max(0, width - used - widthOf(target) - 1);
  return (
    <Box height={1} width={width} flexShrink={0}>
      <Line segments={[...segments, { text: ' '.repeat(gap) + target, tone: 'dim' }]} />
    </Box>
  );
}

/** @param brief the title needs the room: on a narrow screen only the tab shown has its name. */
function tabSegments(state: State, tab: Tab, width: number, brief: boolean): Segment[] {
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
