/** Settings of a running client: saved at once, counting where they can, taken back, and following config.toml. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AudioChange } from '../../src/audio/options.ts';
import { loadConfig } from '../../src/cli/config-load.ts';
import type { Context } from '../../src/cli/context.ts';
import { clientSettings } from '../../src/cli/running-settings.ts';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { initialState } from '../../src/session/reduce.ts';
import { Settings, type SettingsOptions } from '../../src/session/settings.ts';
import { type SettingRow, settingText } from '../../src/session/settings-model.ts';
import { xdgPaths } from '../../src/cli/paths.ts';
import { ClientStore } from '../../src/store/client.ts';

let dir: string;
let store: ClientStore;
let live: LiveState;
let settings: Settings;
let did: string[];
let sound: boolean;
let levels: string[];

interface Made {
  readonly env?: Record<string, string>;
  readonly store?: Pick<ClientStore, 'settings' | 'setSettings'>;
  readonly reconnect?: SettingsOptions['reconnect'];
}

function make({ env = {}, store: kept = store, reconnect = async () => undefined }: Made = {}): void {
  settings?.close();
  live = new LiveState(initialState('ann', 'ann@host'), silentLog);
  const loaded = loadConfig({ env: { XDG_CONFIG_HOME: dir, ...env }, saved: kept.settings() });
  const log = { ...silentLog, configure: ({ level }: { level: string }) => void levels.push(level) };
  const context: Context = { paths: xdgPaths({}, dir), loaded, config: loaded.config, log };
  const { home } = clientSettings({ ...context, log }, kept);
  const options: SettingsOptions = {
    live,
    home,
    reconnect,
    voice: {
      configure: async (change: AudioChange) => {
        if (!sound) throw new VoiptermError('audio.unavailable', 'there is no sound in this session');
        did.push(JSON.stringify(change));
      },
      setTalkLimits: ({ openMs }: { openMs: number }) => void did.push(`limit ${openMs}`),
    },
    keeping: () => ({
      configure: async ({ format }: { format: string }) => void did.push(`format ${format}`),
    }),
    text: () => ({ configure: () => undefined }),
    testPath: async () => void did.push('path'),
  } as unknown as SettingsOptions;
  settings = new Settings(options);
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'voipterm-settings-'));
  store = new ClientStore(':memory:');
  did = [];
  levels = [];
  sound = true;
  make();
});
afterEach(() => {
  settings.close();
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

const row = (path: string): SettingRow => live.now.settings.rows.find((one) => one.path === path)!;
const told = (): string => live.now.settings.told?.text ?? '';
const set = (path: string, text: string | null): Promise<void> => settings.do({ do: 'setting', path, text });
const audioDid = (): string[] => did.filter((what) => what.startsWith('{'));

describe('a change', () => {
  test('of sound is saved and counts at once, in the audio thread’s words', async () => {
    await set('audio.bitrate', '48000');
    await set('audio.limiter', 'off');
    await set('audio.talk_mode', 'voice');
    await set('audio.playout_delay_ms', '40');
    await set('audio.tones', 'false');
    await set('audio.voice_hold_ms', '500');
    await set('audio.echo_cancel', 'true');
    await set('audio.input_device', 'Headset');
    expect(audioDid()).toEqual([
      '{"sending":{"bitrate":48000}}',
      '{"cleaning":{"limiter":false}}',
      '{"talkMode":"voice"}',
      '{"playoutDelayMs":40}',
      '{"listening":{"tones":false}}',
      '{"activation":{"holdMs":500}}',
      '{"echoCancel":true}',
      '{"inputDevice":"Headset"}',
    ]);
    expect(Object.fromEntries(store.settings())).toMatchObject({
      'audio.bitrate': '48000',
      'audio.limiter': 'false',
      'audio.input_device': 'Headset',
    });
    expect(row('audio.limiter')).toMatchObject({ text: 'false', source: 'saved', waits: null });
  });

  test('of limits, recordings and the log reaches them', async () => {
    await set('ui.talk_limit_min', '2');
    await set('audio.record_format', 'wav');
    await set('logging.level', 'debug');
    expect(did).toContain('limit 120000');
    expect(did).toContain('format wav');
    expect(levels.at(-1)).toBe('debug');
  });

  test('that cannot be is refused with what is expected, and nothing is saved', async () => {
    await set('audio.bitrate', 'loud');
    expect(live.now.settings.told).toEqual({
      text: 'not saved: audio.bitrate must be a whole number from 6000 to 128000, but is "loud"',
      tone: 'bad',
    });
    await set('audio.bitrat', '1');
    expect(told()).toBe('not saved: there is no setting audio.bitrat; did you mean audio.bitrate?');
    await set('station.open', 'true');
    expect(told()).toContain("is a station's");
    await set('ui.theme', 'no-such-theme');
    expect(told()).toContain('cannot be no-such-theme');
    expect(store.settings().size).toBe(0);
    expect(did).toEqual([]);
  });

  test('where there is no sound is saved all the same, and says that it does not count', async () => {
    sound = false;
    await set('audio.limiter', 'false');
    expect(live.now.settings.told?.tone).toBe('warning');
    expect(told()).toContain('it does not count yet: there is no sound in this session');
    expect(store.settings().get('audio.limiter')).toBe('false');
  });

  test('behind a variable is saved, and says what goes before it', async () => {
    make({ env: { VOIPTERM_AUDIO_BITRATE: '24000' } });
    await set('audio.bitrate', '48000');
    expect(told()).toBe('saved audio.bitrate, but the variable VOIPTERM_AUDIO_BITRATE goes before it');
    expect(row('audio.bitrate')).toMatchObject({ text: '24000', saved: '48000', source: 'environment' });
    expect(audioDid()).toEqual([]);
  });

  test('that the disk refuses is not claimed to be saved, and nothing has changed', async () => {
    const full = new VoiptermError('store.unwritable', 'Cannot write client.db: the disk is full.');
    make({
      store: {
        settings: () => new Map(),
        setSettings: () => {
          throw full;
        },
      },
    });
    await set('audio.bitrate', '48000');
    expect(live.now.settings.told).toEqual({
      text: 'not saved: Cannot write client.db: the disk is full.',
      tone: 'bad',
    });
    expect(row('audio.bitrate')).toMatchObject({ text: '32000', saved: null, source: 'default' });
    expect(live.now.settings.undo).toBeNull();
    expect(did).toEqual([]);
  });
});

describe('what does not count at once', () => {
  test('of the connection waits for the next one', async () => {
    await set('client.name', 'bob');
    expect(row('client.name').waits).toBe('reconnect');
    expect(told()).toContain('it counts with the next connection: /reconnect');
    await settings.do({ do: 'reconnect' });
    expect(row('client.name').waits).toBeNull();
  });

  test('of the start waits for the next one, and not if it is what it was', async () => {
    await set('audio.backend', 'process');
    expect(row('audio.backend').waits).toBe('restart');
    await settings.do({ do: 'reconnect' });
    expect(row('audio.backend').waits).toBe('restart');
    await set('audio.backend', 'auto');
    expect(row('audio.backend').waits).toBeNull();
    expect(told()).toContain('as it counts already');
  });

  test('every key that says it counts at once is of a part that follows it', () => {
    const followed = /^(audio|ui|keys|logging|hooks|files|shell)\./;
    const rows = live.now.settings.rows.filter(({ applies }) => applies === 'live');
    expect(rows.filter(({ path }) => !followed.test(path)).map(({ path }) => path)).toEqual([]);
    const started = ['input', 'output', 'backend', 'channels', 'privacy'].map((key) => `audio.${key}`);
    expect(started.map((path) => row(path).applies)).toEqual(started.map(() => 'restart'));
  });

  test('cannot be made to by who has no way to connect anew', async () => {
    make({ reconnect: () => undefined });
    await settings.do({ do: 'reconnect' });
    expect(told()).toContain('cannot be made anew');
  });
});

describe('undo', () => {
  test('takes changes back, the last first, with what they did', async () => {
    await set('audio.bitrate', '48000');
    await set('audio.bitrate', '64000');
    expect(live.now.settings.undo).toBe('audio.bitrate');
    await settings.do({ do: 'settings-undo' });
    expect(row('audio.bitrate').text).toBe('48000');
    await settings.do({ do: 'settings-undo' });
    expect(row('audio.bitrate')).toMatchObject({ text: '32000', saved: null, source: 'default' });
    expect(audioDid().at(-1)).toBe('{"sending":{"bitrate":32000}}');
    expect(live.now.settings.undo).toBeNull();
    await settings.do({ do: 'settings-undo' });
    expect(told()).toContain('nothing was changed');
  });

  test('brings back what was saved before, whatever was done', async () => {
    const changes = fc.array(
      fc.tuple(
        fc.constantFrom('audio.bitrate', 'audio.complexity', 'client.name', 'keys.redraw'),
        fc.constantFrom(null, '6000', '7', 'ann', 'f10', 'bad value!'),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        make();
        const before = [...store.settings()];
        for (const [path, text] of list) await set(path, text);
        while (live.now.settings.undo !== null) await settings.do({ do: 'settings-undo' });
        expect(new Map(store.settings())).toEqual(new Map(before));
      }),
      { seed: 11, numRuns: 25 },
    );
  });

  test('to the file’s value or the default drops what is saved', async () => {
    writeFileSync(join(mkConfig(), 'config.toml'), '[audio]\nbitrate = 16000\n');
    make();
    await set('audio.bitrate', '48000');
    await set('audio.bitrate', null);
    expect(row('audio.bitrate')).toMatchObject({ text: '16000', source: 'file', file: '16000' });
    expect(told()).toBe('audio.bitrate is what config.toml says: 16000');
  });
});

/** The directory of config.toml. */
function mkConfig(): string {
  const path = join(dir, 'voipterm');
  mkdirSync(path, { recursive: true });
  return path;
}

