/** The screen follows the settings of its session. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config-load.ts';
import { followedUiSettings } from '../../src/cli/ui-settings.ts';
import { type FollowedSettings, followSettings } from '../../src/ui/live-settings.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { emptyState, FAKE_SETTINGS, FakeSession } from '../fakes/fake-session.ts';

const start = loadConfig({ env: { XDG_CONFIG_HOME: '/nonexistent' } });

function followed(): { session: FakeSession; seen: FollowedSettings[]; stop: () => void } {
  const session = new FakeSession(emptyState(), FAKE_SETTINGS);
  const seen: FollowedSettings[] = [];
  const stop = followSettings(session, followedUiSettings(session, start), (now) => seen.push(now));
  return { session, seen, stop };
}

test('what changes is told with its keys bound, from the rows alone', () => {
  const { session, seen, stop } = followed();
  session.setSetting('ui.hints', 'false');
  session.setSetting('keys.redraw', 'f10, f9');
  session.setSetting('ui.talk_key', 'f7');
  session.setSetting('ui.theme', 'light');
  session.setSetting('ui.accent_color', '#123456');
  expect(seen.map(({ hints }) => hints)).toEqual([false, false, false, false, false]);
  const last = seen.at(-1);
  expect(last?.bindings?.row('redraw')?.keys).toEqual(['f10', 'f9']);
  expect(last?.bindings?.keyOf('talk')).toBe('f7');
  expect(last).toMatchObject({
    timestamps: 'datetime',
    theme: { name: 'light', instead: { accent: '#123456', mention: '' } },
  });
  stop();
  session.setSetting('ui.hints', 'true');
  expect(seen).toHaveLength(5);
});

test('nothing is told where no value has changed, and a theme without a file leaves the one before', () => {
  const { session, seen } = followed();
  session.set({ current: 'lobby' });
  session.set({
    settings: { ...session.state.settings, told: null, rows: [...session.state.settings.rows] },
  });
  expect(seen).toEqual([]);
  session.setSetting('ui.theme', 'dark');
  session.setSetting('ui.theme', 'gone-since');
  expect(seen.map(({ theme }) => theme?.name)).toEqual(['dark', 'dark']);
});

test('a colour of the settings goes before the theme’s where the terminal has it', () => {
  const scheme = null;
  const colorOf = (accent: string, depth: 16 | 16_777_216): string =>
    makeTheme(false, false, { scheme, depth, fewGlyphs: false, instead: { accent } }).colors.accent;
  expect(colorOf('', 16)).toBe('cyan');
  expect(colorOf('magenta', 16)).toBe('magenta');
  expect(colorOf('#123456', 16_777_216)).toBe('#123456');
  expect(colorOf('#123456', 16)).toBe('cyan');
});
