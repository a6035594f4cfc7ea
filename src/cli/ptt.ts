/** `voipterm ptt`: presses the talk key of a running client, for a pedal or a shortcut of the desktop. */
import { VoiptermError } from '../errors.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import type { RemoteAnswer } from './remote-answer.ts';
import type { RemoteWord } from './remote-words.ts';
import { type ClientChoice, withClient } from './running-clients.ts';

export interface PttOptions extends ClientChoice {
  readonly json?: boolean;
}

/**
 * @throws VoiptermError 'client.none' if no client runs that fits, 'usage.invalid' for a target that makes no sense, and
 *   what the client says went wrong.
 */
export async function ptt(word: RemoteWord, options: PttOptions): Promise<void> {
  const answer = await withClient(options, async (chosen) => {
    const said = word === 'status' ? chosen.client : await chosen.ask(word);
    if (!said) throw new VoiptermError('client.none', `voipterm ${chosen.client.pid} does not answer`);
    if ('error' in said) throw new VoiptermError(said.error.code, said.error.message);
    return said;
  });
  if (options.json) await printLine(toJsonLine(answer));
  else if (word === 'status') await printLine(inWords(answer));
}

/** A client in words: "1234 ann@host #lobby, online, push, silent". */
export function inWords({
  pid,
  target,
  mode,
  talking,
  latched,
  muted,
  deafened,
  link,
  room,
}: RemoteAnswer): string {
  const microphone = muted ? 'muted' : talking ? (latched ? 'talking (latched)' : 'talking') : 'silent';
  const where = room === null ? target : `${target} #${room}`;
  return [`${pid} ${where}`, link, mode, microphone, ...(deafened ? ['deafened'] : [])].join(', ');
}
