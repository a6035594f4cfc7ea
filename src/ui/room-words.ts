/** What the screen says about a room beside its messages: its title, who talks, and what to do in an empty one. Pure. */
import { currentRoom, placeWords } from '../session/places.ts';
import type { RoomState, State } from '../session/state.ts';
import type { Row } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import type { Layout } from './layout.ts';
import { wrap } from './text-width.ts';

/** Every station has this room, see docs/protocol.md. */
const ECHO_ROOM = 'echo';

/** The room shown. Where no side tells of members and unread messages, the title does. */
export function roomTitle(state: State, { side }: Layout): string {
  const room = currentRoom(state);
  if (!room) return 'no room';
  const name = placeLabel(room);
  if (side > 0) return withTopic(name, room);
  const unread = state.rooms.filter((other) => other !== room && other.unread > 0);
  const others = unread.map((other) => ` · ${placeLabel(other)} +${Math.min(other.unread, 999)}`);
  const here = room.joined ? ` · ${room.members.length} here` : '';
  return withTopic(`${name}${here}${others.join('')}`, room);
}

/** "#lobby", or "@bob" for the conversation with whoever is called so now. */
export function placeLabel({ name, kind, peer }: Pick<RoomState, 'name' | 'kind' | 'peer'>): string {
  return cleanLine(kind === 'direct' && peer ? `@${peer.name}` : placeWords(name));
}

function withTopic(title: string, { topic }: RoomState): string {
  const words = cleanLine(topic).trim();
  return words === '' ? title : `${title} · ${words}`;
}

/** Those who talk in the room, for a screen without a side; "" where nobody does or the side tells. */
export function talkersLabel(room: RoomState | undefined, { side }: Layout): string {
  if (side > 0) return '';
  const talkers = (room?.members ?? []).filter(({ talking }) => talking).map(({ name }) => cleanLine(name));
  return talkers.length === 0 ? '' : `${talkers.join(', ')} talking`;
}

/** Stands where messages will. */
export function emptyRows(state: State, room: RoomState | undefined, width: number): readonly Row[] {
  return emptyTexts(state, room)
    .flatMap((text) => wrap(text, Math.max(8, width - 2)))
    .map((text, index) => ({ key: `empty:${index}`, segments: [{ text: ` ${text}`, tone: 'dim' }] }));
}

function emptyTexts({ link, rooms }: State, room: RoomState | undefined): readonly string[] {
  if (!room) {
    if (link.at !== 'online') return ['Not connected.'];
    return ['You are in no room. /rooms lists them, /join ROOM enters one.'];
  }
  if (room.name === ECHO_ROOM) {
    return ['Here you hear yourself: press Space, say something, and it comes back a moment later.'];
  }
  const where = room.kind === 'direct' ? `with ${placeLabel(room)}` : `in ${placeLabel(room)}`;
  const empty = `No messages ${where} yet.`;
  const alone = room.joined && room.members.length === 1;
  if (!alone || !rooms.some(({ name }) => name === ECHO_ROOM)) return [empty];
  return [empty, 'You are alone here. To try your voice, go to #echo with Ctrl+N.'];
}
