/** What every client command begins with: configuration, log, saved settings, the user's key and name. */
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { memberName } from '../net/control/schema.ts';
import type { Target } from '../net/control/target.ts';
import type { ConnectOptions, Identity } from '../net/tunnel/messages.ts';
import { ClientStore } from '../store/client.ts';
import { loadKey, loadOrCreateKey } from '../store/identity.ts';
import type { Config } from './config.ts';
import { type ConfigFlags, type LoadedConfig, loadConfig } from './config-load.ts';
import { stderrLogger } from './logging.ts';
import { configuredPath, type Paths, xdgPaths } from './paths.ts';
import { routeTo } from './route.ts';

/** The options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly identity?: string;
  /** Jump hosts. */
  readonly jump?: string;
  readonly proxy?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

export interface Context {
  readonly paths: Paths;
  readonly loaded: LoadedConfig;
  readonly config: Config;
  readonly log: Logger;
}

/** Reads the configuration and makes a logger to stderr. Throws 'config.invalid'. */
export function openContext(
  options: CommonOptions,
  flags: ConfigFlags = {},
  saved?: ReadonlyMap<string, string>,
): Context {
  const paths = xdgPaths(process.env, homedir());
  const loaded = loadConfig({
    flags: {
      'client.identity': options.identity,
      'client.jump': options.jump,
      'client.proxy': options.proxy,
      'logging.level': options.logLevel,
      'logging.format': options.logFormat,
      ...flags,
    },
    env: process.env,
    file: options.config,
    ...(saved ? { saved } : {}),
  });
  const { config } = loaded;
  const log = stderrLogger(config.logging);
  return { paths, loaded, config, log };
}

/**
 * The same for a command without a screen, which keeps nothing itself: it reads the saved settings if there are any,
 * and only warns where the database cannot be read. Its log is quiet unless a level is asked for.
 */
export function openHeadless(options: CommonOptions, flags: ConfigFlags = {}): Context {
  const quiet = { ...options, logLevel: options.logLevel ?? process.env.VOIPTERM_LOGGING_LEVEL ?? 'warn' };
  const first = openContext(quiet, flags);
  return openContext(quiet, flags, savedSettings(first));
}

/** What is saved, for who saves nothing: none where there is no database, or one that cannot be read. */
export function savedSettings({ paths, log }: Context): ReadonlyMap<string, string> {
  if (!existsSync(paths.clientDatabase)) return new Map();
  try {
    const store = new ClientStore(paths.clientDatabase);
    try {
      return store.settings();
    } finally {
      store.close();
    }
  } catch (error) {
    log.warn('saved settings are not read', {
      reason: sentenceOf(error),
    });
    return new Map();
  }
}

/** Everything that connecting to a target takes. Makes the user's key on first use. */
export function connectOptions(context: Context, target: Target): ConnectOptions {
  const { config, paths } = context;
  return routeTo(context, target, {
    name: (sshUser) => (config.client.name === '' && sshUser) || ownName(config),
    identity: () => identityOf(config, paths),
  });
}

/** The room that a target names, else the first of those that are configured. */
export function roomOf({ config }: Context, { room }: Target): string {
  return room ?? config.client.rooms[0] ?? 'lobby';
}

/** The configured name, else the operating system's. Throws 'usage.invalid' if that is no member name. */
export function ownName(config: Config): string {
  if (config.client.name !== '') return config.client.name;
  const { username } = userInfo();
  if (memberName.safeParse(username).success) return username;
  throw new VoiptermError(
    'usage.invalid',
    'your user name cannot be a name in a room; choose one with client.name in config.toml or user@host',
  );
}

/** The key to prove who we are with: our own, the agent's, or a file's. */
export function identityOf(config: Config, paths: Paths): Identity {
  const wanted = config.client.identity;
  if (wanted === 'agent') {
    const socket = process.env.SSH_AUTH_SOCK;
    if (socket) return { from: 'agent', socket };
    throw new VoiptermError(
      'identity.unreadable',
      'no ssh-agent runs here (SSH_AUTH_SOCK is not set); start one, or use a key file with -i',
    );
  }
  if (wanted === '') return { from: 'key', privateKey: ownKey(paths).privateKey };
  return { from: 'key', privateKey: loadKey(configuredPath(wanted, '', paths.home)).privateKey };
}

/** The key in the data directory, made on first use. */
export function ownKey(paths: Paths): ReturnType<typeof loadOrCreateKey> {
  return loadOrCreateKey(paths.identity, `voipterm-${userInfo().username}`);
}
