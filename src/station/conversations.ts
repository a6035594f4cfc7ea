/** Conversations of two: opening one, and listing one's own. */
import type { Answer, Ask, Conversation } from '../net/control/schema.ts';
import type { DirectRow } from '../store/station-direct.ts';
import type { Lobby } from './lobby.ts';
import type { Author } from './posting.ts';

/** What there is with whoever owns that name, which may be nothing yet. Throws 'control.not-found'. */
export function openDirect(lobby: Lobby, { fingerprint }: Author, name: string): Answer<'direct.open'> {
  return lobby.storage(() => {
    const owner = lobby.places.owner(name);
    const known = lobby.options.store.direct(fingerprint, owner.fingerprint);
    return conversation(lobby, known ?? { ...UNUSED, other: owner.fingerprint, name: owner.name });
  });
}

/** A page of the asker's conversations, the last used first. */
export function listDirect(
  lobby: Lobby,
  { fingerprint }: Author,
  { limit, before }: Ask<'direct.list'>,
): Answer<'direct.list'> {
  return lobby.storage(() => {
    const cursor = before && { at: before.at, name: before.room.slice(1) };
    const found = lobby.options.store.directs(fingerprint, limit + 1, cursor);
    const conversations = found.slice(0, limit).map((row) => conversation(lobby, row));
    return { conversations, more: found.length > limit };
  });
}

const UNUSED = { lastSeq: 0, revision: 0, readUpTo: 0, at: 0 } as const;

function conversation(lobby: Lobby, { other, name, ...row }: Omit<DirectRow, 'key' | 'room'>): Conversation {
  const { presence } = lobby.rooms;
  const connected = presence.idsOf(other).map((id) => lobby.rooms.nameOf(id));
  return {
    room: `@${name}`,
    name: connected.at(-1) ?? name,
    key: other,
    at: row.at,
    online: presence.isOnline(other),
    lastSeq: row.lastSeq,
    revision: row.revision,
    readUpTo: row.readUpTo,
  };
}
