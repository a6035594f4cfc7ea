/** Rooms and members at the side, as rows. Pure. */
import type { MemberState, RoomState, State } from '../session/state.ts';
import type { Row } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { padAfter, truncate } from './text-width.ts';
import type { Glyphs, Tone } from './theme.ts';

/** Exactly what fits into `height` rows of `width` cells; fewer if there is less to show. */
export function sideRows(state: State, width: number, height: number, glyphs: Glyphs): readonly Row[] {
  const current = state.rooms.find(({ name }) => name === state.current);
  const members = current?.members ?? [];
  // Rooms get at most half unless the members leave room.
  const roomSpace = Math.max(
    1,
    Math.min(state.rooms.length, Math.max(Math.floor(height / 2) - 2, height - 3 - members.length)),
  );
  const rooms = around(
    state.rooms,
    state.rooms.findIndex(({ name }) => name === state.current),
    roomSpace,
  );
  const left = Math.max(0, height - rooms.length - 3);
  return [
    heading('rooms', 'Rooms', state.rooms.length - rooms.length, width),
    ...rooms.map((room) => roomRow(room, room === current, width, glyphs)),
    { key: 'space', segments: [] },
    heading(
      'members',
      current?.joined ? `Here ${members.length}` : 'Here',
      Math.max(0, members.length - left),
      width,
    ),
    ...talkersFirst(members, left).map((member) => memberRow(member, state.self.member, width, glyphs)),
  ].slice(0, height);
}

/** A heading that says how many do not fit below it. */
function heading(key: string, text: string, hidden: number, width: number): Row {
  const more = hidden > 0 ? ` (+${hidden})` : '';
  return { key, segments: [{ text: padAfter(` ${text}${more}`, width), tone: 'dim' }] };
}

function roomRow(room: RoomState, current: boolean, width: number, glyphs: Glyphs): Row {
  const unread = room.unread > 0 ? ` ${Math.min(room.unread, 999)} ` : ' ';
  const name = `${current ? glyphs.current : ' '} #${cleanLine(room.name)}`;
  return {
    key: `room:${room.name}`,
    segments: [
      { text: padAfter(` ${name}`, width - unread.length, glyphs.ellipsis), tone: roomTone(room, current) },
      { text: unread, tone: 'accent' },
    ],
  };
}

function roomTone(room: RoomState, current: boolean): Tone {
  if (current) return 'strong';
  if (!room.joined) return 'dim';
  return room.unread > 0 ? 'strong' : 'plain';
}

function memberRow(member: MemberState, self: number | null, width: number, glyphs: Glyphs): Row {
  const you = member.id === self ? ' (you)' : '';
  const waves = member.talking ? ` ${glyphs.waves}` : '';
  const name = truncate(cleanLine(member.name), width - 4 - you.length - waves.length, glyphs.ellipsis);
  return {
    key: `member:${member.id}`,
    segments: [
      { text: ` ${member.talking ? glyphs.talking : ' '} `, tone: 'good' },
      { text: name, tone: member.talking ? 'good' : 'plain' },
      { text: you, tone: 'dim' },
      { text: waves, tone: 'good' },
    ],
  };
}

/** In their order while all fit; else those who talk are not the ones to be left out. */
function talkersFirst(members: readonly MemberState[], count: number): readonly MemberState[] {
  if (members.length <= count) return members;
  return [...members].sort((a, b) => Number(b.talking) - Number(a.talking)).slice(0, count);
}

/** A window of `count` around the item at `index`. */
function around<T>(items: readonly T[], index: number, count: number): readonly T[] {
  const start = Math.max(0, Math.min(index - Math.floor(count / 2), items.length - count));
  return items.slice(start, start + count);
}
