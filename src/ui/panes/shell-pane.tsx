/** The shell pane: tabs, the screen of the one that is shown (the emulator's cells, never its bytes), and the pane's own line. */
import { Box, Text, useCursor } from 'ink';
import { memo, use, useEffect, useSyncExternalStore } from 'react';
import type { ShellHandle } from '../../session/shell.ts';
import type { ShellColor, ShellPhase, ShellRun, ShellScreen } from '../../session/shell-screen.ts';
import type { ShellsState } from '../../session/shell-state.ts';
import { cleanLine } from '../clean-text.ts';
import { bottomRow, hasTabRow, type ShellView, tabRow, terminalRows } from '../shell-view.ts';
import { asciiOnly, widthOf } from '../text-width.ts';
import { type Theme, ThemeContext } from '../theme.ts';
import { Line } from './rows.tsx';

interface ShellPaneProps {
  readonly shell: ShellHandle;
  readonly shells: ShellsState;
  readonly view: ShellView;
  readonly width: number;
  readonly height: number;
  /** First row of the pane on the screen, for the cursor. */
  readonly top: number;
}

/** A sentence about what went wrong is read whole, and leaves the screen of before in sight. */
const MAX_OWN_ROWS = 4;

export function ShellPane({ shell, shells, view, width, height, top }: ShellPaneProps) {
  const screen = useSyncExternalStore(
    (listener) => shell.subscribe(listener),
    () => shell.screen,
  );
  const tabs = hasTabRow(shells);
  const rows = terminalRows(shells, height);
  // A tab row that comes or goes is a new size for the program.
  useEffect(() => shell.resize(width, rows), [shell, width, rows]);
  const own = endOf(screen.phase) ?? bottomRow(view, screen);
  const ownRows =
    own === undefined ? 0 : Math.min(MAX_OWN_ROWS, rows, Math.ceil(widthOf(own) / Math.max(1, width)));
  const room = rows - ownRows;
  const from = firstRow(screen, room);
  const { setCursorPosition } = useCursor();
  const y = screen.cursor === null ? -1 : screen.cursor.y - from;
  const inside = screen.cursor !== null && y >= 0 && y < room && screen.cursor.x < width;
  setCursorPosition(
    inside && screen.cursor ? { x: screen.cursor.x, y: top + (tabs ? 1 : 0) + y } : undefined,
  );
  return (
    <Box width={width} height={height} flexShrink={0} flexDirection="column" overflow="hidden">
      {tabs && (
        <Box height={1} width={width} flexShrink={0} overflow="hidden">
          <Line segments={tabRow(shells, width)} />
        </Box>
      )}
      {screen.rows.slice(from, from + room).map((runs, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <ShellRow key={index} runs={runs} />
      ))}
      {own !== undefined && (
        <Box height={ownRows} flexShrink={0} overflow="hidden">
          <Text bold inverse={screen.phase.at === 'running'} wrap={ownRows > 1 ? 'hard' : 'truncate-end'}>
            {own}
          </Text>
        </Box>
      )}
    </Box>
  );
}

/** Of a screen that is higher than the pane (somebody else's) the part with the cursor is shown. */
function firstRow({ rows, cursor }: ShellScreen, room: number): number {
  const over = rows.length - room;
  if (over <= 0 || cursor === null) return 0;
  return Math.max(0, Math.min(over, cursor.y - room + 1));
}

function endOf(phase: ShellPhase): string | undefined {
  if (phase.at === 'exited') {
    const how = phase.signal ? `ended by signal ${phase.signal}` : `exit code ${phase.code}`;
    return ` The shell ended (${how}). Enter starts it again.`;
  }
  if (phase.at === 'failed') return ` ${cleanLine(phase.reason)} Enter tries again.`;
  return undefined;
}

const ShellRow = memo(function ShellRow({ runs }: { readonly runs: readonly ShellRun[] }) {
  const theme = use(ThemeContext);
  return (
    <Box height={1} flexShrink={0}>
      <Text wrap="truncate-end">
        {runs.length === 0
          ? ' '
          : runs.map((run, index) => <Run key={keyOf(index)} run={run} theme={theme} />)}
      </Text>
    </Box>
  );
});

const keyOf = (index: number): string => String(index);

function Run({ run, theme }: { readonly run: ShellRun; readonly theme: Theme }) {
  const foreground = theme.color ? inkColor(run.foreground) : undefined;
  const background = theme.color ? inkColor(run.background) : undefined;
  return (
    <Text
      {...(foreground === undefined ? {} : { color: foreground })}
      {...(background === undefined ? {} : { backgroundColor: background })}
      bold={run.bold}
      dimColor={run.dim}
      italic={run.italic}
      underline={run.underline}
      inverse={run.inverse}
      strikethrough={run.strikethrough}
    >
      {theme.ascii ? asciiOnly(run.text) : run.text}
    </Text>
  );
}

/** The first sixteen by name, so that the terminal's own palette paints them. */
const NAMES: readonly string[] = [
  ...['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'],
  ...['blackBright', 'redBright', 'greenBright', 'yellowBright'],
  ...['blueBright', 'magentaBright', 'cyanBright', 'whiteBright'],
];

function inkColor(color: ShellColor): string | undefined {
  if (color === null) return undefined;
  if (typeof color === 'string') return color;
  return NAMES[color] ?? `ansi256(${color})`;
}
