/** The bottom row: the link, the path's numbers, talking, and the two level meters. */
import { Box, Text } from 'ink';
import { memo, use, useEffect, useState, useSyncExternalStore } from 'react';
import type { SessionHandle } from '../../session/handle.ts';
import type { Levels, State } from '../../session/state.ts';
import type { Segment } from '../chat-rows.ts';
import { METER_CELLS, meterCells, statusLine } from '../status.ts';
import { lookOf, ThemeContext } from '../theme.ts';
import { Line } from './rows.tsx';

interface StatusBarProps {
  readonly state: State;
  readonly levels: SessionHandle['levels'];
  readonly width: number;
}

export function StatusBar({ state, levels, width }: StatusBarProps) {
  const { glyphs } = use(ThemeContext);
  const retryInMs = useRetryIn(state.link);
  const { segments, meters } = statusLine(state, retryInMs, glyphs, width - 1);
  const spaced = segments.flatMap((segment, index): Segment[] => [
    { text: index === 0 ? ' ' : '  ', tone: 'plain' },
    segment,
  ]);
  return (
    <Box height={1} width={width} flexShrink={0} justifyContent="space-between" overflow="hidden">
      <Box flexShrink={1}>
        <Line segments={spaced} />
      </Box>
      {meters && !state.voice.absent && (
        <Box flexShrink={0} gap={2} marginRight={1}>
          <Meter label="mic" which="mic" levels={levels} live={state.voice.talking && !state.voice.muted} />
          <Meter label="spk" which="speaker" levels={levels} live={!state.voice.deafened} />
        </Box>
      )}
    </Box>
  );
}

interface MeterProps {
  readonly label: string;
  readonly which: keyof Levels;
  readonly levels: SessionHandle['levels'];
  /** Whether what it measures goes anywhere. */
  readonly live: boolean;
}

/** Draws itself alone: ten times a second at most a level comes, and only a changed cell count is a change. */
const Meter = memo(function Meter({ label, which, levels, live }: MeterProps) {
  const theme = use(ThemeContext);
  const cells = useSyncExternalStore(
    (listener) => levels.subscribe(listener),
    () => meterCells(levels.get()[which]),
  );
  return (
    <Text>
      <Text {...lookOf('dim', theme)}>{`${label} `}</Text>
      <Text {...lookOf(live ? 'good' : 'dim', theme)}>{theme.glyphs.meterOn.repeat(cells)}</Text>
      <Text {...lookOf('dim', theme)}>{theme.glyphs.meterOff.repeat(METER_CELLS - cells)}</Text>
    </Text>
  );
});

/** Counts the time to the next try down, since the state tells it only once. */
function useRetryIn(link: State['link']): number {
  const offline = link.at === 'offline';
  const [now, setNow] = useState(0);
  const [since, setSince] = useState({ link, at: 0 });
  if (since.link !== link) setSince({ link, at: now });
  useEffect(() => {
    if (!offline) return undefined;
    const timer = setInterval(() => setNow((seconds) => seconds + 1000), 1000);
    return () => clearInterval(timer);
  }, [offline]);
  return offline ? Math.max(0, link.retryInMs - (now - since.at)) : 0;
}
