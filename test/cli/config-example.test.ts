/** config.example.toml tells the truth: every key, its default, and a line about it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALL_SETTINGS } from '../../src/cli/config.ts';
import { exampleConfig } from '../../src/cli/config-example.ts';
import { parseConfig } from '../../src/cli/config-file.ts';

const file = readFileSync(new URL('../../config.example.toml', import.meta.url), 'utf8');

test('the file is what the table of settings writes', () => {
  expect(file).toBe(exampleConfig());
});

test('it holds every key with its default', () => {
  const values = parseConfig(file, 'config.example.toml');
  expect(Object.fromEntries(values)).toEqual(
    Object.fromEntries(ALL_SETTINGS.map(({ path, setting }) => [path, setting.default])),
  );
});

test('one line of comment stands over every key', () => {
  const lines = file.split('\n');
  const keys = lines.flatMap((line, at) => (/^[a-z_]+ = /.test(line) ? [at] : []));
  expect(keys).toHaveLength(ALL_SETTINGS.length);
  for (const at of keys) {
    expect(lines[at - 1]).toMatch(/^# [A-Z].{10,115}\.$/);
    expect(lines[at - 2]).not.toMatch(/^#/);
  }
});

test('each default is a value that its own schema takes', () => {
  for (const { path, setting } of ALL_SETTINGS) {
    expect([path, setting.schema.safeParse(setting.default).data]).toEqual([path, setting.default]);
  }
});
