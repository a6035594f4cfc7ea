/** Rooms and members at the side, as rows. Pure. */
import { redundancyWords, troubleWords } from '../session/health-words.ts';
import { personKey, volumeWords, wantedOf } from '../session/people.ts';
import { currentRoom } from '../session/places.ts';
import type { MemberState, RoomState, State } from '../session/state.ts';
import type { Row, Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { placeLabel } from './room-words.ts';
import { padAfter, truncate, wrap } from './text-width.ts';
import type { Glyphs, Tone } from './theme.ts';

/** Rooms, and below them who is here. Exactly what fits into `height` rows of `width` cells; fewer if there is less. */
export function sideRows(state: State, width: number, height: number, glyphs: Glyphs): readonly Row[] {
  const members = membersHere(state);
  // Rooms get at most half unless the members leave room.
  const roomSpace = Math.max(
    1,
    Math.min(state.rooms.length, Math.max(Math.floor(height / 2) - 2, height - 3 - members.length)),
  );
  const rooms = roomRows(state, width, roomSpace + 1, glyphs);
  return [
    ...rooms,
    { key: 'space', segments: [] },
    ...peopleRows(state, width, height - rooms.length - 1, glyphs),
  ].slice(0, height);
}

/** The rooms and conversations around the one that is shown. */
export function roomRows(state: State, width: number, height: number, glyphs: Glyphs): readonly Row[] {
  const at = state.rooms.findIndex(({ name }) => name === state.current);
  const rooms = around(state.rooms, at, Math.max(0, height - 1));
  return [
    heading('rooms', 'Rooms', state.rooms.length - rooms.length, width),
    ...rooms.map((room) => roomRow(room, room.name === state.current, width, glyphs)),
  ];
}

/** Who is here, and how they can be heard. */
export function peopleRows(state: State, width: number, height: number, glyphs: Glyphs): readonly Row[] {
  const place = currentRoom(state);
  if (place?.kind === 'direct') return peerRows(place, width, height, glyphs);
  const members = membersHere(state);
  const left = Math.max(0, height - 1);
  const joined = place?.joined === true;
  return [
    heading('members', joined ? `Here ${members.length}` : 'Here', Math.max(0, members.length - left), width),
    ...withTroubles(talkersFirst(members, left), left, state, width, glyphs),
  ];
}

/** With whom a conversation is. */
function peerRows({ peer }: RoomState, width: number, height: number, glyphs: Glyphs): readonly Row[] {
  if (!peer) return [heading('members', 'With', 0, width)].slice(0, height);
  const presence = peer.online ? ' online' : ' offline';
  const name = truncate(cleanLine(peer.name), width - 4 - presence.length, glyphs.ellipsis);
  const row: Row = {
    key: 'peer',
    segments: [
      { text: `   ${name}`, tone: peer.online ? 'plain' : 'dim' },
      { text: presence, tone: peer.online ? 'good' : 'dim' },
    ],
  };
  return [heading('members', 'With', 0, width), row].slice(0, height);
}

function membersHere(state: State): readonly MemberState[] {
  return currentRoom(state)?.members ?? [];
}

/** The members, and below each what is wrong with their voice and where, as far as there is room. */
function withTroubles(
  members: readonly MemberState[],
  height: number,
  state: State,
  width: number,
  glyphs: Glyphs,
): readonly Row[] {
  let free = height - members.length;
  const rows = members.flatMap((member) => {
    const notes = noteRows(`trouble:${member.id}`, '   ', troubleOf(member, state), width);
    const fit = notes.length <= free ? notes : [];
    free -= fit.length;
    return [memberRow(member, state, width, glyphs), ...fit];
  });
  const redundancy = redundancyWords(state.listening.redundancy);
  const notes = noteRows('redundancy', ' ', redundancy, width);
  return notes.length > 0 && notes.length < free
    ? [...rows, { key: 'space:redundancy', segments: [] }, ...notes]
    : rows;
}

function troubleOf({ id }: MemberState, { listening }: State): string {
  const health = listening.health.find(({ ssrc }) => ssrc === id);
  return health?.active ? troubleWords(health) : '';
}

/** Nothing for "". */
function noteRows(key: string, indent: string, text: string, width: number): readonly Row[] {
  if (text === '') return [];
  return wrap(cleanLine(text), Math.max(8, width - indent.length - 1)).map((part, index) => ({
    key: `${key}:${index}`,
    segments: [{ text: indent + part, tone: 'warning' }],
  }));
}

/** A heading that says how many do not fit below it. */
function heading(key: string, text: string, hidden: number, width: number): Row {
  const more = hidden > 0 ? ` (+${hidden})` : '';
  return { key, segments: [{ text: padAfter(` ${text}${more}`, width), tone: 'dim' }] };
}

function roomRow(room: RoomState, current: boolean, width: number, glyphs: Glyphs): Row {
  const count = Math.min(room.unread, 999);
  const called = room.mentions > 0;
  const unread = count > 0 ? ` ${called ? '!' : ''}${count} ` : ' ';
  const name = `${current ? glyphs.current : ' '} ${placeLabel(room)}`;
  return {
    key: `room:${room.name}`,
    segments: [
      { text: padAfter(` ${name}`, width - unread.length, glyphs.ellipsis), tone: roomTone(room, current) },
      { text: unread, tone: called ? 'mention' : 'accent' },
    ],
  };
}

function roomTone(room: RoomState, current: boolean): Tone {
  if (current) return 'strong';
  const absent = room.kind === 'direct' ? room.peer?.online !== true : !room.joined;
  if (room.unread > 0) return 'strong';
  return absent ? 'dim' : 'plain';
}

function memberRow(member: MemberState, state: State, width: number, glyphs: Glyphs): Row {
  const marks = marksOf(member, state, glyphs);
  const space = width - 4;
  // Half of it is for the name, however much there is to say.
  while (marks.length > 0 && space - lengthOf(marks) < Math.min(member.name.length, space / 2)) marks.pop();
  const name = truncate(cleanLine(member.name), space - lengthOf(marks), glyphs.ellipsis);
  const quiet = marks.some(({ text }) => text === BLOCKED || text === MUTED || text === AWAY);
  return {
    key: `member:${member.id}`,
    segments: [
      { text: ` ${member.talking ? glyphs.talking : ' '} `, tone: quiet ? 'dim' : 'good' },
      { text: name, tone: quiet ? 'dim' : member.talking ? 'good' : 'plain' },
      ...marks,
    ],
  };
}

const BLOCKED = ' blocked';
const MUTED = ' muted';
const AWAY = ' away';
const ROLE_MARKS = { owner: ' owner', moderator: ' mod', member: '', guest: ' guest' } as const;

/** What is to be known of a member, what matters most first. */
function marksOf(member: MemberState, { self, listening }: State, glyphs: Glyphs): Segment[] {
  const mine = member.id === self.member;
  const person = mine ? undefined : wantedOf(listening.people, personKey(member));
  const recording = mine ? listening.recording !== null : member.recording;
  const replay = mine ? listening.replay : member.replay;
  const marks: (Segment | false | undefined)[] = [
    recording && { text: ' REC', tone: 'bad' },
    mine && { text: ' (you)', tone: 'dim' },
    person?.blocked && { text: BLOCKED, tone: 'warning' },
    person?.muted && !person.blocked && { text: MUTED, tone: 'warning' },
    member.away !== undefined && { text: AWAY, tone: 'dim' },
    person?.ignored && { text: ' ignored', tone: 'dim' },
    replay && { text: ' 30s', tone: 'warning' },
    member.talking && { text: ` ${glyphs.waves}`, tone: 'good' },
    member.role !== undefined && { text: ROLE_MARKS[member.role], tone: 'dim' },
    person && person.db !== 0 && { text: ` ${volumeWords(person.db)}`, tone: 'dim' },
    person?.priority && { text: ' first', tone: 'dim' },
  ];
  return marks.filter((mark) => mark !== false && mark !== undefined);
}

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { text }) => sum + text.length, 0);
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
