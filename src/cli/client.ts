/**
 * A client that stays: its store, its session on the station of the target or our own, its local socket and its hooks. A
 * screen stands before it, or it runs in the background.
 */
import { homedir } from 'node:os';
import { sentenceOf } from '../errors.ts';
import { formatTarget, parseTarget } from '../net/control/target.ts';
import type { ForwardAsk } from '../net/forward/state.ts';
import type { ConnectOptions } from '../net/tunnel/messages.ts';
import { Session, type SessionOptions } from '../session/session.ts';
import { tunnelLink } from '../session/tunnel-link.ts';
import { ECHO_ROOM } from '../station/echo.ts';
import { ClientStore } from '../store/client.ts';
import { type CommonOptions, type Context, connectOptions, openContext } from './context.ts';
import { EMBEDDED_TARGET, embeddedConnect, ensureStation } from './embedded.ts';
import { configuredFor, type ForwardFlags, forwardsOf } from './forward-options.ts';
import { Hooks } from './hooks.ts';
import { fileSettings } from './listening.ts';
import { type FileLogger, fileLogger } from './logging.ts';
import { xdgPaths } from './paths.ts';
import { RemoteSocket } from './remote-socket.ts';
import { clientSettings, type RunningSettings } from './running-settings.ts';
import { shellPrograms } from './shells.ts';

export interface ClientOptions extends CommonOptions, ForwardFlags {
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

export interface OpenClient {
  readonly session: Session;
  readonly store: ClientStore;
  readonly settings: RunningSettings;
  readonly log: FileLogger;
  /** Undefined where there can be no local socket. */
  readonly socket: RemoteSocket | undefined;
  /** Begins the voices; once. A screen is drawn first, as both want the processor. */
  startSound(): void;
  /** Ends the session and all that belongs to it. */
  close(): Promise<void>;
}

/**
 * @param end ends a client that runs in the background, when somebody at its socket asks for it.
 * @param wantsScreen whether there is a screen, which can show terminals: asked once saved settings are read; what it throws is
 * thrown here.
 */
export async function openClient(
  targetText: string | undefined,
  options: ClientOptions,
  end?: () => void,
  wantsScreen: (context: Context) => boolean = () => false,
): Promise<OpenClient> {
  const asked = forwardsOf(options);
  const { clientDatabase } = xdgPaths(process.env, homedir());
  const store = new ClientStore(clientDatabase);
  let session: Session | undefined;
  try {
    const context = openContext(options, {}, store.settings());
    const screen = wantsScreen(context);
    const log = logToFile(context);
    const settings = clientSettings({ ...context, log }, store);
    const destination = await destinationOf(targetText, options, settings, store);
    const forwards = [...asked, ...destination.forwards];
    const shells = !screen
      ? undefined
      : shellPrograms(settings.context, process.env, isEmbedded(destination));
    session = await open({ ...destination, forwards }, settings, store, shells);
    const hooks = new Hooks(session, () => settings.context().config.hooks, log);
    const socket = await RemoteSocket.open(session, context.paths.runtime, log, end);
    const close = async (): Promise<void> => {
      hooks.close();
      await socket?.close();
      await session?.close();
      store.close();
    };
    const opened = session;
    return { session, store, settings, log, socket, startSound: () => startSound(opened, settings), close };
  } catch (error) {
    await session?.close();
    store.close();
    throw error;
  }
}

async function open(
  destination: Destination,
  { home, context }: RunningSettings,
  store: ClientStore,
  shells: SessionOptions['shells'],
): Promise<Session> {
  const { target, connect, reconnect, renewed, rooms, forwards } = destination;
  const { talkLimits, keeping, text } = home.inForce();
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
    text,
    files: () => fileSettings(context()),
    log: context().log,
    ...(shells ? { shells } : {}),
  });
  return session;
}

/** The screen does not wait for the sound; what is missing is said there. */
function startSound(session: Session, { home }: RunningSettings): void {
  session.voice.start(session.link, home.inForce().audio).catch((error: unknown) => {
    session.do({ do: 'notice', text: `no sound: ${sentenceOf(error)}` });
  });
}

function destinationOf(
  text: string | undefined,
  { local }: ClientOptions,
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

function isEmbedded({ target }: Destination): boolean {
  return target === EMBEDDED_TARGET;
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
