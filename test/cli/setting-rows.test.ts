/** Every key as it is shown: value, source, what goes before it, and what is hidden. */
import { expect, test } from 'vitest';
import { ALL_SETTINGS, type ConfigKey } from '../../src/cli/config.ts';
import { loadConfig } from '../../src/cli/config-load.ts';
import { settingRows } from '../../src/cli/setting-rows.ts';
import type { HomeRow } from '../../src/session/settings-home.ts';
import { KEY_TABLE } from '../../src/ui/key-table.ts';

const NOWHERE = { XDG_CONFIG_HOME: '/nonexistent' };

function rowsWith(
  more: {
    env?: Record<string, string>;
    saved?: Record<string, string>;
    flags?: { [K in ConfigKey]?: string };
  } = {},
): ReadonlyMap<string, HomeRow> {
  const saved = new Map(Object.entries(more.saved ?? {}));
  const loaded = loadConfig({ env: { ...NOWHERE, ...more.env }, flags: more.flags ?? {}, saved });
  return new Map(settingRows({ loaded, saved }).map((row) => [row.path, row]));
}

test('every setting and the keys of every command have a row, sections together', () => {
  const rows = [...rowsWith().values()];
  expect(rows).toHaveLength(ALL_SETTINGS.length + KEY_TABLE.length);
  const sections = rows.map(({ section }) => section);
  const changes = sections.filter((section, at) => section !== sections[at - 1]);
  expect(changes).toEqual([...new Set(sections)]);
  expect(new Set(sections)).toEqual(new Set([...ALL_SETTINGS.map(({ section }) => section), 'keys']));
});

test('a row says value, source, and what is saved behind what goes before it', () => {
  const rows = rowsWith({
    env: { VOIPTERM_AUDIO_BITRATE: '24000' },
    saved: { 'audio.bitrate': '48000', 'audio.limiter': 'false', 'keys.send': 'ctrl+s' },
    flags: { 'client.rooms': 'a,b' },
  });
  expect(rows.get('audio.bitrate')).toMatchObject({
    ...{ value: '24000', source: 'environment', saved: '48000', default: '32000', applies: 'live' },
    override: 'the variable VOIPTERM_AUDIO_BITRATE',
    editor: { kind: 'number', min: 6000, max: 128_000 },
  });
  expect(rows.get('audio.limiter')).toMatchObject({ text: 'false', source: 'saved', override: null });
  expect(rows.get('client.rooms')).toMatchObject({
    ...{ value: 'a,b', source: 'flag', override: 'an option of the command line' },
    editor: { kind: 'list' },
  });
  expect(rows.get('crypto.suites')?.editor).toMatchObject({ kind: 'list', choices: expect.any(Array) });
  expect(rows.get('keys.send')).toMatchObject({ text: 'ctrl+s', source: 'saved', default: 'enter' });
  expect(rows.get('keys.talk')).toMatchObject({ text: 'f8', source: 'default' });
});

test('a station’s keys are its own, and a proxy’s password is not shown', () => {
  const rows = rowsWith({ saved: { 'client.proxy': 'http://ann:secret@proxy:3128' } });
  expect(rows.get('client.proxy')).toMatchObject({ value: 'http://ann:***@proxy:3128' });
  for (const row of rows.values()) expect(row.applies === 'station').toBe(row.section === 'station');
});

test('every device and every set of choices has an editor of its kind', () => {
  const rows = rowsWith();
  expect(rows.get('audio.input_device')?.editor).toEqual({ kind: 'device', which: 'input' });
  expect(rows.get('audio.limiter')?.editor).toEqual({ kind: 'toggle' });
  expect(rows.get('audio.frame_ms')?.editor).toEqual({ kind: 'choice', choices: ['10', '20', '40', '60'] });
  expect(rows.get('client.name')?.editor).toEqual({ kind: 'text' });
  expect(rows.get('keys.send')?.editor).toEqual({ kind: 'key', many: true });
});
