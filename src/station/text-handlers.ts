/** One member's requests about text, rooms and people: what each of those methods of the control protocol does. */
import { VoiptermError } from '../errors.ts';
import type { ControlHandlers } from '../net/control/rpc.ts';
import type { Answer } from '../net/control/schema.ts';
import type { textRequests } from '../net/control/schema-text.ts';
import { ECHO_ROOM } from './echo.ts';
import { type Lobby, toMessage } from './lobby.ts';
import { type Author, Posting } from './posting.ts';

/** Most rooms in one answer of room.list: as many as the store keeps; 10,000 of the longest names are 600 KB. */
const MAX_LISTED_ROOMS = 10_000;

export interface TextAsker {
  /** Who asks. Throws unless hello was said, and when the member asks too much. */
  admit(): Author;
  /** The same without counting the request. */
  known(): Author;
}

type TextHandlers = Pick<ControlHandlers, keyof typeof textRequests>;

export function textHandlers(lobby: Lobby, asker: TextAsker): TextHandlers {
  const posting = new Posting(lobby);
  const notYet = (): never => {
    asker.admit();
    throw new VoiptermError('control.forbidden', 'This station cannot do that: its version is too old.');
  };
  return {
    'room.join': ({ room }) => join(lobby, asker.admit(), room),
    'room.leave': ({ room }) => {
      lobby.deliver(lobby.rooms.leave(asker.admit().id, room));
      return {};
    },
    'room.list': () => {
      asker.admit();
      return list(lobby);
    },
    'room.who': ({ room }) => {
      asker.admit();
      return { members: lobby.rooms.who(room) };
    },
    'room.post': async (ask) => posting.post(asker.known(), ask),
    'room.history': (ask) => {
      asker.admit();
      const { messages, more } = lobby.storage(() => lobby.options.store.history(ask));
      return { messages: messages.map(toMessage), more };
    },
    'room.edit': notYet,
    'room.delete': notYet,
    'room.changes': notYet,
    'room.search': notYet,
    'room.read': notYet,
    'room.topic': notYet,
    'direct.open': notYet,
    'direct.list': notYet,
    'member.away': notYet,
    'member.nick': notYet,
    'member.whois': notYet,
  };
}

function join(lobby: Lobby, { id }: Author, room: string): Answer<'room.join'> {
  const { rooms, options } = lobby;
  const lastSeq = lobby.storage(() => options.store.lastSeq(room));
  lobby.deliver(rooms.join(id, room));
  return { room, members: rooms.who(room), lastSeq };
}

function list(lobby: Lobby): Answer<'room.list'> {
  const { rooms, options } = lobby;
  const all = new Map(lobby.storage(() => options.store.rooms()).map((room) => [room, 0]));
  for (const room of [...options.standingRooms, ECHO_ROOM]) if (!all.has(room)) all.set(room, 0);
  for (const { room, members } of rooms.list()) all.set(room, members);
  const listed = [...all].map(([room, members]) => ({ room, members }));
  listed.sort((a, b) => b.members - a.members || (a.room < b.room ? -1 : 1));
  return { rooms: listed.slice(0, MAX_LISTED_ROOMS) };
}
