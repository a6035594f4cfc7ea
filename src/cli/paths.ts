/** Where files live: the XDG base directories. Pure: the environment and the home directory come in. */
import { isAbsolute, join } from 'node:path';

const APP = 'voipterm';

/** Our directories (each may not exist yet) and the files that have a fixed name in them. */
export interface Paths {
  readonly home: string;
  /** Settings that a person writes. */
  readonly config: string;
  /** What must not be lost: keys, messages. */
  readonly data: string;
  /** What may be lost: logs. */
  readonly state: string;
  /** Sockets; gone after the session. In the state directory where XDG_RUNTIME_DIR is not set. */
  readonly runtime: string;
  readonly configFile: string;
  readonly knownHosts: string;
  /** The user's own Ed25519 key. */
  readonly identity: string;
  /** The client's database. */
  readonly clientDatabase: string;
  /** Data directory of the embedded station, and of `serve` unless told otherwise. */
  readonly station: string;
  readonly logFile: string;
}

/**
 * XDG Base Directory Specification 0.8: variables that are unset, empty or relative count as not there.
 * @param home absolute path of the user's home directory (os.homedir()).
 */
export function xdgPaths(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const base = (variable: string, fallback: string): string => {
    const value = env[variable];
    return join(value !== undefined && isAbsolute(value) ? value : fallback, APP);
  };
  const config = base('XDG_CONFIG_HOME', join(home, '.config'));
  const data = base('XDG_DATA_HOME', join(home, '.local', 'share'));
  const state = base('XDG_STATE_HOME', join(home, '.local', 'state'));
  return {
    home,
    config,
    data,
    state,
    runtime: base('XDG_RUNTIME_DIR', join(state, 'run')),
    configFile: join(config, 'config.toml'),
    knownHosts: join(data, 'known_hosts'),
    identity: join(data, 'id_ed25519'),
    clientDatabase: join(data, 'client.db'),
    station: join(data, 'station'),
    logFile: join(state, 'voipterm.log'),
  };
}

/** A path from the configuration: "" stands for the fallback, a leading "~/" for the home directory. */
export function configuredPath(value: string, fallback: string, home: string): string {
  if (value === '') return fallback;
  if (value === '~') return home;
  return value.startsWith('~/') ? join(home, value.slice(2)) : value;
}
