/** Notices that a file changed, came or went. */
import { type Stats, statSync, unwatchFile, watchFile } from 'node:fs';

/**
 * How often it is looked at, ms: a person who saves a file and looks at the screen does not wait. Looking is one system
 * call, and unlike the system's own notices it also sees a file behind a link, on a network's disk, or not there yet.
 */
const LOOK_MS = 400;

/** Calls back after each change from now on; returns what ends that. It keeps no process alive. */
export function watchForChanges(file: string, onChange: () => void): () => void {
  // The watcher takes what it finds at its first look, some time from now, for what was there before.
  let known = markOf(stateOf(file));
  const look = (now: Stats | undefined): void => {
    const mark = markOf(now);
    if (mark === known) return;
    known = mark;
    onChange();
  };
  const listener = (now: Stats): void => look(now);
  watchFile(file, { interval: LOOK_MS, persistent: false }, listener);
  const first = setTimeout(() => look(stateOf(file)), LOOK_MS).unref();
  return () => {
    clearTimeout(first);
    unwatchFile(file, listener);
  };
}

/** Undefined where there is none, or none that may be seen. */
function stateOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** What differs between two states of a file; a file that is not there has none, and the watcher says so with zeros. */
function markOf(stats: Stats | undefined): string {
  return stats === undefined || stats.ino === 0 ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}
