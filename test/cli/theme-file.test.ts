/** A user's own theme. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseTheme, readTheme } from '../../src/cli/theme-file.ts';
import { SCHEMES } from '../../src/ui/schemes.ts';

test('names what differs from the theme of its ground', () => {
  const theme = parseTheme(
    'ground = "light"\nbad = "#AA0000"\naccent = "bright-blue"\nnames = ["red", "#004d00"]',
    't',
  );
  expect(theme.ground).toBe('light');
  expect(theme.colors.bad).toEqual({ hex: '#AA0000', basic: 'red' });
  expect(theme.colors.accent).toEqual({ hex: null, basic: 'blueBright' });
  expect(theme.colors.good).toBe(SCHEMES.light!.light.colors.good);
  expect(theme.names).toEqual([
    { hex: null, basic: 'red' },
    { hex: '#004d00', basic: 'green' },
  ]);
});

test.each([
  ['', 'x.toml: a theme begins with ground = "dark" or "light"'],
  ['ground = "blue"', 'x.toml:1: a theme begins with ground'],
  ['ground = "dark"\nbda = "#000000"', 'x.toml:2: there is no bda in a theme; did you mean bad?'],
  ['ground = "dark"\n\nbad = "crimson"', 'x.toml:3: bad must be "#rrggbb" or one of black, red'],
  ['ground = "dark"\nbad = 5', 'x.toml:2: bad must be "#rrggbb"'],
  ['ground = "dark"\nnames = []', 'x.toml:2: names must be a list of 1 to 32 colours'],
  ['ground = "dark"\nnames = ["\\u001b[2J"]', 'x.toml:2: names must be a list'],
  ['ground = "dark"\nground', 'x.toml:2: not valid TOML'],
  ['ground = "dark"\n"\\u001b" = "red"', 'x.toml:2: there is no \\u001b in a theme'],
])('%j is refused', (document, message) => {
  expect(() => parseTheme(document, 'x.toml')).toThrow(message);
});

test('is found beside config.toml', () => {
  const directory = mkdtempSync(join(tmpdir(), 'voipterm-theme-'));
  const config = join(directory, 'config.toml');
  try {
    expect(readTheme('dark', config)).toEqual({ name: 'dark', own: null });
    expect(() => readTheme('sea', config)).toThrow(
      /there is no theme sea, .*sea\.toml; ui\.theme may be auto, dark/,
    );
    mkdirSync(join(directory, 'themes'));
    writeFileSync(join(directory, 'themes', 'sea.toml'), 'ground = "dark"\n');
    expect(readTheme('sea', config)).toEqual({ name: 'sea', own: SCHEMES.dark!.dark });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
