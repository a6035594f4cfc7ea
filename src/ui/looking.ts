/** Tells the session whether the chat is in view: what is said there counts as read only then. */
import type { SessionHandle } from '../session/handle.ts';
import type { View } from './view.ts';

interface Viewed {
  readonly view: View;
  subscribe(listener: () => void): () => void;
}

/** Returns what ends it. */
export function tellLooking(session: Pick<SessionHandle, 'do'>, viewed: Viewed): () => void {
  let looking = true;
  return viewed.subscribe(() => {
    const now = viewed.view.tab === 'chat';
    if (now === looking) return;
    looking = now;
    session.do({ do: 'look', on: now });
  });
}
