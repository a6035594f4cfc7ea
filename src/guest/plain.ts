/** The chat as lines, for a guest without a terminal, with one that shows nothing else, or who wants it so. */
import { boundKeys } from '../ui/bound-keys.ts';
import { runPlain } from '../ui/plain/plain-ui.ts';
import { TALK_KEY, withSession } from './chat.ts';
import type { Guest } from './guest.ts';
import { guardedSession } from './guarded-session.ts';
import { LineInput } from './line-input.ts';

export function plain(guest: Guest, room: string | null): Promise<number> {
  const { clientCommand, kind, input, output, host } = guest;
  return withSession(guest, room, async (session) => {
    await runPlain({
      session: guardedSession(session, clientCommand),
      bindings: boundKeys(TALK_KEY, new Map()),
      talkKeyStyle: 'toggle',
      ascii: kind.ascii,
      keyboard: kind.screen,
      stdin: kind.screen ? input : new LineInput(guest),
      stdout: output,
      host,
    });
    return 0;
  });
}
