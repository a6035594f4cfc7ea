/** A guest's session as its screen sees it: what a guest may not do ends here, with a sentence. */
import type { SessionHandle } from '../session/handle.ts';
import { guestRefusal } from './allowed.ts';

export function guardedSession(session: SessionHandle, clientCommand: string): SessionHandle {
  return {
    get state() {
      return session.state;
    },
    subscribe: (listener) => session.subscribe(listener),
    levels: session.levels,
    do: (command) => {
      const refusal = guestRefusal(command, clientCommand);
      if (refusal === undefined) session.do(command);
      else if (refusal !== '') session.do({ do: 'notice', text: refusal });
    },
  };
}
