/** Notices that a file changed, came or went. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';

/**
 * How often it is looked at, ms: a person who saves a file and looks at the screen does not wait. Looking is one system
 * call, and unlike the system's own notices it also sees a file behind a link, on a network's disk, or not there yet.
 */
const LOOK_MS = 400;

/** Calls back after each change; returns what ends that. It keeps no process alive. */
export function watchForChanges(file: string, onChange: () => void): () => void {
  const listener = (now: Stats, before: Stats): void => {
    const same = now.mtimeMs === before.mtimeMs && now.size === before.size && now.ino === before.ino;
    if (!same) onChange();
  };
  watchFile(file, { interval: LOOK_MS, persistent: false }, listener);
  return () => unwatchFile(file, listener);
}
