/** Names of people: whose one is, taking another, and being away. */
import { VoiptermError } from '../errors.ts';
import type { Answer, Ask } from '../net/control/schema.ts';
import { MAX_WHOIS_ROOMS } from '../net/control/schema-text.ts';
import { ECHO_MEMBER } from './echo.ts';
import type { Lobby } from './lobby.ts';
import type { Author } from './posting.ts';

/** Makes a name a key's own. Throws 'control.name-taken' or 'control.limit'. */
export function claimName(lobby: Lobby, name: string, fingerprint: string): void {
  const { store } = lobby.options;
  const claimed =
    name.toLowerCase() === ECHO_MEMBER.name
      ? 'taken'
      : lobby.storage(() => store.claimName(name, fingerprint, Date.now()));
  if (claimed === 'taken') {
    throw new VoiptermError(
      'control.name-taken',
      `The name ${name} belongs to another key here: connect with another name, or with that key.`,
    );
  }
  if (claimed === 'limit') {
    throw new VoiptermError(
      'control.limit',
      'Your key has as many names here as a key may have: use one of them.',
    );
  }
}

/** Calls one connection by another name, which becomes its key's own. */
export function takeNick(
  lobby: Lobby,
  { id, fingerprint }: Author,
  { name }: Ask<'member.nick'>,
): Answer<'member.nick'> {
  claimName(lobby, name, fingerprint);
  lobby.deliver(lobby.rooms.rename(id, name));
  return { name };
}

export function setAway(lobby: Lobby, { id }: Author, { text }: Ask<'member.away'>): Answer<'member.away'> {
  lobby.deliver(lobby.rooms.setAway(id, text));
  return {};
}

/** What the station knows of whoever owns a name. Throws 'control.not-found'. */
export function whois(lobby: Lobby, asker: Author, { name }: Ask<'member.whois'>): Answer<'member.whois'> {
  const { store } = lobby.options;
  const owner = lobby.storage(() => lobby.places.owner(name));
  const { fingerprint: key } = owner;
  const { presence } = lobby.rooms;
  const ids = presence.idsOf(key);
  return {
    name: owner.name,
    key,
    names: lobby.storage(() => store.namesOf(key)),
    since: owner.at,
    online: ids.length > 0,
    away: presence.awayOf(key),
    role: lobby.textRules.roleOf(key),
    rooms: roomsInCommon(lobby, asker, ids),
    rttMs: presence.rttOf(key),
  };
}

function roomsInCommon(lobby: Lobby, { fingerprint }: Author, ids: readonly number[]): string[] {
  const { rooms } = lobby;
  const mine = new Set(rooms.presence.idsOf(fingerprint).flatMap((id) => rooms.roomsOf(id)));
  const theirs = new Set(ids.flatMap((id) => rooms.roomsOf(id)));
  return [...theirs].filter((room) => mine.has(room)).slice(0, MAX_WHOIS_ROOMS);
}
