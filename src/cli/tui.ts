/** `voipterm [target]`: the terminal interface on a session, with the station of the target or our own. */
import { VoiptermError } from '../errors.ts';
import { formatTarget, parseTarget } from '../net/control/target.ts';
import type { ForwardAsk } from '../net/forward/state.ts';
import type { ConnectOptions } from '../net/tunnel/messages.ts';
import { Session } from '../session/session.ts';
import { createShell } from '../session/shell.ts';
import { tunnelLink } from '../session/tunnel-link.ts';
import { ECHO_ROOM } from '../station/echo.ts';
import { ClientStore } from '../store/client.ts';
import { runUi } from '../ui/run.tsx';
import { terminalLooks } from '../ui/terminal-looks.ts';
import type { Config } from './config.ts';
import { type CommonOptions, type Context, connectOptions, openContext } from './context.ts';
import { readTheme } from './theme-file.ts';
import { EMBEDDED_TARGET, embeddedConnect, ensureStation } from './embedded.ts';
import { configuredFor, type ForwardFlags, forwardsOf } from './forward-options.ts';
import { type FileLogger, fileLogger } from './logging.ts';
import { RemoteSocket } from './remote-socket.ts';
import { clientSettings, type RunningSettings } from './running-settings.ts';

export interface TuiOptions extends CommonOptions, ForwardFlags {
  readonly local?: boolean;
}

/** Where a session goes: a target as the user writes it, how to connect, and rooms, the first of them shown. */
interface Destination {
  readonly target: string;
  readonly connect: ConnectOptions;
  readonly reconnect?: () => Promise<ConnectOptions>;
  /** With the settings as they are when it is asked. */
  readonly renewed: () => Promise<ConnectOptions>;
  readonly rooms: readonly string[];
  readonly forwards: readonly ForwardAsk[];
}

export async function tui(targetText: string | undefined, options: TuiOptions): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new VoiptermError(
      'usage.invalid',
      'the interface needs a terminal; without one use voipterm voice, say or tail',
    );
  }
  const asked = forwardsOf(options);
  const paths = openContext(options).paths;
  const store = new ClientStore(paths.clientDatabase);
  let session: Session | undefined;
  let remote: RemoteSocket | undefined;
  try {
    const context = openContext(options, {}, store.settings());
    const log = logToFile(context);
    const settings = clientSettings({ ...context, log }, store);
    const destination = await destinationOf(targetText, options, settings, store);
    const forwards = [...asked, ...destination.forwards];
    session = await open({ ...destination, forwards }, settings, store);
    remote = await RemoteSocket.open(session, paths.runtime, log);
    const { ui } = context.config;
    const theme = readTheme(ui.theme, context.loaded.file);
    const shell = createShell({
      file: userShell(process.env),
      cwd: context.paths.home,
      env: process.env,
      log,
    });
    await runUi({
      session,
      shell,
      configFile: context.loaded.file,
      noColor: Boolean(process.env.NO_COLOR),
      theme,
      looks: terminalLooks(process.env),
      talkKey: ui.talkKey,
      keys: context.loaded.keys,
      hints: ui.hints,
      talkKeyStyle: ui.talkKeyStyle,
      timestamps: ui.timestamps,
      ascii: wantsAscii(ui.ascii, process.env),
      stdin: process.stdin,
      stdout: process.stdout,
    });
  } finally {
    await remote?.close();
    await session?.close();
    store.close();
  }
}

async function open(
  destination: Destination,
  { home, context }: RunningSettings,
  store: ClientStore,
): Promise<Session> {
  const { target, connect, reconnect, renewed, rooms, forwards } = destination;
  const { audio, talkLimits, keeping } = home.inForce();
  const session = await Session.start({
    target,
    user: connect.user,
    link: tunnelLink(connect, reconnect, renewed),
    rooms,
    forwards,
    store,
    settings: home,
    talkLimits,
    keeping,
    log: context().log,
  });
  // The screen does not wait for the sound; what is missing is said there.
  session.voice.start(session.link, audio).catch((error: unknown) => {
    session.do({ do: 'notice', text: `no sound: ${error instanceof Error ? error.message : String(error)}` });
  });
  return session;
}

function destinationOf(
  text: string | undefined,
  { local }: TuiOptions,
  { context: current }: RunningSettings,
  store: ClientStore,
): Promise<Destination> {
  const context = current();
  const wanted = local
    ? EMBEDDED_TARGET
    : (text ?? (context.config.client.target || store.lastTarget() || EMBEDDED_TARGET));
  if (wanted === EMBEDDED_TARGET) return embedded(current);
  const target = parseTarget(wanted);
  return Promise.resolve({
    target: formatTarget({ ...target, room: null }),
    connect: connectOptions(context, target),
    renewed: async () => connectOptions(current(), target),
    rooms: target.room === null ? context.config.client.rooms : [target.room],
    forwards: configuredFor(context.loaded.forwards, target),
  });
}

async function embedded(current: () => Context): Promise<Destination> {
  const { config, loaded, paths } = current();
  const connect = async (): Promise<ConnectOptions> => embeddedConnect(current(), await ensureStation(paths));
  // Whoever is alone here tries the sound in the echo room.
  const rooms = [...new Set([...config.client.rooms, ECHO_ROOM])];
  const forwards = configuredFor(loaded.forwards, null);
  return {
    target: EMBEDDED_TARGET,
    connect: await connect(),
    reconnect: connect,
    renewed: connect,
    rooms,
    forwards,
  };
}

/** The interface owns the terminal, so its log goes to a file. */
function logToFile({ config, paths }: Context): FileLogger {
  const { level, fileMaxBytes: maxBytes } = config.logging;
  return fileLogger({ file: paths.logFile, level, maxBytes });
}

function userShell(env: Readonly<Record<string, string | undefined>>): string {
  return env.SHELL || (process.platform === 'win32' ? 'powershell.exe' : '/bin/sh');
}

/** The locale of characters (POSIX: LC_ALL, then LC_CTYPE, then LANG); '' if none is set. */
export function localeOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.LC_ALL || env.LC_CTYPE || env.LANG || '';
}

/** "auto" draws with ASCII where the locale is not UTF-8. */
export function wantsAscii(
  mode: Config['ui']['ascii'],
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (mode !== 'auto') return mode === 'on';
  const locale = localeOf(env);
  return locale !== '' && !/utf-?8/i.test(locale);
}
