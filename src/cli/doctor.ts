/** `voipterm doctor`: checks this machine and the way to a station, and says what to do about what is not well. */
import { existsSync } from 'node:fs';
import { devNull, homedir } from 'node:os';
import { bounded } from '../doctor/bounded.ts';
import { type Check, failure } from '../doctor/check.ts';
import { checkFiles, type FilePaths } from '../doctor/files.ts';
import { checkMachine } from '../doctor/machine.ts';
import { checkPath } from '../doctor/path.ts';
import { documentOf, linesOf, verdictOn } from '../doctor/report.ts';
import { checkSound } from '../doctor/sound.ts';
import { askTerminal } from '../doctor/terminal.ts';
import { judgeTerminal } from '../doctor/terminal-words.ts';
import { toWireError, VoiptermError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { formatTarget, parseTarget, type Target } from '../net/control/target.ts';
import type { ConnectOptions } from '../net/tunnel/messages.ts';
import { ECHO_ROOM } from '../station/echo.ts';
import { ClientStore } from '../store/client.ts';
import { sizeOf } from '../ui/screen.ts';
import { audioOptions } from './audio-options.ts';
import { loadConfig } from './config-load.ts';
import { type CommonOptions, type Context, connectOptions, openHeadless } from './context.ts';
import { EMBEDDED_TARGET, type Endpoint, embeddedConnect, findStation } from './embedded.ts';
import { escapeControls } from './escape.ts';
import { EXIT, exitStatus } from './exit.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { configuredPath, xdgPaths } from './paths.ts';
import { localeOf, wantsAscii } from './locale.ts';

export interface DoctorOptions extends CommonOptions {
  readonly json?: boolean;
}

/** Every step has a bound of its own; this is one for all of them, should one fail to keep it. */
const TOTAL_MS = 150_000;

/** Throws what the first failure is, after the report. */
export async function doctor(
  targetText: string | undefined,
  options: DoctorOptions,
  version: string,
): Promise<void> {
  const asked = targetText === undefined ? undefined : parseTarget(targetText);
  const checks: Check[] = [];
  const { context, problem } = openForDoctor(options);
  const wanted = asked ?? (await usualTarget(context));
  const target = wanted && labelOf(wanted);
  await bounded(TOTAL_MS, 'the whole examination', async () => {
    for await (const check of examine(context, problem, wanted)) {
      if (!options.json) await printLines(linesOf(check, checks.at(-1)));
      checks.push(check);
    }
  });
  const verdict = verdictOn(checks, target);
  const error = verdict.code === null ? undefined : new VoiptermError(verdict.code, verdict.text);
  const status = error ? exitStatus(error) : EXIT.ok;
  if (options.json)
    await printLine(toJsonLine(documentOf({ version, target, checks, verdict, exitStatus: status })));
  else await printLines(['', `Verdict: ${verdict.text}.`]);
  if (error) throw error;
}

async function printLines(lines: readonly string[]): Promise<void> {
  for (const line of lines) await printLine(escapeControls(line));
}

/** Where the way leads: a target, or the station on this machine. */
type Wanted = Target | Endpoint;

function labelOf(wanted: Wanted): string {
  return 'fingerprint' in wanted ? EMBEDDED_TARGET : formatTarget({ ...wanted, room: null });
}

async function* examine(
  context: Context,
  problem: VoiptermError | undefined,
  wanted: Wanted | null,
): AsyncGenerator<Check> {
  yield* await checkMachine();
  yield* await checkSound(audioOptions(context, null));
  yield* await checkTerminal(context);
  yield* await checkFiles(filesOf(context, problem, wanted !== null));
  if (!wanted) return;
  let connect: ConnectOptions | undefined;
  try {
    connect = 'fingerprint' in wanted ? embeddedConnect(context, wanted) : connectOptions(context, wanted);
  } catch (error) {
    const { code, message } = toWireError(error);
    yield failure('path.login', code, message, 'mend that first; the way was not tried');
  }
  if (connect) yield* checkPath({ connect, echoRoom: ECHO_ROOM });
}

/** With the defaults where the configuration is broken, which then is one of the failures. */
function openForDoctor(options: DoctorOptions): { context: Context; problem: VoiptermError | undefined } {
  try {
    return { context: openHeadless(options), problem: undefined };
  } catch (error) {
    if (!(error instanceof VoiptermError) || error.code !== 'config.invalid') throw error;
    const paths = xdgPaths(process.env, homedir());
    const loaded = loadConfig({ flags: { 'client.identity': options.identity }, file: devNull });
    const file = options.config ?? paths.configFile;
    return {
      context: { paths, loaded: { ...loaded, file }, config: loaded.config, log: silentLog },
      problem: error,
    };
  }
}

/** What a bare `voipterm` would open; null if that is a station of our own that does not run. */
async function usualTarget(context: Context): Promise<Wanted | null> {
  const text = context.config.client.target || lastTarget(context) || EMBEDDED_TARGET;
  if (text !== EMBEDDED_TARGET) return parseTarget(text);
  return (await findStation(context.paths)) ?? null;
}

function lastTarget({ paths }: Context): string | undefined {
  if (!existsSync(paths.clientDatabase)) return undefined;
  try {
    const store = new ClientStore(paths.clientDatabase);
    try {
      return store.lastTarget();
    } finally {
      store.close();
    }
  } catch {
    return undefined; // checkFiles says what is wrong with it
  }
}

async function checkTerminal({ config }: Context): Promise<Check[]> {
  const { stdin, stdout, env } = process;
  return judgeTerminal({
    answer: await askTerminal(stdin, stdout),
    colorDepth: stdout.isTTY ? stdout.getColorDepth() : 1,
    noColor: Boolean(env.NO_COLOR),
    locale: localeOf(env),
    ascii: wantsAscii(config.ui.ascii, env),
    ...sizeOf(stdout),
  });
}

function filesOf(
  { paths, config, loaded }: Context,
  configError: VoiptermError | undefined,
  connects: boolean,
): FilePaths {
  const { identity, knownHosts } = config.client;
  const own = { from: 'own', path: paths.identity } as const;
  const named = { from: 'file', path: configuredPath(identity, '', paths.home) } as const;
  return {
    config: loaded.file,
    configError,
    data: paths.data,
    clientDatabase: paths.clientDatabase,
    knownHosts: configuredPath(knownHosts, paths.knownHosts, paths.home),
    identity: identity === 'agent' ? { from: 'agent' } : identity === '' ? own : named,
    connects,
  };
}
