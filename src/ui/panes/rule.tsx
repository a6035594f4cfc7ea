/** A horizontal rule with a label in it and a joint where the side's bar meets it. */
import { Box } from 'ink';
import { use } from 'react';
import { truncate, widthOf } from '../text-width.ts';
import { ThemeContext } from '../theme.ts';
import { Line } from './rows.tsx';

interface RuleProps {
  readonly width: number;
  /** Column of the joint; 0 for none. */
  readonly side: number;
  /** Columns behind a second joint at the right; 0 for none. */
  readonly people?: number;
  readonly joint: 'down' | 'up';
  readonly label: string;
  readonly tone?: 'strong' | 'warning' | 'good' | 'dim';
}

export function Rule({ width, side, people = 0, joint, label, tone = 'strong' }: RuleProps) {
  const { glyphs } = use(ThemeContext);
  const meeting = joint === 'down' ? glyphs.ruleDown : glyphs.ruleUp;
  const left = side > 0 ? glyphs.rule.repeat(side) + meeting : '';
  const right = people > 0 ? meeting + glyphs.rule.repeat(people) : '';
  const lead = left + glyphs.rule.repeat(2);
  const shown =
    label === '' ? '' : ` ${truncate(label, width - widthOf(lead + right) - 3, glyphs.ellipsis)} `;
  const rest = Math.max(0, width - widthOf(lead + right) - widthOf(shown));
  return (
    <Box height={1} width={width} flexShrink={0}>
      <Line
        segments={[
          { text: lead, tone: 'dim' },
          { text: shown, tone },
          { text: glyphs.rule.repeat(rest) + right, tone: 'dim' },
        ]}
      />
    </Box>
  );
}
