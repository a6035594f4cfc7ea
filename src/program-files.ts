/**
 * Where the program's own files are, built and in the sources. Built, all code lies directly in dist/, so that any file of it
 * finds the others by this.
 */
import { fileURLToPath } from 'node:url';

/** What runs as a process or thread of its own, or is for others to import: the names of built files, and their sources. */
export const ENTRIES = {
  main: 'cli/main',
  'tunnel-worker': 'net/tunnel/worker',
  'sound-worker': 'audio/worker',
  'guest-worker': 'guest/worker',
  'tunnel-connect': 'cli/tunnel-connect',
  tunnel: 'library/tunnel',
} as const;

export type Entry = keyof typeof ENTRIES;

const fromSources = import.meta.url.endsWith('.ts');

/** The file of an entry: a .ts when run from the sources, a .js when built. */
export function entryFile(entry: Entry): URL {
  return new URL(fromSources ? `./${ENTRIES[entry]}.ts` : `./${entry}.js`, import.meta.url);
}

/** The path of a file that comes with the package: "assets/speech.wav". */
export function packagedFile(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

/** The path of the program, to start it once more. */
export const programPath: string = packagedFile('bin/voipterm.cjs');