describe('config.toml', () => {
  test('that changes is read again, counts, and a mistake names file and line', {
    timeout: 60_000,
  }, async () => {
    const file = join(mkConfig(), 'config.toml');
    writeFileSync(file, '[audio]\nbitrate = 16000\n');
    await vi.waitFor(() => expect(row('audio.bitrate').text).toBe('16000'), { timeout: 20_000 });
    expect(audioDid()).toEqual(['{"sending":{"bitrate":16000}}']);
    expect(told()).toBe(`read ${file}: 1 setting changed`);

    writeFileSync(file, '[audio]\nbitrate = 24000\nbitrat = 1\n');
    await vi.waitFor(() => expect(live.now.settings.fileProblem).not.toBeNull(), { timeout: 20_000 });
    expect(live.now.settings.fileProblem).toBe(
      `${file}:3: there is no key audio.bitrat; did you mean audio.bitrate?; what was in force stays`,
    );
    expect(row('audio.bitrate').text).toBe('16000');
    // Saving goes on meanwhile, on what the file said before.
    await set('audio.limiter', 'false');
    expect(row('audio.bitrate').text).toBe('16000');

    writeFileSync(file, '[audio]\nbitrate = 24000\n');
    await vi.waitFor(() => expect(row('audio.bitrate').text).toBe('24000'), { timeout: 20_000 });
    expect(live.now.settings.fileProblem).toBeNull();
    rmSync(file);
    await vi.waitFor(() => expect(row('audio.bitrate').text).toBe('32000'), { timeout: 20_000 });
  });
});

