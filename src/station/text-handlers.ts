/** One member's requests about text, rooms and people: which method of the control protocol is whose work. */
import type { ControlHandlers } from '../net/control/rpc.ts';
import type { textRequests } from '../net/control/schema-text.ts';
import type { Asker } from './asker.ts';
import { changes, edit, remove } from './changing.ts';
import { listDirect, openDirect } from './conversations.ts';
import type { Lobby } from './lobby.ts';
import { setAway, takeNick, whois } from './people.ts';
import { Posting } from './posting.ts';
import { history, markRead, search } from './reading.ts';
import { join, list, setTopic } from './topics.ts';

type TextHandlers = Pick<ControlHandlers, keyof typeof textRequests>;

export function textHandlers(lobby: Lobby, asker: Asker): TextHandlers {
  const posting = new Posting(lobby);
  return {
    'room.join': ({ room }) => join(lobby, asker.admit(), room),
    'room.leave': ({ room }) => {
      lobby.deliver(lobby.rooms.leave(asker.admit().id, room));
      return {};
    },
    'room.list': (ask) => list(lobby, asker.admit(), ask),
    'room.who': ({ room }) => {
      lobby.textRules.read(asker.admit().fingerprint, room);
      return { members: lobby.rooms.who(room) };
    },
    'room.post': async (ask) => posting.post(asker.known(), ask),
    'room.history': (ask) => history(lobby, asker.admit(), ask),
    'room.edit': async (ask) => edit(lobby, asker.admit(), ask),
    'room.delete': async (ask) => remove(lobby, asker.admit(), ask),
    'room.changes': (ask) => changes(lobby, asker.admit(), ask),
    'room.search': (ask) => search(lobby, asker.admit(), ask),
    'room.read': async (ask) => markRead(lobby, asker.admit(), ask),
    'room.topic': async (ask) => setTopic(lobby, asker.admit(), ask),
    'direct.open': ({ name }) => openDirect(lobby, asker.admit(), name),
    'direct.list': (ask) => listDirect(lobby, asker.admit(), ask),
    'member.away': (ask) => setAway(lobby, asker.admit(), ask),
    'member.nick': (ask) => takeNick(lobby, asker.admit(), ask),
    'member.whois': (ask) => whois(lobby, asker.admit(), ask),
  };
}
