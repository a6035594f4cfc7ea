/** The screen of the user's shell: the emulator's cells, never its bytes. */
import { Box, Text, useCursor } from 'ink';
import { memo, use, useSyncExternalStore } from 'react';
import type { ShellHandle } from '../../session/shell.ts';
import type { ShellColor, ShellPhase, ShellRun } from '../../session/shell-screen.ts';
import { cleanLine } from '../clean-text.ts';
import { asciiOnly } from '../text-width.ts';
import { type Theme, ThemeContext } from '../theme.ts';

interface ShellPaneProps {
  readonly shell: ShellHandle;
  readonly width: number;
  readonly height: number;
  /** First row of the pane on the screen, for the cursor. */
  readonly top: number;
}

export function ShellPane({ shell, width, height, top }: ShellPaneProps) {
  const screen = useSyncExternalStore(
    (listener) => shell.subscribe(listener),
    () => shell.screen,
  );
  const { setCursorPosition } = useCursor();
  const { cursor, rows } = screen;
  const inside = cursor !== null && cursor.y < height && cursor.x < width;
  setCursorPosition(inside ? { x: cursor.x, y: top + cursor.y } : undefined);
  const ended = endOf(screen.phase);
  const shown = rows.slice(0, ended === '' ? height : height - 1);
  return (
    <Box width={width} height={height} flexShrink={0} flexDirection="column" overflow="hidden">
      {shown.map((runs, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <ShellRow key={index} runs={runs} />
      ))}
      {ended !== '' && (
        <Box height={1} flexShrink={0}>
          <Text bold wrap="truncate-end">{` ${ended}`}</Text>
        </Box>
      )}
    </Box>
  );
}

function endOf(phase: ShellPhase): string {
  if (phase.at === 'exited') return `The shell ended (exit code ${phase.code}). Enter starts it again.`;
  if (phase.at === 'failed') return `${cleanLine(phase.reason)} Enter tries again.`;
  return '';
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
