/**
 * A client in the background: `voipterm --detach` starts one, and it goes on when the terminal closes; `voipterm attach` puts a screen
 * before it, `voipterm end` ends it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { VoiptermError } from '../errors.ts';
import { programPath } from '../program-files.ts';
import type { State } from '../session/state.ts';
import { makePrivateDirectory } from '../store/private-directory.ts';
import { type ClientOptions, openClient } from './client.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { xdgPaths } from './paths.ts';
import { onStopSignal } from './signals.ts';

/** How long the first connection is waited for before the terminal is given back, ms; it is tried on after that. */
const CONNECT_MS = 15_000;
/** The option by which the program starts itself in the background. */
const IN_BACKGROUND = '--in-background';

/** Starts a client in the background and tells who it is. Rejects with what kept it from starting. */
export async function detach(): Promise<void> {
  const { state: directory } = xdgPaths(process.env, homedir());
  makePrivateDirectory(directory);
  const logFile = join(directory, 'background.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, ownArguments(), { detached: true, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const said = await firstWord(child);
  child.stdout?.destroy();
  child.unref();
  if (said.ok)
    return printLine(
      `voipterm ${child.pid} runs in the background: voipterm attach shows it, voipterm end ends it${said.note}`,
    );
  throw new VoiptermError(said.code, said.message || `it did not start; ${logFile} may tell why`);
}

type FirstWord =
  | { readonly ok: true; readonly note: string }
  | { readonly ok: false; readonly code: VoiptermError['code']; readonly message: string };

async function firstWord(child: ChildProcess): Promise<FirstWord> {
  const { stdout } = child;
  if (!stdout) return { ok: false, code: 'internal', message: '' };
  const gone = { ok: false, code: 'internal', message: '' } as const;
  const line = once(createInterface({ input: stdout }), 'line');
  return Promise.race([
    line.then(([text]): FirstWord => JSON.parse(String(text))).catch(() => gone),
    once(child, 'exit').then(async () => {
      await delay(100); // its last line may be on its way still
      return gone;
    }),
    once(child, 'error').then(() => gone),
  ]);
}

/** As we were started, in the background instead. */
function ownArguments(): string[] {
  return [programPath, ...process.argv.slice(2).filter((word) => word !== '--detach'), IN_BACKGROUND];
}

/** The client that `detach` started. Says in one line of JSON on standard output how that went, and runs until it is ended. */
export async function runInBackground(targetText: string | undefined, options: ClientOptions): Promise<void> {
  const stop = onStopSignal();
  const ended = Promise.withResolvers<void>();
  try {
    const client = await openClient(targetText, options, () => ended.resolve());
    try {
      if (!client.socket)
        throw new VoiptermError(
          'usage.invalid',
          'there can be no local socket to attach by: set XDG_RUNTIME_DIR to a short path of yours',
        );
      const { session } = client;
      client.startSound();
      await session.until(({ link }) => link.at === 'online', CONNECT_MS).catch(() => undefined);
      const { link } = session.state;
      if (link.at === 'failed') throw new VoiptermError(link.code, link.reason);
      await say({ ok: true, note: noteOf(link) });
      await Promise.race([stop.requested, ended.promise]);
    } finally {
      await client.close();
    }
  } catch (error) {
    const known = error instanceof VoiptermError;
    await say({
      ok: false,
      code: known ? error.code : 'internal',
      message: known ? error.message : String(error),
    });
    throw error;
  } finally {
    stop.dispose();
  }
}

function noteOf(link: State['link']): string {
  if (link.at === 'online') return '';
  const why = link.at === 'offline' ? `: ${link.reason}` : '';
  return `\n(not connected yet${why}; it goes on trying)`;
}

/** Nobody may read it any more. */
function say(word: FirstWord): Promise<void> {
  return printLine(toJsonLine(word)).catch(() => undefined);
}
