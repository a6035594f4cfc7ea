/** [keys] of config.toml. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseKeys } from '../../src/cli/config-file.ts';
import { keysFromText } from '../../src/cli/config-keys.ts';
import { loadConfig } from '../../src/cli/config-load.ts';

test('a key, a list of keys, or none', () => {
  const keys = parseKeys(
    '[keys]\nsend = "ctrl+s"\nquit = ["f10", "ctrl+q"]\nredraw = ""\nback = []',
    'c.toml',
  );
  expect(Object.fromEntries(keys)).toEqual({
    send: ['ctrl+s'],
    quit: ['f10', 'ctrl+q'],
    redraw: [],
    back: [],
  });
  expect(parseKeys('', 'c.toml').size).toBe(0);
});

test.each([
  ['keys = 3', 'c.toml:1: keys must be a section, written [keys]'],
  ['[[keys]]\nsend = "f5"', 'c.toml:1: keys must be a section, written [keys]'],
  ['[keys]\n\nsnd = "f5"', 'c.toml:3: there is no command snd to give a key; did you mean keys.send?'],
  [
    '[keys]\n"\\u001b[2J" = "f5"',
    'c.toml:2: there is no command \\u001b[2J to give a key; /keys and docs/keys.md',
  ],
  ['[keys]\nsend = 5', 'c.toml:2: keys.send must be a key such as "ctrl+t", a list of at most 8'],
  ['[keys]\nsend = ["f5", 6]', 'c.toml:2: keys.send must be a key such as'],
  ['[keys]\nsend = "ctrl+hyper"', 'c.toml:2: keys.send has "ctrl+hyper", which is no key'],
  ['[keys]\nsend = "ctrl+m"', 'c.toml:2: keys.send cannot have "ctrl+m": terminals send the same for Enter'],
  ['[keys]\nsend = "ctrl+i"', 'c.toml:2: keys.send cannot have "ctrl+i": terminals send the same for Tab'],
  ['[keys]\nsend = "ctrl+j"', 'c.toml:2: keys.send cannot have "ctrl+j": terminals send the same for Enter'],
  [
    '[keys]\nsend = "ctrl+h"',
    'c.toml:2: keys.send cannot have "ctrl+h": terminals send the same for Backspace',
  ],
  ['[keys]\nredraw = ""\nsend = "f1"', 'c.toml:3: keys.send cannot have "f1", which "tab-chat" has'],
  ['[keys]\nsend = "f5"\nnewline = "f5"', 'c.toml:3: keys.newline cannot have "f5", which "send" has'],
  ['[ui]\ntalk_key = "f9"\n[keys]\nsend = "f9"', 'c.toml:4: keys.send cannot have "f9", which "talk" has'],
])('%j is refused', (document, message) => {
  expect(() => parseKeys(document, 'c.toml')).toThrow(message);
});

test('a talk key from elsewhere must not be taken', () => {
  const directory = mkdtempSync(join(tmpdir(), 'voipterm-keys-'));
  const file = join(directory, 'config.toml');
  try {
    writeFileSync(file, '[keys]\nsend = ["enter", "f9"]\n');
    expect(loadConfig({ file }).keys.get('send')).toEqual(['enter', 'f9']);
    expect(() => loadConfig({ file, env: { VOIPTERM_UI_TALK_KEY: 'f9' } })).toThrow(
      'keys.send cannot have "f9", which "talk" has',
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('as text they have commas between', () => {
  expect(keysFromText(' f5, ctrl+x ctrl+e ,')).toEqual(['f5', 'ctrl+x ctrl+e']);
  expect(keysFromText('')).toEqual([]);
});
