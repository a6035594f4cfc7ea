/** How each event of text changes the state: messages, pages of history, what was read, searches. Pure. */
import { assertNever } from '../errors.ts';
import { lastSeq, type MessageLine, withChange } from './lines.ts';
import { isHidden } from './people.ts';
import { isDirect, newRoom } from './places.ts';
import {
  attached,
  coversUnread,
  emptied,
  type Page,
  paged,
  unposted,
  type Window,
  windowed,
  withNewLine,
} from './room-window.ts';
import type { Peer, RoomState, State } from './state.ts';
import type { TextState } from './text-state.ts';

/** What is unread of a place. */
export interface Counts {
  readonly unread: number;
  readonly mentions: number;
}

export type TextEvent =
  /**
   * Messages with their place in the room. `older` says whether more exist before the first of them; `live` that they were
   * said just now.
   */
  | {
      readonly kind: 'messages';
      readonly room: string;
      readonly messages: readonly MessageLine[];
      readonly older?: boolean;
      readonly live?: boolean;
    }
  | ({ readonly kind: 'page'; readonly room: string } & Page)
  | ({ readonly kind: 'window'; readonly room: string } & Window)
  /** The station's history of a place begins anew. */
  | { readonly kind: 'emptied'; readonly room: string }
  /** A message was edited or deleted. */
  | { readonly kind: 'changed'; readonly room: string; readonly line: MessageLine }
  /** A message of ours: waiting, acknowledged or refused. */
  | { readonly kind: 'posted'; readonly room: string; readonly line: MessageLine }
  /** A message of ours that waited is no more. */
  | { readonly kind: 'unposted'; readonly room: string; readonly id: string }
  /** A place is there, with what is known of it. */
  | {
      readonly kind: 'place';
      readonly room: string;
      readonly change: Partial<Pick<RoomState, 'topic' | 'peer' | 'joined' | 'jump'>>;
    }
  | { readonly kind: 'peer'; readonly key: string; readonly change: Partial<Peer> }
  /**
   * We have read up to there, here or elsewhere. `counts` is what is unread then, if the lines held do not tell. With
   * `anew` the place is entered, and the line of new messages goes where reading ended.
   */
  | {
      readonly kind: 'read';
      readonly room: string;
      readonly seq: number;
      readonly counts?: Counts;
      readonly anew?: boolean;
    }
  | { readonly kind: 'text'; readonly change: Partial<TextState> };

export function reduceText(state: State, event: TextEvent): State {
  switch (event.kind) {
    case 'messages':
      return withRoom(state, event.room, (room) => received(room, event, state));
    case 'page':
      return withRoom(state, event.room, (room) => seen(paged(room, event), state, false));
    case 'window':
      return withRoom(state, event.room, (room) => seen(windowed(room, event), state, false));
    case 'emptied':
      return withRoom(state, event.room, emptied);
    case 'changed':
      return withRoom(state, event.room, (room) => changed(room, event.line, state));
    case 'posted':
      return withRoom(state, event.room, (room) => posted(room, event.line, state));
    case 'unposted':
      return withRoom(state, event.room, (room) => unposted(room, event.id));
    case 'place':
      return withRoom(state, event.room, (room) => ({ ...room, ...event.change }));
    case 'peer':
      return { ...state, rooms: state.rooms.map((room) => withPeer(room, event.key, event.change)) };
    case 'read':
      return withRoom(state, event.room, (room) => readUpTo(room, event, state));
    case 'text':
      return withText(state, event.change);
    default:
      return assertNever(event);
  }
}

/** Changes one place, which is made if it is new. The first room is the one shown. */
export function withRoom(state: State, name: string, change: (room: RoomState) => RoomState): State {
  const known = state.rooms.some((room) => room.name === name);
  const rooms = known ? state.rooms : [...state.rooms, newRoom(name)];
  return {
    ...state,
    rooms: rooms.map((room) => (room.name === name ? change(room) : room)),
    // Somebody who writes to us does not take the screen.
    current: state.current ?? (isDirect(name) ? null : name),
    voiceRoom: state.voiceRoom ?? (isDirect(name) ? null : name),
  };
}

/** A place comes to be shown: what is in it is read now, and the line of new messages stands where that begins. */
export function shown(state: State, name: string, stays = state.current === name): State {
  const voiceRoom = isDirect(name) ? state.voiceRoom : name;
  const next = withRoom(state, name, (room) => (stays ? room : { ...room, readTo: room.marker, jump: null }));
  const now = { ...next, current: name, voiceRoom };
  return withRoom(now, name, (room) => seen(room, now, false));
}

