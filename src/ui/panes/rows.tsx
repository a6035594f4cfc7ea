/** Rows of styled segments, drawn. Every pane ends here. */
import { Box, Text } from 'ink';
import { memo, use } from 'react';
import type { Row, Segment } from '../chat-rows.ts';
import { hyperlink } from '../links.ts';
import { asciiOnly } from '../text-width.ts';
import { lookOf, ThemeContext } from '../theme.ts';

/** Segments in one line, cut at the width of the box around them. */
export const Line = memo(function Line({ segments }: { readonly segments: readonly Segment[] }) {
  const theme = use(ThemeContext);
  const shown = segments.filter(({ text }) => text !== '');
  // An empty Text has no height.
  if (shown.length === 0) return <Text> </Text>;
  return (
    <Text wrap="truncate-end">
      {shown.map(({ text, tone, link }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a segment is its place in the row
        <Text key={index} {...lookOf(tone, theme)}>
          {drawn(theme.ascii ? asciiOnly(text) : text, theme.links ? link : undefined)}
        </Text>
      ))}
    </Text>
  );
});

/** Ink measures a hyperlink as its text, and draws a row with one whole. */
function drawn(text: string, link: string | undefined): string {
  return link === undefined ? text : hyperlink(text, link);
}

interface RowsProps {
  readonly rows: readonly Row[];
  readonly width: number;
  readonly height: number;
  /** Where rows stand when there are fewer than `height`. */
  readonly stick?: 'top' | 'bottom';
}

/** A box of exactly the given size. */
export function Rows({ rows, width, height, stick = 'top' }: RowsProps) {
  return (
    <Box
      width={width}
      height={height}
      flexShrink={0}
      flexDirection="column"
      justifyContent={stick === 'top' ? 'flex-start' : 'flex-end'}
      overflow="hidden"
    >
      {rows.slice(0, height).map(({ key, segments }) => (
        <Box key={key} height={1} flexShrink={0}>
          <Line segments={segments} />
        </Box>
      ))}
    </Box>
  );
}
