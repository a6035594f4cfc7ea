/** The XDG base directories. */
import { expect, test } from 'vitest';
import { configuredPath, xdgPaths } from '../../src/cli/paths.ts';

test('defaults stand under the home directory', () => {
  expect(xdgPaths({}, '/home/ann')).toEqual({
    home: '/home/ann',
    config: '/home/ann/.config/voipterm',
    data: '/home/ann/.local/share/voipterm',
    state: '/home/ann/.local/state/voipterm',
    runtime: '/home/ann/.local/state/voipterm/run/voipterm',
    configFile: '/home/ann/.config/voipterm/config.toml',
    knownHosts: '/home/ann/.local/share/voipterm/known_hosts',
    identity: '/home/ann/.local/share/voipterm/id_ed25519',
    clientDatabase: '/home/ann/.local/share/voipterm/client.db',
    station: '/home/ann/.local/share/voipterm/station',
    logFile: '/home/ann/.local/state/voipterm/voipterm.log',
  });
});

test('absolute variables count; relative and empty ones do not', () => {
  const env = {
    XDG_CONFIG_HOME: '/c',
    XDG_DATA_HOME: 'data',
    XDG_STATE_HOME: '',
    XDG_RUNTIME_DIR: '/run/user/1',
  };
  const paths = xdgPaths(env, '/h');
  expect([paths.config, paths.data, paths.state, paths.runtime]).toEqual([
    '/c/voipterm',
    '/h/.local/share/voipterm',
    '/h/.local/state/voipterm',
    '/run/user/1/voipterm',
  ]);
});

test('configured paths', () => {
  expect(
    ['', '~', '~/k', '~k', 'rel', '/abs'].map((path) => configuredPath(path, '/fallback', '/h')),
  ).toEqual(['/fallback', '/h', '/h/k', '~k', 'rel', '/abs']);
});
