/** The settings pane at work: keys and the mouse go in, a screen and commands come out. */
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../src/ui/text-width.ts';
import { bindingsFor } from '../fakes/bindings.ts';
import { busyState, FAKE_SETTINGS } from '../fakes/fake-session.ts';
import { type Drawn, draw } from './drawn.tsx';

const DOWN = '\x1b[B';
const UP = '\x1b[A';
const RIGHT = '\x1b[C';
const LEFT = '\x1b[D';
const F8 = '\x1b[19~';

interface Pane extends Drawn {
  readonly text: () => string;
  /** The last command that is no question. */
  readonly last: () => unknown;
}

function open(columns = 80, rows = 24): Pane {
  const drawn = draw(busyState(), { columns, rows, bindings: bindingsFor('f8') });
  drawn.type('\x1b2');
  const last = (): unknown =>
    drawn.session.commands.filter((command) => command.do !== 'setting-check').at(-1);
  return { ...drawn, last, text: () => drawn.rows().join('\n') };
}

/** With the row of a key chosen. */
function at(key: string, columns?: number, rows?: number): Pane {
  const pane = open(columns, rows);
  pane.type('/', key, '\r');
  return pane;
}

const setting = (path: string, text: string | null) => ({ do: 'setting', path, text });

describe('stepping', () => {
  test('goes through choices, switches and numbers, and not over the ends', () => {
    const choice = at('audio.talk_mode');
    choice.type(RIGHT);
    expect(choice.last()).toEqual(setting('audio.talk_mode', 'voice'));
    choice.type(LEFT, LEFT);
    expect(choice.last()).toEqual(setting('audio.talk_mode', 'continuous'));
    const toggle = at('audio.limiter');
    toggle.type('\r');
    expect(toggle.last()).toEqual(setting('audio.limiter', 'false'));
    const number = at('audio.bitrate');
    number.type(RIGHT);
    expect(number.last()).toEqual(setting('audio.bitrate', '26000'));
    const least = at('audio.voice_hold_ms');
    for (let steps = 0; steps < 80; steps++) least.type(LEFT);
    expect(least.last()).toEqual(setting('audio.voice_hold_ms', '0'));
  });

  test('goes through the devices that there are, the system’s among them', () => {
    const pane = at('audio.input_device');
    const { sound } = pane.session.state;
    const inputs = [{ name: 'Headset', standard: true }];
    pane.session.set({ sound: { ...sound, devices: { inputs, outputs: [] } } });
    pane.type(RIGHT);
    expect(pane.last()).toEqual(setting('audio.input_device', 'Headset'));
    pane.type(RIGHT);
    expect(pane.last()).toEqual(setting('audio.input_device', ''));
  });

  test('does nothing to a station’s', () => {
    const pane = at('station.name');
    const before = pane.session.commands.length;
    pane.type('\r', 'x');
    expect(pane.controller.view.settings.mode).toBe('browse');
    expect(pane.session.commands.slice(before)).toEqual([]);
  });
});

describe('typing', () => {
  test('is judged with each key, and what cannot be is not saved', async () => {
    const pane = at('client.name');
    pane.type('\r', 'bad');
    expect(pane.session.commands.at(-1)).toEqual({ do: 'setting-check', path: 'client.name', text: 'bad' });
    await expect.poll(pane.text).toContain('name must be good');
    pane.type('\r');
    expect(pane.controller.view.settings.mode).toBe('edit');
    pane.type('\x15', 'ann', '\r');
    expect(pane.last()).toEqual(setting('client.name', 'ann'));
    await expect.poll(pane.text).toMatch(/▸ name +ann +\* +saved/);
  });

  test('takes spaces and letters that are keys elsewhere, and Esc leaves all as it was', () => {
    const pane = at('client.target');
    pane.type('\r', 'u d/ t');
    expect(pane.controller.view.settings.draft.text).toBe('u d/ t');
    expect(pane.session.state.voice.talking).toBe(false);
    pane.type('\x1b');
    expect(pane.controller.view.settings.mode).toBe('browse');
    expect(pane.controller.view.tab).toBe('settings');
    expect(pane.session.commands.some((command) => command.do === 'setting')).toBe(false);
  });

  test('edits in the line, steps numbers with up and down, completes, and pastes one line', () => {
    const pane = at('audio.bitrate');
    pane.type('\r', UP);
    expect(pane.controller.view.settings.draft.text).toBe('26000');
    pane.type('\x01', '1', '\x05', '\x7f');
    expect(pane.controller.view.settings.draft.text).toBe('12600');
    const choice = at('audio.talk_mode');
    choice.type('e', '\x15', 'con', '\t', '\r');
    expect(choice.last()).toEqual(setting('audio.talk_mode', 'continuous'));
    const list = at('crypto.suites');
    list.type('\r', '\x15', 'aes', '\t', ',cha', '\t');
    expect(list.controller.view.settings.draft.text).toBe('aes-256-gcm,chacha20-poly1305');
    const pasted = at('client.name');
    pasted.type('\r', '\x1b[200~one\ntwo\n\x1b[201~');
    expect(pasted.controller.view.settings.draft.text).toBe('one two');
  });

  test('is over when another pane is shown', () => {
    const pane = at('client.name');
    pane.type('\r', 'half', '\x1b1', '\x1b2');
    expect(pane.controller.view.settings.mode).toBe('browse');
  });
});