/** What is unread in these lines after a seq. */
export function countUnread(room: RoomState, after: number, state: State): Counts {
  let unread = 0;
  let mentions = 0;
  for (const line of room.lines) {
    if (line.kind !== 'message' || !countsAsUnread(line, room, after, state)) continue;
    unread++;
    if (isMention(line, room)) mentions++;
  }
  return { unread, mentions };
}

function countsAsUnread(line: MessageLine, room: RoomState, after: number, state: State): boolean {
  return (
    line.seq !== null &&
    line.seq > after &&
    !line.deleted &&
    !isOwn(line, state) &&
    !isHidden(line, room, state)
  );
}

/** Whether we wrote it, by key where the station tells keys. */
export function isOwn(line: Pick<MessageLine, 'from' | 'key'>, { self }: Pick<State, 'self'>): boolean {
  return line.key !== undefined && self.key !== undefined ? line.key === self.key : line.from === self.name;
}

/** In a conversation everything is meant for us. */
function isMention(line: MessageLine, room: RoomState): boolean {
  return room.kind === 'direct' || line.mention === true;
}

type Received = Extract<TextEvent, { kind: 'messages' }>;

function received(room: RoomState, event: Received, state: State): RoomState {
  const { messages, live = false } = event;
  const after = Math.max(room.lastSeq, room.marker);
  const fresh = messages.filter((line) => countsAsUnread(line, room, after, state));
  const next = {
    ...attached(room, messages, event.older),
    lastSeq: Math.max(room.lastSeq, ...messages.map(({ seq }) => seq ?? 0)),
    unread: room.unread + fresh.length,
    mentions: room.mentions + fresh.filter((line) => isMention(line, room)).length,
  };
  return seen(next, state, live);
}

function changed(room: RoomState, line: MessageLine, state: State): RoomState {
  const lines = withChange(room.lines, line);
  const next = { ...room, lines };
  return coversUnread(next) ? { ...next, ...countUnread(next, room.marker, state) } : next;
}

/** One that is acknowledged while the window is elsewhere is found when that comes back. */
function posted(room: RoomState, line: MessageLine, state: State): RoomState {
  const { seq } = line;
  if (seq === null) {
    // Whoever writes has seen what was new.
    const readTo = state.current === room.name ? room.marker : room.readTo;
    return room.newer ? room : { ...withNewLine(room, line), readTo };
  }
  const last = lastSeq(room.lines);
  const elsewhere = room.newer || (last > 0 && seq > last + 1);
  const next = elsewhere ? unposted(room, line.id) : withNewLine(room, line);
  return seen({ ...next, lastSeq: Math.max(room.lastSeq, seq) }, state, true);
}

function withPeer(room: RoomState, key: string, change: Partial<Peer>): RoomState {
  return room.peer?.key === key ? { ...room, peer: { ...room.peer, ...change } } : room;
}

function readUpTo(room: RoomState, event: Extract<TextEvent, { kind: 'read' }>, state: State): RoomState {
  const { counts, anew = false } = event;
  const moves = event.seq > room.marker;
  if (!moves && !counts) return room;
  const marker = Math.max(room.marker, event.seq);
  const readTo = anew || room.name !== state.current ? Math.max(room.readTo, marker) : room.readTo;
  return { ...room, marker, readTo, ...(counts ?? countUnread(room, marker, state)) };
}

/**
 * What is in sight of somebody who looks is read. Of what is said meanwhile nothing is new, so the line of new messages
 * moves on with it unless it stands before something already.
 */
function seen(room: RoomState, state: State, live: boolean): RoomState {
  const { lastSeq: last, marker } = room;
  if (state.current !== room.name || !state.text.attentive || room.newer) return room;
  if (last <= marker && room.unread === 0) return room;
  const readTo = live && room.readTo >= marker ? Math.max(last, marker) : room.readTo;
  return { ...room, marker: Math.max(last, marker), readTo, unread: 0, mentions: 0 };
}

/** Whoever looks again reads what is there; whoever wants to read others reads other numbers. */
function withText(state: State, change: Partial<TextState>): State {
  const next = { ...state, text: { ...state.text, ...change } };
  const { current } = next;
  const returns = change.attentive === true && !state.text.attentive;
  return returns && current !== null && next.rooms.some(({ name }) => name === current)
    ? shown(next, current, false)
    : next;
}