describe('export and import', () => {
  test('bring the same settings to another machine, in a private file that is never overwritten', async () => {
    await set('audio.bitrate', '48000');
    await set('client.rooms', 'lobby, music');
    await set('audio.limiter', 'false');
    await set('keys.redraw', 'f10, f9');
    await set('client.proxy', 'http://ann:secret@proxy:3128');
    const before = new Map(store.settings());
    const file = join(dir, 'mine.toml');
    await settings.do({ do: 'settings-export', file });
    expect(told()).toBe(`wrote 5 settings to ${file}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain('bitrate = 48000');
    await settings.do({ do: 'settings-export', file });
    expect(told()).toContain('is there already');

    store = new ClientStore(':memory:');
    make();
    await settings.do({ do: 'settings-import', file });
    expect(told()).toBe(`took 5 settings from ${file}, and saved them`);
    expect(new Map(store.settings())).toEqual(before);
    await settings.do({ do: 'settings-undo' });
    expect(store.settings().size).toBe(0);
  });

  test('a file that is wrong changes nothing', async () => {
    const file = join(dir, 'wrong.toml');
    writeFileSync(file, '[audio]\nbitrate = 48000\nlimiter = 3\n');
    await settings.do({ do: 'settings-import', file });
    expect(told()).toBe(`nothing imported: ${file}:3: audio.limiter must be true or false, but is 3`);
    await settings.do({ do: 'settings-import', file: join(dir, 'gone.toml') });
    expect(told()).toContain('there is no file');
    expect(store.settings().size).toBe(0);
  });
});

describe('keys', () => {
  test('that collide are refused, wherever they are from', async () => {
    await set('keys.redraw', 'f1');
    expect(told()).toContain('keys.redraw cannot have "f1", which "tab-chat" has');
    await set('ui.talk_key', 'ctrl+l');
    expect(told()).toContain('not saved');
    await set('keys.redraw', 'f10');
    expect(settingText(live.now.settings, 'keys.redraw')).toBe('f10');
  });

  test('that another gave up are free, until it is to have them back', async () => {
    await set('keys.redraw', 'f10');
    await set('keys.next-tab', 'ctrl+l');
    await set('keys.redraw', null);
    expect(told()).toContain('cannot have "ctrl+l"');
    expect(settingText(live.now.settings, 'keys.redraw')).toBe('f10');
  });
});

test('a saved key that another version has made collide is passed over, and hinders no other change', async () => {
  store.setSettings(new Map([['keys.quit', 'ctrl+n']]));
  make();
  expect(row('keys.quit')).toMatchObject({
    text: row('keys.quit').default,
    saved: 'ctrl+n',
    source: 'default',
  });
  expect(row('keys.quit').override).toBe('a key of another command');
  await set('audio.limiter', 'false');
  expect(told()).toBe('audio.limiter is false, and saved');
  await set('keys.redraw', 'f10');
  expect(told()).toBe('keys.redraw is f10, and saved');
  await set('keys.quit', 'ctrl+p');
  expect(told()).toContain('not saved: keys.quit cannot have "ctrl+p"');
  await set('keys.quit', 'f9');
  expect(settingText(live.now.settings, 'keys.quit')).toBe('f9');
});

test('a text is judged while it is typed', async () => {
  await settings.do({ do: 'setting-check', path: 'audio.bitrate', text: '12' });
  expect(live.now.settings.check).toEqual({
    path: 'audio.bitrate',
    text: '12',
    problem: 'must be a whole number from 6000 to 128000, but is "12"',
  });
  await settings.do({ do: 'setting-check', path: 'audio.bitrate', text: '12000' });
  expect(live.now.settings.check?.problem).toBeNull();
});

test('with `say` it is told where the user looks, too', async () => {
  live.apply({ kind: 'shown', room: 'lobby' });
  await settings.do({ do: 'setting', path: 'audio.limiter', text: 'false', say: true });
  expect(live.now.rooms[0]?.lines.at(-1)).toMatchObject({ text: 'audio.limiter is false, and saved' });
});
