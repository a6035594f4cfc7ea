/** Which part of a session carries out which command about text. */
import { VoiptermError } from '../errors.ts';
import type { Chat } from './chat.ts';
import type { TextCommand } from './text-commands.ts';

/** Carries a command out; rejects with what went wrong. */
export async function carryOutText(command: TextCommand, { chat }: { readonly chat: Chat }): Promise<void> {
  if (command.do === 'older') return chat.older(command.room);
  throw new VoiptermError('usage.invalid', `${command.do} is not there yet`);
}
