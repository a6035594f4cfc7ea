/** docs/keys.md tells the truth: every key and every command. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keysPage } from '../../docs/make-keys.ts';
import { parseConfig, parseKeys } from '../../src/cli/config-file.ts';
import { COMMAND_TABLE } from '../../src/ui/commands.ts';
import { KEY_TABLE } from '../../src/ui/key-table.ts';

const page = readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8');

test('the page is what the tables say (node docs/make-keys.ts writes it)', () => {
  expect(page).toBe(keysPage());
});

test('it has every command', () => {
  for (const { name } of KEY_TABLE) expect(page).toContain(`| \`${name}\` |`);
  for (const { name } of COMMAND_TABLE) expect(page).toMatch(new RegExp(`^\\| \`/${name}[ \`]`, 'm'));
});

test('its example is accepted', () => {
  const [, example = ''] = /```toml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(parseConfig(example, 'x').size).toBe(0);
  expect(parseKeys(example, 'x').get('send')).toEqual(['enter', 'ctrl+s']);
});
