/** The settings pane as rows: what is told of a key, that it fits every screen, and what the filter leaves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SettingRow } from '../../src/session/settings-model.ts';
import type { State } from '../../src/session/state.ts';
import { METERS, selectables, settingsItems } from '../../src/ui/settings-items.ts';
import { settingsRows } from '../../src/ui/settings-rows.ts';
import { SETTINGS_VIEW, type SettingsView } from '../../src/ui/settings-view.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { emptyState, FAKE_SETTINGS } from '../fakes/fake-session.ts';

const { glyphs } = makeTheme(false, false);
const headset = { name: 'USB Headset', standard: true };

function state(change: Partial<State['settings']> = {}, rows = FAKE_SETTINGS): State {
  const now = emptyState();
  const sound = { ...now.sound, devices: { inputs: [headset], outputs: [headset] } };
  return { ...now, sound, settings: { ...now.settings, rows, ...change } };
}

interface Shown {
  readonly view?: Partial<SettingsView>;
  readonly of?: State;
  readonly width?: number;
  readonly height?: number;
}

function textOf({ view = {}, of = state(), width = 80, height = 20 }: Shown = {}): string[] {
  const pane = { state: of, view: { ...SETTINGS_VIEW, ...view }, width, height, glyphs };
  return settingsRows(pane).map(({ segments }) => segments.map(({ text }) => text).join(''));
}

const changed = (path: string, change: Partial<SettingRow>): readonly SettingRow[] =>
  FAKE_SETTINGS.map((row) => (row.path === path ? { ...row, ...change } : row));

test('a screen of 80 columns', () => {
  const some = state({}, FAKE_SETTINGS.filter(({ section }) => section === 'audio').slice(0, 12));
  expect(textOf({ of: some, height: 14 }).map((row) => row.trimEnd())).toMatchInlineSnapshot(`
    [
      " 12 settings, 1 changed (*)  / filters",
      " Sound  devices, your voice, and how others are heard",
      " ▸ Hear yourself           < off                               >    test",
      "",
      "   Microphone: @audio/mic (miniaudio)",
      "   Speaker: @audio/speaker (miniaudio)",
      "   input_device              system's: USB Headset                  default",
      "   output_device             system's: USB Headset                  default",
      "   talk_mode                 push                                   default",
      "   voice_threshold_db        -45                                    default",
      "   voice_hold_ms             300                                    default",
      "────────────────────────────────────────────────────────────────────────────────",
      " Test: plays your own voice back to you through the station, and to nobody",
      " else. Best with headphones on.",
    ]
  `);
});

describe.each([
  [40, 8],
  [60, 13],
  [80, 20],
  [120, 30],
  [200, 57],
])('at %ix%i', (width, height) => {
  test('every row fits, whatever is chosen, typed or told', () => {
    const ids = selectables(settingsItems(state(), '')).map(({ id }) => id);
    const long = 'a sentence that goes on and on, 長い名前 and \x1b[31m on '.repeat(9);
    const told = { text: long, tone: 'bad' } as const;
    const strange = state({ told, fileProblem: long }, changed('client.proxy', { text: long, value: long }));
    fc.assert(
      fc.property(
        fc.constantFrom(...ids, 'gone'),
        fc.constantFrom('browse', 'edit', 'capture', 'filter'),
        fc.string(),
        (selected, mode, typed) => {
          const draft = { text: typed, cursor: typed.length };
          for (const of of [state(), strange]) {
            const rows = textOf({ of, width, height, view: { selected, mode, draft } });
            expect(rows.length).toBeLessThanOrEqual(height);
            for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
            expect(rows.join('')).not.toContain('\x1b');
          }
        },
      ),
      { seed: 7, numRuns: 60 },
    );
  });

  test('the chosen row is on the screen with its help', () => {
    for (const { id } of selectables(settingsItems(state(), ''))) {
      const rows = textOf({ width, height, view: { selected: id } });
      expect(rows.filter((row) => row.includes('▸'))).toHaveLength(1);
    }
    const rows = textOf({ width, height, view: { selected: 'audio.limiter' } });
    expect(rows.find((row) => row.includes('▸'))).toContain('limiter');
    expect(rows.join(' ')).toContain('Turns down what');
  });
});

test('no two rows have one key, and the meters have theirs', () => {
  const pane = { state: state(), view: SETTINGS_VIEW, width: 200, height: 300, glyphs };
  const keys = settingsRows(pane).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toContain(METERS);
});

describe('details', () => {
  const detail = (path: string, change: Partial<SettingRow>, settings: Partial<State['settings']> = {}) =>
    textOf({ of: state(settings, changed(path, change)), width: 120, height: 40, view: { selected: path } })
      .join(' ')
      .replaceAll(/\s+/g, ' ');

  test('say where a value comes from, and what else there is', () => {
    const text = detail('audio.bitrate', { source: 'saved', override: null, saved: '24000', file: '16000' });
    expect(text).toContain('audio.bitrate: saved; config.toml says 16000; the default is 32000.');
    expect(text).toContain('A change counts at once.');
  });

  test('say what goes before what is saved', () => {
    expect(detail('audio.bitrate', { saved: '48000' })).toContain(
      '48000 is saved, but the variable VOIPTERM_AUDIO_BITRATE goes before it.',
    );
    expect(detail('audio.bitrate', {})).toContain('the variable VOIPTERM_AUDIO_BITRATE says so.');
  });

  test('say what a change waits for, and mark it', () => {
    const text = detail('client.name', { text: 'bob', value: 'bob', waits: 'reconnect' });
    expect(text).toContain('counts with the next connection: r or /reconnect makes it.');
    expect(text).toMatch(/▸ name +bob +\*! /);
  });

  test('say what is wrong with what is typed, and what it must be before', () => {
    const view = { selected: 'audio.bitrate', mode: 'edit', draft: { text: 'x', cursor: 1 } } as const;
    const check = { path: 'audio.bitrate', text: 'x', problem: 'must be a whole number' };
    expect(textOf({ view }).join('\n')).toContain('It must be a whole number from 6000 to 128000.');
    expect(textOf({ of: state({ check }), view }).join('\n')).toContain('bitrate must be a whole number');
    const stale = { ...check, text: 'xy' };
    expect(textOf({ of: state({ check: stale }), view }).join('\n')).toContain('It must be');
  });

  test('a file that is wrong is told whatever is chosen', () => {
    const fileProblem = '/home/ann/config.toml:3: audio.bitrate must be a whole number';
    expect(textOf({ of: state({ fileProblem }) }).join('\n')).toContain('config.toml:3');
  });
});

describe('the filter', () => {
  const found = (filter: string): string[] =>
    settingsItems(state(), filter).flatMap((item) => (item.kind === 'setting' ? [item.id] : []));

  test('finds names, sections, values and help, every word', () => {
    expect(found('bitrate')).toContain('audio.bitrate');
    expect(found('SOUND echo')).toEqual(['audio.echo_cancel']);
    expect(found('24000')).toEqual(['audio.bitrate']);
    expect(found('nothing has this')).toEqual([]);
    expect(textOf({ view: { filter: 'nothing has this' } }).join('\n')).toContain('Nothing fits.');
  });

  test('finds the tests', () => {
    const ids = settingsItems(state(), 'test path').map(({ id }) => id);
    expect(ids).toContain('test:path');
  });

  test('never shows more than there is without it', () => {
    const all = new Set(found(''));
    fc.assert(
      fc.property(fc.string(), (filter) => found(filter).every((id) => all.has(id))),
      { seed: 3, numRuns: 50 },
    );
  });
});

test('what the test of the path found stands below it', () => {
  const lines = [{ text: 'Control (SSH): 3.1 ms there and back', tone: 'good' }] as const;
  const of = state({ pathTest: { running: false, lines } });
  expect(textOf({ of, view: { selected: 'test:path' } }).join('\n')).toMatch(
    /▸ Test the path +< done; once more[\s\S]*Control \(SSH\): 3\.1 ms/,
  );
});
