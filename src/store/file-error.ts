/** Turns a failed file operation into a sentence that says what to do. Pure. */
import { errnoOf, VoiptermError } from '../errors.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space and try again',
  EDQUOT: 'the disk quota is used up: free some space and try again',
  EROFS: 'the file system is read-only: choose another directory',
  EACCES: 'permission is denied: change its permissions or choose another directory',
  EPERM: 'the system does not allow it: change its permissions or choose another directory',
  ENOTDIR: 'a part of that path is a file, not a directory: choose another directory',
  EEXIST: 'a file stands where a directory is needed: move it away or choose another directory',
  EISDIR: 'that path is a directory, not a file: choose another path',
  ENOENT: 'a directory of that path does not exist and cannot be made: choose another directory',
  EMFILE: 'too many files are open: raise the limit (ulimit -n) and try again',
};

/** A 'store.unwritable' error for a path that could not be made or written. A VoiptermError passes as it is. */
export function fileError(error: unknown, path: string): VoiptermError {
  if (error instanceof VoiptermError) return error;
  const code = errnoOf(error);
  const known = code === undefined ? undefined : SENTENCES[code];
  const reason = known ?? `the system said ${code ?? String(error)}: check the path and the disk`;
  return new VoiptermError('store.unwritable', `Cannot write ${path}: ${reason}.`, { cause: error });
}
