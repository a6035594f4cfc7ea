/** `voipterm [target]`: the terminal interface on a client of its own. */
import { VoiptermError } from '../errors.ts';
import { createShell } from '../session/shell.ts';
import { noteTerminal } from '../ui/desktop-notes.ts';
import { boundKeys } from '../ui/bound-keys.ts';
import { runPlain } from '../ui/plain/plain-ui.ts';
import { processHost } from '../ui/process-host.ts';
import { runUi } from '../ui/run.tsx';
import { type TerminalLooks, terminalLooks } from '../ui/terminal-looks.ts';
import { type ClientOptions, type OpenClient, openClient } from './client.ts';
import type { Config } from './config.ts';
import { openContext } from './context.ts';
import { readTheme } from './theme-file.ts';

/** The options of the interface, and of what runs in the background for one. */
export interface TuiOptions extends ClientOptions {
  readonly plain?: boolean;
}

export async function tui(targetText: string | undefined, options: TuiOptions): Promise<void> {
  const looks = terminalLooks(process.env);
  if (!wantsPlain(options, openContext(options).config.ui.plain, looks, process.env)) requireTerminal();
  const client = await openClient(targetText, options);
  try {
    const { plain } = client.settings.context().config.ui;
    if (wantsPlain(options, plain, looks, process.env)) await showPlain(client, looks);
    else await showUi(client);
  } finally {
    await client.close();
  }
}

/** Throws 'usage.invalid' where there is no terminal to draw on. */
function requireTerminal(): void {
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new VoiptermError(
    'usage.invalid',
    'the interface needs a terminal; without one use --plain, or voipterm voice, say or tail',
  );
}

async function showUi({ session, settings, log }: OpenClient): Promise<void> {
  const context = settings.context();
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
    notes: noteTerminal(process.env),
  });
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

async function showPlain({ session, settings }: OpenClient, { dumb }: TerminalLooks): Promise<void> {
  const context = settings.context();
  const { ui } = context.config;
  const { stdin, stdout } = process;
  await runPlain({
    session,
    bindings: boundKeys(ui.talkKey, context.loaded.keys),
    talkKeyStyle: ui.talkKeyStyle,
    ascii: wantsAscii(ui.ascii, process.env),
    keyboard: stdin.isTTY && stdout.isTTY && !dumb,
    stdin,
    stdout,
    host: processHost,
  });
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
