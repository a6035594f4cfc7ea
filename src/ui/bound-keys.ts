/** The keys in force from what the configuration says; errors that a person can act on. Pure. */
import { VoiptermError } from '../errors.ts';
import { bindKeys, type KeyBindings, type KeyOverrides } from './key-bindings.ts';
import { parseChord } from './key-event.ts';

/**
 * @param talkKey as the configuration writes it: "ctrl+t", "f8", "ctrl+space".
 * @throws VoiptermError 'config.invalid' for keys that are none or collide.
 */
export function boundKeys(talkKey: string, overrides: KeyOverrides): KeyBindings {
  const chord = parseChord(talkKey);
  if (chord === undefined) {
    const written = JSON.stringify(talkKey);
    throw new VoiptermError(
      'config.invalid',
      `The talk key ${written} is no key; write one like "ctrl+t" or "f8".`,
    );
  }
  const bound = bindKeys(overrides, chord);
  if ('bindings' in bound) return bound.bindings;
  const { name, text } = bound.problem;
  throw new VoiptermError('config.invalid', `The key of "${name}" does not do: it ${text}.`);
}
