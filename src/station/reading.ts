/** Reading what is kept: history, search, and how far a person has read. */
import type { Answer, Ask } from '../net/control/schema.ts';
import { isDirect } from '../store/direct-name.ts';
import { PLACE, type SearchQuery } from '../store/station-search.ts';
import type { Lobby } from './lobby.ts';
import { requireMay, toMessage } from './places.ts';
import type { Author } from './posting.ts';

/** Conversations that a search of everything looks into, the last used: each costs an index look-up. */
const MAX_SEARCHED_DIRECTS = 100;

export function history(lobby: Lobby, author: Author, ask: Ask<'room.history'>): Answer<'room.history'> {
  return lobby.storage(() => {
    const place = lobby.places.resolve(author, ask.room);
    requireMay(lobby.textRules, author, place, 'read');
    const { messages, more } = lobby.options.store.history({ ...ask, room: place.row });
    return { messages: messages.map((message) => toMessage(message, place.shown)), more };
  });
}

/** Searches one place, or every room that the asker may read and its own conversations. */
export function search(lobby: Lobby, author: Author, ask: Ask<'room.search'>): Answer<'room.search'> {
  return lobby.storage(() => {
    const { store } = lobby.options;
    const { more, next, messages } = store.search({
      typed: ask.query,
      places: ask.room === undefined ? everywhere(lobby, author) : onePlace(lobby, author, ask.room),
      before: ask.before,
      limit: ask.limit,
      mayRead: readable(lobby, author),
    });
    const shown = (row: string): string => lobby.places.shownTo(author.fingerprint, row);
    return {
      messages: messages.map((message) => toMessage(message, shown(message.room))),
      more,
      ...(more ? { next } : {}),
    };
  });
}

/** Asks of each room once: a thousand candidates stand in a few rooms. */
function readable(lobby: Lobby, { fingerprint }: Author): SearchQuery['mayRead'] {
  const known = new Map<string, boolean>();
  return (row) => {
    const may = known.get(row) ?? (isDirect(row) || lobby.textRules.mayRead(fingerprint, row));
    known.set(row, may);
    return may;
  };
}

function everywhere(lobby: Lobby, { fingerprint }: Author): SearchQuery['places'] {
  const own = lobby.options.store.directIds(fingerprint, MAX_SEARCHED_DIRECTS);
  return [PLACE.allRooms, ...own.map(PLACE.direct)];
}

function onePlace(lobby: Lobby, author: Author, named: string): SearchQuery['places'] {
  const place = lobby.places.resolve(author, named);
  requireMay(lobby.textRules, author, place, 'read');
  const room = lobby.options.store.room(place.row);
  if (!room) return [];
  return [place.to ? PLACE.direct(room.id) : PLACE.room(room.id)];
}

/** Moves the asker's marker on and tells its other connections. Resolves after the commit. */
export async function markRead(
  lobby: Lobby,
  { id, ...author }: Author,
  { room, seq }: Ask<'room.read'>,
): Promise<Answer<'room.read'>> {
  lobby.requireOpen();
  const place = lobby.storage(() => lobby.places.resolve({ id, ...author }, room));
  requireMay(lobby.textRules, { id, ...author }, place, 'read');
  const key = author.fingerprint;
  const now = Date.now();
  const { readUpTo, moved } = await lobby.writes.add((store) => store.markRead(key, place.row, seq, now));
  if (moved) {
    const others = lobby.rooms.presence.idsOf(key).filter((other) => other !== id);
    const params = { room: place.shown, seq: readUpTo };
    lobby.deliver([{ to: others, notification: { method: 'room.read', params } }]);
  }
  return { readUpTo };
}
