/** The slash commands of the settings. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEntered } from '../../src/ui/commands.ts';
import { emptyState } from '../fakes/fake-session.ts';

const context = { ...emptyState(), current: 'lobby' };
const entered = (text: string) => parseEntered(text, context);
const command = (what: object) => ({ kind: 'command', command: { ...what, say: true } });

test('values are set and dropped', () => {
  const set = { do: 'setting', path: 'audio.bitrate', text: '48000' };
  expect(entered('/set audio.bitrate 48000')).toEqual(command(set));
  expect(entered('/set audio.bitrate=48000')).toEqual(command(set));
  expect(entered('/set audio.bitrate = 48000')).toEqual(command(set));
  expect(entered('/set keys.page-older ctrl+x ctrl+e, f9')).toEqual(
    command({ do: 'setting', path: 'keys.page-older', text: 'ctrl+x ctrl+e, f9' }),
  );
  expect(entered('/set client.name ')).toMatchObject({ kind: 'error' });
  expect(entered('/set')).toMatchObject({ kind: 'error', text: expect.stringContaining('/set KEY VALUE') });
  expect(entered('/unset audio.bitrate')).toEqual(command({ ...set, text: null }));
  expect(entered('/unset')).toMatchObject({ kind: 'error' });
});

test('files are written and read, the last change is taken back, the connection made anew', () => {
  expect(entered('/settings export ~/my settings.toml')).toEqual(
    command({ do: 'settings-export', file: '~/my settings.toml' }),
  );
  expect(entered('/settings import x.toml')).toEqual(command({ do: 'settings-import', file: 'x.toml' }));
  expect(entered('/settings reload')).toEqual(command({ do: 'settings-reload' }));
  expect(entered('/settings undo')).toEqual(command({ do: 'settings-undo' }));
  expect(entered('/settings export')).toMatchObject({ kind: 'error' });
  expect(entered('/settings')).toMatchObject({ kind: 'error' });
  expect(entered('/reconnect')).toEqual(command({ do: 'reconnect' }));
});

test('anything may be typed behind them', () => {
  fc.assert(
    fc.property(fc.constantFrom('set', 'unset', 'settings'), fc.string(), (name, rest) => {
      expect(['command', 'error']).toContain(entered(`/${name} ${rest}`).kind);
    }),
    { seed: 6 },
  );
});
