/** Paths that Tab offers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pathEntries } from '../../src/cli/path-entries.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'voipterm-paths-'));
  mkdirSync(join(home, 'notes'));
  for (const name of ['notes.txt', 'now.md', '.hidden', 'with space', 'notes/one', 'esc\x1b[31m'])
    writeFileSync(join(home, name), '');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test.each([
  ['~/no', ['~/notes.txt', '~/notes/', '~/now.md']],
  ['~/notes/', ['~/notes/one']],
  ['~/.h', ['~/.hidden']],
  ['~/w', []],
  ['~/e', []],
  ['~/nothing/x', []],
])('%j', (begin, offered) => {
  expect(pathEntries(begin, home)).toEqual(offered);
});

test('an absolute path stays one', () => {
  expect(pathEntries(`${home}/now`, '/nowhere')).toEqual([`${home}/now.md`]);
  expect(pathEntries(`${home}/`, '/nowhere')).toContain(`${home}/notes/`);
});
