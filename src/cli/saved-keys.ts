/** Keys that the settings pane saved, above those of config.toml's [keys] table. Pure. */
import { bindKeys, type KeyOverrides } from '../ui/key-bindings.ts';
import { KEY_TABLE } from '../ui/key-table.ts';
import { KEYS, keysFromText } from './config-keys.ts';

const PREFIX = `${KEYS}.`;

/** The saved ones by the names of their commands; names of another version are left out. */
function savedKeys(saved: ReadonlyMap<string, string>): KeyOverrides {
  const found = [...saved]
    .filter(([path]) => path.startsWith(PREFIX))
    .map(([path, text]) => [path.slice(PREFIX.length), keysFromText(text)] as const);
  return new Map(found.filter(([name]) => KEY_TABLE.some((row) => row.name === name)));
}

/** Saved keys above those of the file, whether they collide or not. */
function joinedKeys(
  file: KeyOverrides | undefined,
  saved: ReadonlyMap<string, string>,
): Map<string, readonly string[]> {
  return new Map([...(file ?? []), ...savedKeys(saved)]);
}

/**
 * The same without the saved ones that collide with something: the keys of another version may, and nobody should have
 * to mend a database to start.
 */
export function keysInForce(
  file: KeyOverrides | undefined,
  saved: ReadonlyMap<string, string>,
  talkKey: string,
): KeyOverrides {
  const left = new Map([...saved].filter(([path]) => path.startsWith(PREFIX)));
  for (;;) {
    const keys = joinedKeys(file, left);
    const bound = bindKeys(keys, talkKey);
    if (!('problem' in bound) || left.size === 0) return keys;
    const path = PREFIX + bound.problem.name;
    left.delete(left.has(path) ? path : ([...left.keys()].at(-1) ?? ''));
  }
}

/** The saved keys that are not among those in force, as they collide. */
export function passedOver(
  inForce: KeyOverrides,
  saved: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const same = (name: string, keys: readonly string[]): boolean => inForce.get(name)?.join() === keys.join();
  return new Map([...savedKeys(saved)].filter(([name, keys]) => !same(name, keys)));
}

/** What is wrong with keys, to stand after "keys.NAME" of the command that it names; undefined if nothing is. */
export function keysProblem(
  keys: KeyOverrides,
  talkKey: string,
): { readonly name: string; readonly text: string } | undefined {
  const bound = bindKeys(keys, talkKey);
  return 'problem' in bound ? bound.problem : undefined;
}
