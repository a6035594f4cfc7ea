/** Being where something is said or read: a room is joined, a conversation needs none of that. */
import type { SessionLink } from '../session/link.ts';

/** The seq of the last message there. Rejects with why the station does not let the guest in. */
export async function enterPlace({ call }: Pick<SessionLink, 'call'>, place: string): Promise<number> {
  if (!place.startsWith('@')) return (await call('room.join', { room: place })).lastSeq;
  const { messages } = await call('room.history', { room: place, limit: 1 });
  return messages.at(-1)?.seq ?? 0;
}
