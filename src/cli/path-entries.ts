/** Files and directories that a half-written path may become, for completion. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Names of one directory that are looked at: a directory of a million files must not stop the keyboard. */
const MAX_ENTRIES = 5000;

/** In order; a directory ends in '/'. Hidden ones only where a dot was written. None where the directory cannot be read. */
export function pathEntries(begin: string, home: string): readonly string[] {
  const lead = begin.slice(0, begin.lastIndexOf('/') + 1);
  const rest = begin.slice(lead.length);
  const directory = lead === '' ? '.' : dirname(join(lead.replace(/^~(?=\/)/, home), 'x'));
  try {
    return readdirSync(directory, { withFileTypes: true })
      .slice(0, MAX_ENTRIES)
      .filter(({ name }) => name.startsWith(rest) && (rest !== '' || !name.startsWith('.')))
      .filter(({ name }) => !/[\s\p{C}]/u.test(name))
      .map((entry) => `${lead}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort();
  } catch {
    return [];
  }
}
