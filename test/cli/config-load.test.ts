/** The configuration's sources, their order, and what is said about bad values. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, SETTINGS } from '../../src/cli/config.ts';
import { MAX_CONFIG_BYTES, parseConfig } from '../../src/cli/config-file.ts';
import { type ConfigSources, loadConfig } from '../../src/cli/config-load.ts';
import { VoiptermError } from '../../src/errors.ts';
import { KEY_TABLE } from '../../src/ui/key-table.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'voipterm-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** XDG_CONFIG_HOME without a file in it. */
const empty = (): Record<string, string> => ({ XDG_CONFIG_HOME: join(dir, 'none') });

function written(content: string | Uint8Array): string {
  const file = join(dir, 'config.toml');
  writeFileSync(file, content);
  return file;
}

function complaint(sources: ConfigSources): string {
  return complaintOf(() => loadConfig({ env: empty(), ...sources }));
}

function complaintOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof VoiptermError && error.code === 'config.invalid') return error.message;
    throw error;
  }
  return 'no error';
}

const about = (toml: string): string => complaintOf(() => parseConfig(toml, 'c.toml'));

describe('loadConfig() sources', () => {
  test('without any source all is default, and typed', () => {
    const { config, sources } = loadConfig({ env: empty() });
    const typed: Config = config;
    expect(typed.audio.playoutDelayMs).toBe(5);
    expect(typed.station.listen).toBe('127.0.0.1:2222');
    expect(typed.crypto.suites).toEqual(['chacha20-poly1305', 'aes-256-gcm']);
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  });

  test('each source goes before the next', () => {
    const file = written('[audio]\nbitrate = 10000\n');
    const saved = new Map([['audio.bitrate', '20000']]);
    const env = { ...empty(), VOIPTERM_AUDIO_BITRATE: '30000' };
    const flags = { 'audio.bitrate': '40000' };
    const seen = [{ file }, { file, saved }, { file, saved, env }, { file, saved, env, flags }].map(
      (sources) => {
        const loaded = loadConfig({ env: empty(), ...sources });
        return [loaded.config.audio.bitrate, loaded.sources['audio.bitrate'], loaded.config.audio.complexity];
      },
    );
    expect(seen).toEqual([
      [10000, 'file', 7],
      [20000, 'saved', 7],
      [30000, 'environment', 7],
      [40000, 'flag', 7],
    ]);
  });

  test('the default file is found by XDG_CONFIG_HOME, and --config must exist', () => {
    const home = mkdtempSync(join(dir, 'xdg-'));
    expect(loadConfig({ env: { XDG_CONFIG_HOME: home } }).file).toBe(join(home, 'voipterm', 'config.toml'));
    const missing = join(home, 'missing.toml');
    expect(complaint({ file: missing })).toBe(`there is no configuration file ${missing}`);
  });

  test('text forms of lists, booleans and typed flags', () => {
    const env = {
      ...empty(),
      VOIPTERM_CLIENT_ROOMS: 'lobby, music',
      VOIPTERM_STATION_OPEN: 'On',
      VOIPTERM_AUDIO_INPUT: '',
    };
    const { config, sources } = loadConfig({
      env,
      flags: { 'ui.talk_limit_min': 5, 'client.name': undefined },
    });
    expect(config.client.rooms).toEqual(['lobby', 'music']);
    expect(config.station.open).toBe(true);
    expect(config.ui.talkLimitMin).toBe(5);
    expect([sources['audio.input'], sources['client.name']]).toEqual(['default', 'default']);
  });

  test('a bad saved value can be overridden', () => {
    const saved = new Map([
      ['audio.bitrate', 'loud'],
      ['audio.gone', 'from another version'],
    ]);
    expect(complaint({ saved })).toBe(
      'the saved setting audio.bitrate must be a whole number from 6000 to 128000, but is "loud"; ' +
        'override it with VOIPTERM_AUDIO_BITRATE',
    );
    const env = { ...empty(), VOIPTERM_AUDIO_BITRATE: '8000' };
    expect(loadConfig({ env, saved }).config.audio.bitrate).toBe(8000);
  });

  test('variables and options are named', () => {
    expect(complaint({ env: { ...empty(), VOIPTERM_UI_ASCII: 'maybe' } })).toBe(
      'the variable VOIPTERM_UI_ASCII must be one of "auto", "on", "off", but is "maybe"',
    );
    expect(complaint({ env: { ...empty(), VOIPTERM_AUDIO_BITRAT: '1' } })).toBe(
      'there is no setting VOIPTERM_AUDIO_BITRAT; did you mean VOIPTERM_AUDIO_BITRATE?',
    );
    expect(complaint({ env: { ...empty(), VOIPTERM_OTHER: '1' } })).toBe('no error');
    expect(complaint({ flags: { 'station.listen': 'nowhere:' } })).toContain(
      'the option for station.listen must be',
    );
  });
});

