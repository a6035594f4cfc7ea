import { expect, test } from 'vitest';
import type { SettingRow } from '../../src/session/state.ts';
import { settingsRows } from '../../src/ui/settings-rows.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { makeTheme } from '../../src/ui/theme.ts';

const setting: SettingRow = {
  section: 'client',
  key: 'host_key_check',
  value: '',
  source: 'file',
  help: 'An unknown host key: "tofu" trusts it on first use, "strict" refuses it, and there is more to say about both.',
};

function textOf(width: number): string[] {
  return settingsRows([setting], '~/config.toml', width, makeTheme(false, false).glyphs).map(({ segments }) =>
    segments.map(({ text }) => text).join(''),
  );
}

test.each([40, 59, 60, 80, 115, 116, 200])(
  'at %i columns the help is told whole, within the width',
  (width) => {
    const rows = textOf(width);
    for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
    const help = rows.slice(rows.findIndex((row) => row.includes('[client]')) + 1).join(' ');
    for (const word of setting.help.split(' ')) expect(help).toContain(word);
  },
);

test('an empty value is written as the help and the file write it', () => {
  expect(textOf(80).join('\n')).toMatch(/host_key_check +"" +file/);
  expect(textOf(40).join('\n')).toMatch(/host_key_check +"" *\n +\(file\) An unknown/);
});
