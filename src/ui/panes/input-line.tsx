/** The line that is typed in, with the terminal's own cursor. */
import { Box, useCursor } from 'ink';
import { use } from 'react';
import type { Segment } from '../chat-rows.ts';
import { inputWindow } from '../input-window.ts';
import type { EditLine } from '../line-editor.ts';
import { truncate, widthOf } from '../text-width.ts';
import { ThemeContext } from '../theme.ts';
import { Line } from './rows.tsx';

interface InputLineProps {
  readonly line: EditLine;
  readonly prompt: string;
  /** Shown while nothing is typed. */
  readonly hint: string;
  readonly width: number;
  /** Row of the screen, for the cursor. */
  readonly y: number;
}

export function InputLine({ line, prompt, hint, width, y }: InputLineProps) {
  const { glyphs } = use(ThemeContext);
  const { setCursorPosition } = useCursor();
  const lead = ` ${truncate(prompt, Math.floor(width / 3), glyphs.ellipsis)} ${glyphs.prompt} `;
  const room = width - widthOf(lead);
  const { text, cursor } = inputWindow(line, room, glyphs.newline);
  setCursorPosition({ x: widthOf(lead) + cursor, y });
  const typed: Segment =
    line.text === '' ? { text: truncate(hint, room, glyphs.ellipsis), tone: 'dim' } : { text, tone: 'plain' };
  return (
    <Box height={1} width={width} flexShrink={0}>
      <Line segments={[{ text: lead, tone: 'strong' }, typed]} />
    </Box>
  );
}
