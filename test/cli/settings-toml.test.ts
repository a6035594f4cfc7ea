/** Settings as TOML: what is written is read back as it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALL_SETTINGS } from '../../src/cli/config.ts';
import { parseConfig, parseKeys } from '../../src/cli/config-file.ts';
import { loadConfig } from '../../src/cli/config-load.ts';
import { readText, writeText } from '../../src/cli/config-read.ts';
import { keyText, settingRows } from '../../src/cli/setting-rows.ts';
import { exportedRows, settingsToml } from '../../src/cli/settings-toml.ts';
import type { HomeRow } from '../../src/session/settings-home.ts';

const rows = settingRows({
  loaded: loadConfig({ env: { XDG_CONFIG_HOME: '/nonexistent' } }),
  saved: new Map(),
});

/** Texts that a person could have saved for a key, as the program writes them. */
function textsFor(row: HomeRow): fc.Arbitrary<string> {
  const { editor } = row;
  const named = ALL_SETTINGS.find(({ path }) => path === row.path);
  const tried: fc.Arbitrary<string> =
    editor.kind === 'choice'
      ? fc.constantFrom(...editor.choices)
      : editor.kind === 'number'
        ? fc.integer({ min: editor.min, max: editor.max }).map(String)
        : editor.kind === 'toggle'
          ? fc.constantFrom('true', 'false')
          : fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('#ff00aa', 'it"s', 'C:\\x', 'a,b', 'ü'));
  return tried.map((text) => {
    const reading = named && readText(named.setting, text);
    return reading?.ok ? writeText(reading.value) : row.default;
  });
}

const saved = fc
  .constantFrom(...rows.filter(({ section }) => section !== 'station' && section !== 'keys'))
  .chain((row) => textsFor(row).map((text): HomeRow => ({ ...row, saved: text })));

test('whatever is saved is read back from what is exported', () => {
  fc.assert(
    fc.property(fc.uniqueArray(saved, { selector: ({ path }) => path, maxLength: 20 }), (some) => {
      const exported = exportedRows(some);
      const read = parseConfig(settingsToml(exported), 'export.toml');
      expect(Object.fromEntries([...read].map(([path, value]) => [path, writeText(value)]))).toEqual(
        Object.fromEntries(exported.map(({ path, text }) => [path, text])),
      );
    }),
    { seed: 8, numRuns: 300 },
  );
});

test('keys are read back, and a station’s own are left out', () => {
  const keys = rows
    .filter(({ path }) => path === 'keys.redraw')
    .map((row) => ({ ...row, saved: 'f10, ctrl+x ctrl+r' }));
  const station = rows
    .filter(({ section }) => section === 'station')
    .map((row) => ({ ...row, file: 'changed' }));
  const exported = exportedRows([...keys, ...station]);
  expect(exported.map(({ path }) => path)).toEqual(['keys.redraw']);
  const read = parseKeys(settingsToml(exported), 'export.toml');
  expect(keyText(read.get('redraw') ?? [])).toBe('f10, ctrl+x ctrl+r');
});

test('nothing changed is a document without a setting', () => {
  expect(exportedRows(rows)).toEqual([]);
  expect(parseConfig(settingsToml([]), 'export.toml').size).toBe(0);
});