describe('asking for a key', () => {
  test('takes the next one, whatever it does otherwise', async () => {
    const pane = at('keys.redraw');
    pane.type('\r');
    await expect.poll(pane.text).toContain('press a key');
    pane.type(F8);
    expect(pane.last()).toEqual(setting('keys.redraw', 'f8'));
    expect(pane.session.state.voice.talking).toBe(false);
    pane.type('\r', '\x03');
    expect(pane.last()).toEqual(setting('keys.redraw', 'ctrl+c'));
  });

  test('takes several as text, and Esc none', () => {
    const pane = at('keys.redraw');
    pane.type('\r', '\x1b');
    expect(pane.session.commands.some((command) => command.do === 'setting')).toBe(false);
    pane.type('e', '\x15', 'ctrl+x ctrl+r, f9', '\r');
    expect(pane.last()).toEqual(setting('keys.redraw', 'ctrl+x ctrl+r, f9'));
  });
});

describe('taking back', () => {
  test('undoes, drops what is saved, or saves the default above the file', () => {
    const pane = at('ui.timestamps');
    pane.type('u');
    expect(pane.last()).toEqual({ do: 'settings-undo' });
    pane.type('\x7f');
    expect(pane.last()).toEqual(setting('ui.timestamps', null));
    const rows = FAKE_SETTINGS.map((row) => (row.path === 'ui.timestamps' ? { ...row, file: 'off' } : row));
    pane.session.set({ settings: { ...pane.session.state.settings, rows } });
    pane.type('d');
    expect(pane.last()).toEqual(setting('ui.timestamps', 'time'));
  });
});

describe('going about', () => {
  const chosen = (pane: Pane): string => pane.controller.view.settings.selected;

  test('by row, page, section and to the ends', () => {
    const pane = open();
    pane.type(DOWN);
    expect(chosen(pane)).toBe('audio.input_device');
    pane.type('\t');
    expect(chosen(pane)).toBe('ui.talk_key');
    pane.type('\x1b[Z', '\x1b[Z');
    expect(chosen(pane)).toMatch(/^station\./);
    pane.type('\x1b[H');
    expect(chosen(pane)).toBe('test:sound');
    pane.type(UP);
    expect(chosen(pane)).toBe('test:sound');
    pane.type('\x1b[6~');
    expect(chosen(pane)).toMatch(/^audio\./);
    pane.type('\x1b[F', DOWN);
    expect(chosen(pane)).toBe(FAKE_SETTINGS.at(-1)?.path);
  });

  test('with the wheel and a click', async () => {
    const pane = open();
    const mouse = (action: 'press' | 'wheel-down' | 'wheel-up', row = 0): void => {
      const button = action === 'press' ? 'left' : 'none';
      const none = { ctrl: false, alt: false, shift: false };
      pane.controller.handle({ kind: 'mouse', action, button, row, column: 10, ...none }, 0);
    };
    mouse('wheel-down');
    expect(chosen(pane)).toBe('audio.talk_mode');
    mouse('wheel-up');
    expect(chosen(pane)).toBe('test:sound');
    await expect.poll(pane.text).toContain('limiter');
    const row = pane
      .text()
      .split('\n')
      .findIndex((line) => line.includes('limiter'));
    mouse('press', row);
    expect(chosen(pane)).toBe('audio.limiter');
    mouse('press', row);
    expect(pane.last()).toEqual(setting('audio.limiter', 'false'));
  });

  test('the filter shows what fits while it is typed, arrows lead out of it, Esc shows all', async () => {
    const pane = open();
    pane.type('/', 'sound echo');
    await expect.poll(pane.text).toMatch(/ \/ sound echo +1 of/);
    pane.type(DOWN, RIGHT);
    expect(pane.last()).toEqual(setting('audio.echo_cancel', 'true'));
    pane.type('\x1b');
    expect(pane.controller.view.settings.filter).toBe('');
    pane.type('\x1b');
    expect(pane.controller.view.tab).toBe('chat');
  });

  test('the test of the path is shown with what it finds, from anywhere', () => {
    const pane = open();
    pane.type('t');
    expect(pane.last()).toEqual({ do: 'path-test' });
    expect(chosen(pane)).toBe('test:path');
    pane.type('r');
    expect(pane.last()).toEqual({ do: 'reconnect' });
  });
});

test.each([
  [60, 16],
  [80, 24],
  [200, 60],
])('%ix%i is filled and not overfilled, while browsing, typing and asking', async (columns, rows) => {
  for (const keys of [[], ['\r'], ['e']]) {
    const pane = at('keys.redraw', columns, rows);
    pane.type(...keys);
    await expect.poll(() => pane.text().split('\n').length).toBe(rows);
    for (const line of pane.text().split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(pane.text()).toContain('▸ redraw');
    expect(pane.text()).toContain('online');
  }
});
