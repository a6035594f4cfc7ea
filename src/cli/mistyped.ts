/** A first word that is no command: a station's host, or a command with a slip of the finger? */
import { lookup } from 'node:dns/promises';
import { VoiptermError } from '../errors.ts';
import { nearest } from './suggest.ts';

/** Throws 'usage.invalid': only a command has further words. */
export function refuseExtraWords(words: readonly string[], commands: readonly string[]): void {
  const [first = '', ...more] = words;
  if (more.length > 0) throw unknownCommand(first, commands);
}

/**
 * A word that looks like a command is one unless a host has this name. Throws 'usage.invalid'; any other word, and
 * anything that can only be a target (ann@serv, serv:2222, voipterm://serv), passes unasked.
 */
export async function refuseMistyped(word: string | undefined, commands: readonly string[]): Promise<void> {
  if (word === undefined || !/^[a-z]+$/i.test(word)) return;
  if (nearest(word, commands) === undefined) return;
  const isHost = await lookup(word).then(
    () => true,
    () => false,
  );
  if (!isHost) throw unknownCommand(word, commands);
}

export function unknownCommand(word: string, commands: readonly string[]): VoiptermError {
  const meant = nearest(word, commands);
  const known = commands.length > 0 ? `the commands are ${commands.join(', ')}` : 'there are none below';
  const hint = meant ? `did you mean "${meant}"?` : known;
  return new VoiptermError('usage.invalid', `unknown command "${word.slice(0, 80)}" (${hint})`);
}
