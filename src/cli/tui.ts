/** `voipterm [target]`: the terminal interface on a client of its own. */
import { editText } from './editor.ts';
import { pathEntries } from './path-entries.ts';
import { VoiptermError } from '../errors.ts';
import type { SessionHandle } from '../session/handle.ts';
import { Session } from '../session/session.ts';
import { createShell, type ShellHandle } from '../session/shell.ts';
import { noteTerminal } from '../ui/desktop-notes.ts';
import { boundKeys } from '../ui/bound-keys.ts';
import type { KeyBindings } from '../ui/key-bindings.ts';
import { runPlain } from '../ui/plain/plain-ui.ts';
import { processHost, type UiHost } from '../ui/process-host.ts';
import { preloadUi, runUi } from '../ui/run.tsx';
import { type TerminalLooks, terminalLooks } from '../ui/terminal-looks.ts';
import { type ClientOptions, openClient } from './client.ts';
import type { Config } from './config.ts';
import { firstRun, welcome } from './first-run.ts';
import type { Context } from './context.ts';
import { wantsAscii } from './locale.ts';
import { userShell } from './shells.ts';
import { followedUiSettings, uiSettings } from './ui-settings.ts';

/** The options of the interface, and of what runs in the background for one. */
export interface TuiOptions extends ClientOptions {
  readonly plain?: boolean;
  /** Start a client in the background instead. */
  readonly detach?: boolean;
  /** This is it: see background.ts. */
  readonly inBackground?: boolean;
}

export async function tui(targetText: string | undefined, options: TuiOptions): Promise<void> {
  if (options.detach || options.inBackground) {
    const { detach, runInBackground } = await import('./background.ts');
    return options.detach ? detach() : runInBackground(targetText, options);
  }
  const first = await firstRun(targetText, options);
  if (!first) return;
  const client = await openClient(first.target, options, undefined, (context) => prepare(options, context));
  try {
    if (first.isNew) welcome(client.session, keysOf(client.settings.context()));
    const shown = show(client.session, options, client.settings.context());
    setImmediate(() => client.startSound());
    await shown;
  } finally {
    await client.close();
  }
}

/** Whether there will be a screen, which is loaded while the session begins. Throws as `requireTerminal`. */
function prepare(options: TuiOptions, context: Context): boolean {
  requireTerminal(options, context);
  const looks = terminalLooks(process.env);
  const screen = !isPlain(options, context, looks);
  // What goes wrong is said where it is shown.
  if (screen) preloadUi(looks).catch(() => undefined);
  return screen;
}

/** Shows a session, on a screen or as lines, until the user leaves. @param host where it runs. */
export async function show(
  session: SessionHandle,
  options: Pick<TuiOptions, 'plain'>,
  context: Context,
  host: UiHost = processHost,
): Promise<void> {
  const looks = terminalLooks(process.env);
  await (isPlain(options, context, looks)
    ? showPlain(session, context, looks, host)
    : showUi(session, context, looks, host));
}

/** Throws 'usage.invalid' where there is no terminal to draw on, and lines are not wanted. */
export function requireTerminal(options: Pick<TuiOptions, 'plain'>, context: Context): void {
  if (isPlain(options, context, terminalLooks(process.env))) return;
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new VoiptermError(
    'usage.invalid',
    'the interface needs a terminal; without one use --plain, or voipterm voice, say or tail',
  );
}

async function showUi(
  session: SessionHandle,
  context: Context,
  looks: TerminalLooks,
  host: UiHost,
): Promise<void> {
  const shell = session instanceof Session ? session.shells : ownShell(context);
  await runUi({
    session,
    shell,
    ...uiSettings(context.loaded),
    follow: followedUiSettings(session, context.loaded),
    noColor: Boolean(process.env.NO_COLOR),
    looks,
    stdin: process.stdin,
    stdout: process.stdout,
    notes: noteTerminal(process.env),
    editor: (text) => editText(text, process.env),
    paths: (begin) => pathEntries(begin, context.paths.home),
    host,
  });
}

function keysOf({ config, loaded }: Context): KeyBindings {
  return boundKeys(config.ui.talkKey, loaded.keys);
}

function isPlain(options: Pick<TuiOptions, 'plain'>, { config }: Context, looks: TerminalLooks): boolean {
  return wantsPlain(options, config.ui.plain, looks, process.env);
}

/** Lines in place of a screen: where they are asked for, for a screen reader, and where the terminal has nothing else. */
export function wantsPlain(
  { plain }: Pick<TuiOptions, 'plain'>,
  mode: Config['ui']['plain'],
  { dumb }: TerminalLooks,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (plain || mode === 'on') return true;
  return mode === 'auto' && (dumb || /^(?:true|1)$/i.test(env.INK_SCREEN_READER ?? ''));
}

async function showPlain(
  session: SessionHandle,
  context: Context,
  { dumb }: TerminalLooks,
  host: UiHost,
): Promise<void> {
  const { ui } = context.config;
  const { stdin, stdout } = process;
  await runPlain({
    session,
    bindings: keysOf(context),
    talkKeyStyle: ui.talkKeyStyle,
    ascii: wantsAscii(ui.ascii, process.env),
    follow: followedUiSettings(session, context.loaded),
    keyboard: stdin.isTTY && stdout.isTTY && !dumb,
    paths: (begin) => pathEntries(begin, context.paths.home),
    stdin,
    stdout,
    host,
  });
}

/** Beside a session that runs elsewhere: a shell of this machine, and nothing else. */
function ownShell({ paths, log }: Context): ShellHandle {
  return createShell({ file: userShell(process.env), cwd: paths.home, env: process.env, log });
}
