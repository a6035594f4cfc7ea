/** The key table with a test's keys. */
import { bindKeys, type KeyBindings } from '../../src/ui/key-bindings.ts';

/** Throws where the keys collide. */
export function bindingsFor(
  talkKey: string,
  overrides: Readonly<Record<string, readonly string[]>> = {},
): KeyBindings {
  const bound = bindKeys(new Map(Object.entries(overrides)), talkKey);
  if ('problem' in bound) throw new Error(`${bound.problem.name} ${bound.problem.text}`);
  return bound.bindings;
}
