/** Makes the directory of a private file, and those above it, for its owner alone. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../errors.ts';

/**
 * Makes what is missing of `directory` with mode 0700; what is there stays as it is. Throws Node's error.
 * Step by step, since mkdirSync's `recursive` never returns where the kernel answers ENOENT below an existing
 * directory, as it does in /proc (Node 26).
 */
export function makePrivateDirectory(directory: string): void {
  const missing: string[] = [];
  for (let at = directory; !exists(at) && at !== dirname(at); at = dirname(at)) missing.push(at);
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one, { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error; // else another process was faster
    }
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