test('the talk key may be any key that the interface leaves free, and no other', () => {
  const typed = ['ctrl+h', 'ctrl+i', 'ctrl+j', 'ctrl+m'];
  const others = KEY_TABLE.filter(({ command, scope }) => command.do !== 'talk' && scope !== 'shared');
  const taken = [...others.flatMap(({ keys }) => keys.map((key) => key.split(' ')[0])), ...typed];
  const letters = Array.from({ length: 26 }, (_, at) => `ctrl+${String.fromCharCode(0x61 + at)}`);
  const functionKeys = Array.from({ length: 12 }, (_, at) => `f${at + 1}`);
  for (const key of [...letters, ...functionKeys, 'ctrl+space']) {
    const accepted = SETTINGS.ui.talk_key.schema.safeParse(key).success;
    expect([key, accepted]).toEqual([key, !taken.includes(key)]);
  }
  for (const key of ['a', 'space', 'F8', 'f13', 'ctrl+', 'f8 ', 'alt+a', '']) {
    expect([key, SETTINGS.ui.talk_key.schema.safeParse(key).success]).toEqual([key, false]);
  }
});

describe('parseConfig() complaints', () => {
  test.each([
    [
      '[audio]\n\nbitrate = "loud"',
      'c.toml:3: audio.bitrate must be a whole number from 6000 to 128000, but is "loud"',
    ],
    ['[audio]\nbitrate = 1', 'c.toml:2: audio.bitrate must be a whole number from 6000 to 128000, but is 1'],
    [
      'audio = { complexity = 9.5 }',
      'c.toml:1: audio.complexity must be a whole number from 0 to 10, but is 9.5',
    ],
    ['station.open = 1979-05-27', 'c.toml:1: station.open must be true or false, but is a date'],
    ['[audio]\nbitrat = 1', 'c.toml:2: there is no key audio.bitrat; did you mean audio.bitrate?'],
    ['[client]\nlisten = ":1"', 'c.toml:2: there is no key client.listen; did you mean station.listen?'],
    ['\n[crypto]\nx = 1', 'c.toml:3: there is no key crypto.x; [crypto] has suites'],
    ['[adio]', 'c.toml:1: there is no section adio; did you mean [audio]?'],
    ['audio = 3', 'c.toml:1: audio must be a section, written [audio]'],
    ['[[audio]]\nbitrate = 8000', 'c.toml:1: audio must be a section, written [audio]'],
    ['[ui]\ntalk_key = "ctrl+c"', 'c.toml:2: ui.talk_key must be "f5" to "f12"'],
    ['[ui]\ntalk_key = "a"', 'c.toml:2: ui.talk_key must be "f5" to "f12"'],
    ['[crypto]\nsuites = []', 'c.toml:2: crypto.suites must be a list of different suites'],
    [
      '[crypto]\nsuites = ["aes-256-gcm", "aes-256-gcm"]',
      'c.toml:2: crypto.suites must be a list of different',
    ],
    ['[client]\nname = "a b"', 'c.toml:2: client.name must be "" or a name'],
    ['[client]\nrooms = ["#lobby"]', 'c.toml:2: client.rooms must be a list of 1 to 32'],
    ['[client]\ntarget = "a:b:c"', 'c.toml:2: client.target must be "" or [user@]host'],
    ['[client]\nidentity = "a\\u0000"', 'c.toml:2: client.identity must be text without control characters'],
    ['[audio]\nbitrate 3', 'c.toml:2: not valid TOML: '],
    ['[audio]\nbitrate = 8000\nbitrate = 9000', 'c.toml:3: not valid TOML: '],
    ['"\\u001b]0;x" = 1', 'c.toml:1: there is no section \\u001b]0;x; the sections are'],
    ['__proto__ = 1\n', 'c.toml:1: there is no section __proto__'],
    ['[toString]\n', 'c.toml:1: there is no section toString'],
  ])('%j', (toml, expected) => {
    const message = about(toml);
    expect(message.slice(0, expected.length)).toBe(expected);
    expect(message).not.toContain('\n');
  });

  test('bytes that are no configuration', () => {
    expect(complaint({ file: written(new Uint8Array([0x61, 0xff, 0xfe])) })).toContain('is not UTF-8');
    expect(complaint({ file: written('#'.repeat(MAX_CONFIG_BYTES)) })).toBe('no error');
    expect(complaint({ file: written('#'.repeat(MAX_CONFIG_BYTES + 1)) })).toContain('is larger than');
    expect(complaint({ file: dir })).toContain('cannot be read (EISDIR)');
  });

  test('any text is read or refused with a sentence', () => {
    const piece = fc.constantFrom(
      '[audio]',
      '\n',
      'bitrate',
      '=',
      '.',
      '"',
      "'''",
      '{',
      '}',
      '[',
      ']',
      '8',
      '#',
      ',',
    );
    const toml = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(toml, (text) => {
        expect(about(text)).toMatch(/^(c\.toml|no error)/);
      }),
    );
  });
});
