/** Where the clients of this machine have their local sockets, and how these are tidied up. */
import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const NEWEST_SOCKET = 'newest.sock';
/** "1234-1763400000000.sock": the process and when it was started, so that names never meet. */
const SOCKET_NAME = /^[0-9]{1,10}-[0-9]{1,15}\.sock$/;

/** Paths of the clients' sockets, in the order in which the clients were started; some may be dead. */
export function socketsIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => SOCKET_NAME.test(name))
      .sort((a, b) => startOf(a) - startOf(b))
      .map((name) => join(directory, name));
  } catch {
    return []; // no directory, no client
  }
}

/**
 * Removes a socket that nobody listens on; if it was the newest, the one before it is that now. Never throws: what
 * cannot be removed, or is gone with its directory, is met again by the next one.
 */
export function forget(path: string): void {
  const directory = dirname(path);
  try {
    rmSync(path, { force: true });
    if (linkAt(directory) !== path) return;
    const next = socketsIn(directory).at(-1);
    if (next) pointTo(next, directory);
    else rmSync(join(directory, NEWEST_SOCKET), { force: true });
  } catch {
    // see above
  }
}

function startOf(name: string): number {
  return Number(/-([0-9]+)/.exec(name)?.[1] ?? 0);
}

/** Makes a socket the newest: a rename, so that there is no moment without one. */
export function pointTo(path: string, directory: string): void {
  const made = join(directory, `.${process.pid}.new`);
  rmSync(made, { force: true });
  symlinkSync(path, made);
  renameSync(made, join(directory, NEWEST_SOCKET));
}

function linkAt(directory: string): string | undefined {
  try {
    return readlinkSync(join(directory, NEWEST_SOCKET));
  } catch {
    return undefined;
  }
}
