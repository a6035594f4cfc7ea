/** What a station says of its rooms: lists of them, their topics, and where one stands who joins. */
import type { Answer, Ask } from '../net/control/schema.ts';
import { ECHO_ROOM } from './echo.ts';
import type { Lobby } from './lobby.ts';
import type { Author } from './posting.ts';

/** Most rooms in one answer of room.list: as many as the store keeps; 10,000 of the longest names are 600 KB. */
const MAX_LISTED_ROOMS = 10_000;

type Listed = Answer<'room.list'>['rooms'][number];

export function join(lobby: Lobby, { id, fingerprint }: Author, room: string): Answer<'room.join'> {
  const { rooms, options, guard } = lobby;
  guard.enter({ id, fingerprint }, room);
  const { lastSeq, revision, topic, readUpTo } = lobby.storage(() => {
    const known = options.store.room(room);
    return {
      lastSeq: options.store.lastSeq(room),
      revision: known?.revision ?? 0,
      topic: known?.topic ?? '',
      readUpTo: options.store.readUpTo(fingerprint, room),
    };
  });
  lobby.deliver(rooms.join(id, room));
  guard.voices(room, [id]);
  return { room, members: rooms.who(room), lastSeq, revision, topic, readUpTo };
}

/** Fullest rooms first, those alike by name. Only a page says more than names and numbers: all of it must fit a line. */
export function list(
  lobby: Lobby,
  author: Author,
  { limit, skip = 0 }: Ask<'room.list'>,
): Answer<'room.list'> {
  const all = allRooms(lobby).filter(({ room }) => lobby.textRules.mayRead(author.fingerprint, room));
  if (limit === undefined) return { rooms: all.slice(0, MAX_LISTED_ROOMS) };
  const page = all.slice(skip, skip + limit);
  return {
    rooms: lobby.storage(() => page.map((listed) => described(lobby, author, listed))),
    more: skip + page.length < all.length,
  };
}

/** Resolves after the commit. */
export async function setTopic(
  lobby: Lobby,
  { id, name: by, fingerprint }: Author,
  { room, topic }: Ask<'room.topic'>,
): Promise<Answer<'room.topic'>> {
  lobby.requireOpen();
  lobby.rooms.requireIn(id, room);
  lobby.textRules.require(fingerprint, room, 'topic');
  await lobby.writes.add((store) => store.setTopic(room, topic));
  const params = { room, topic, by, at: Date.now() };
  lobby.deliver([{ to: lobby.rooms.idsIn(room), notification: { method: 'room.topic', params } }]);
  return {};
}

function allRooms(lobby: Lobby): Listed[] {
  const { rooms, options } = lobby;
  const peopled = rooms.list().sort((a, b) => b.members - a.members || (a.room < b.room ? -1 : 1));
  const names = new Set(peopled.map(({ room }) => room));
  const empty = new Set([...options.standingRooms, ECHO_ROOM, ...lobby.storage(() => options.store.rooms())]);
  const others = [...empty].filter((room) => !names.has(room)).sort();
  return [...peopled, ...others.map((room) => ({ room, members: 0 }))];
}

function described(lobby: Lobby, { fingerprint }: Author, { room, members }: Listed): Listed {
  const { store } = lobby.options;
  const closed = lobby.roles.rulesOf(room).private ? { private: true } : {};
  const known = store.room(room);
  if (!known) return { room, members, ...closed };
  const { topic, last_seq: lastSeq } = known;
  const readUpTo = store.readUpTo(fingerprint, room);
  return { room, members, lastSeq, readUpTo, ...closed, ...(topic === '' ? {} : { topic }) };
}
