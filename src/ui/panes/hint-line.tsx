/** The row that says which keys matter now. */
import { Box } from 'ink';
import { type Hints, hintLine } from '../hint-words.ts';
import { Line } from './rows.tsx';

export function HintLine({ width, ...hints }: Hints & { readonly width: number }) {
  return (
    <Box height={1} width={width} flexShrink={0} overflow="hidden">
      <Line segments={hintLine(hints, width)} />
    </Box>
  );
}
