/** The top row: the tabs with their keys, and where we are connected to. */
import { Box } from 'ink';
import type { State } from '../../session/state.ts';
import { cleanLine } from '../clean-text.ts';
import type { Tab } from '../key-row.ts';
import { tabSegments } from '../tab-words.ts';
import { truncate, widthOf } from '../text-width.ts';
import { Line } from './rows.tsx';

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
