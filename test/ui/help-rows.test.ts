/** The help pane's rows. */
import { expect, test } from 'vitest';
import { helpRows, LEFT_COLUMNS, showKeys } from '../../src/ui/help-rows.ts';
import { KEY_TABLE } from '../../src/ui/key-table.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { bindingsFor } from '../fakes/bindings.ts';

const textOf = (width: number, bindings = bindingsFor('f8')): string[] =>
  helpRows({ bindings, style: 'auto' }, width).map(({ segments }) =>
    segments.map(({ text }) => text).join(''),
  );

test.each(
  KEY_TABLE.filter(({ command, keys }) => command.do !== 'talk' && keys.length > 0).map(
    (row) => [showKeys(row), row.help] as const,
  ),
)('the keys %s are written out', (keys, help) => {
  expect(widthOf(keys)).toBeLessThanOrEqual(LEFT_COLUMNS);
  expect(textOf(200).join('\n')).toContain(`${keys.padEnd(LEFT_COLUMNS)} ${help}`);
});

test("shows the user's keys, and nothing of what has none", () => {
  const bindings = bindingsFor('f9', { send: ['ctrl+s'], redraw: [], 'talk-empty': [] });
  const rows = textOf(80, bindings).join('\n');
  expect(rows).toMatch(/Ctrl\+S +send/);
  expect(rows).toMatch(/F9 +the same/);
  expect(rows).not.toContain('draw the screen again');
  expect(rows).not.toContain('Space');
});

test.each([40, 59, 60, 80, 120])('fits into %i columns', (width) => {
  for (const row of textOf(width)) expect(widthOf(row)).toBeLessThanOrEqual(width);
});
