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
      lastSeq: known?.last_seq ?? 0,
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
  const mayRead = ({ room }: Listed): boolean => lobby.textRules.mayRead(author.fingerprint, room);
  if (limit === undefined) return { rooms: taken(allRooms(lobby), mayRead, 0, MAX_LISTED_ROOMS) };
  const page = taken(allRooms(lobby), mayRead, skip, limit + 1); // one more tells whether the page is cut
  return {
    rooms: lobby.storage(() => page.slice(0, limit).map((listed) => described(lobby, author, listed))),
    more: page.length > limit,
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

/** Rooms with members, then the others; a page near the front does not look at all of ten thousand. */
function* allRooms(lobby: Lobby): Generator<Listed> {
  const { rooms, options } = lobby;
  const peopled = rooms.list().sort((a, b) => b.members - a.members || (a.room < b.room ? -1 : 1));
  yield* peopled;
  const told = new Set(peopled.map(({ room }) => room));
  for (const room of merged(
    [...options.standingRooms, ECHO_ROOM].sort(),
    lobby.storage(() => options.store.rooms()),
  )) {
    if (told.has(room)) continue;
    if (room === ECHO_ROOM || options.standingRooms.includes(room)) told.add(room);
    yield { room, members: 0 };
  }
}

/** Two sorted lists as one. */
function* merged(few: readonly string[], many: readonly string[]): Generator<string> {
  let next = 0;
  for (const one of many) {
    for (; (few[next] ?? one) < one; next++) yield few[next] ?? '';
    yield one;
  }
  yield* few.slice(next);
}

function taken(
  rooms: Iterable<Listed>,
  mayRead: (room: Listed) => boolean,
  skip: number,
  limit: number,
): Listed[] {
  const page: Listed[] = [];
  let passed = 0;
  for (const room of rooms) {
    if (!mayRead(room)) continue;
    passed += 1;
    if (passed > skip && page.push(room) === limit) break;
  }
  return page;
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
