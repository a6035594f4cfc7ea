/** A command without a screen that is in one room has nothing left to do when the station does not let it be there. */
import { VoiptermError } from '../errors.ts';
import type { Session } from '../session/session.ts';

/** Rejects when the station keeps the session out of a room or puts it out of one; never resolves. */
export function putOut(session: Pick<Session, 'observe'>): Promise<never> {
  const out = new Promise<never>((_, reject) => {
    session.observe((event) => {
      if (event.kind === 'put-out') reject(new VoiptermError(event.refusal.code, event.refusal.message));
    });
  });
  out.catch(() => undefined); // who waits for it may have ended before
  return out;
}
