import { expect, test } from 'vitest';
import { helpRows, LEFT_COLUMNS } from '../../src/ui/help-rows.ts';
import { KEY_TABLE, showChord } from '../../src/ui/keys.ts';
import { widthOf } from '../../src/ui/text-width.ts';

const talk = { talkKey: 'f8', style: 'auto' } as const;
const textOf = (width: number): string[] =>
  helpRows(talk, width).map(({ segments }) => segments.map(({ text }) => text).join(''));

test.each(KEY_TABLE.map(({ keys, help }) => [keys.map(showChord).join(', '), help]))(
  'the keys %s are written out',
  (keys, help) => {
    expect(widthOf(keys)).toBeLessThanOrEqual(LEFT_COLUMNS);
    expect(textOf(200).join('\n')).toContain(`${keys.padEnd(LEFT_COLUMNS)} ${help}`);
  },
);

test.each([40, 59, 60, 80, 120])('fits into %i columns', (width) => {
  for (const row of textOf(width)) expect(widthOf(row)).toBeLessThanOrEqual(width);
});
