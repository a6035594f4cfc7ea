/**
 * The window of lines that a room keeps of all that was said there: what comes is added where it follows, pages at either
 * end make it slide. Pure.
 */
import {
  firstSeq,
  isPending,
  lastSeq,
  type MessageLine,
  withLine,
  withMessages,
  withOlder,
} from './lines.ts';
import { newRoom } from './places.ts';
import type { Line, RoomState } from './state.ts';

/** A page that follows the lines held, at their begin or their end; `more` says whether others are behind it. */
export interface Page {
  readonly side: 'older' | 'newer';
  readonly messages: readonly MessageLine[];
  readonly more: boolean;
}

/** Other lines instead of those held. With `jump` one of them is to be shown. */
export interface Window {
  readonly messages: readonly MessageLine[];
  readonly older: boolean;
  readonly newer: boolean;
  readonly jump?: number;
}

/**
 * Takes into the window what follows it without a gap. Where something is missing before newer messages, the window goes
 * to them: what is between is a page of history. What lies elsewhere is left out.
 */
export function attached(
  room: RoomState,
  messages: readonly MessageLine[],
  older: boolean | undefined,
): RoomState {
  const first = firstSeq(room.lines);
  const last = lastSeq(room.lines);
  const begin = messages[0]?.seq ?? 0;
  const end = messages.at(-1)?.seq ?? 0;
  if (messages.length === 0) return { ...room, older: older ?? room.older };
  if (first === 0 || begin > last + 1) return room.newer ? room : restarted(room, messages, older);
  if (end < first - 1) return room;
  const fitting = room.newer ? messages.filter(({ seq }) => (seq ?? 0) <= last) : messages;
  const lines = withMessages(room.lines, fitting);
  const lowest = Math.min(first, begin);
  const said = begin < first && older !== undefined ? older : room.older;
  return { ...room, lines, older: said || firstSeq(lines) > lowest };
}

/** The messages instead of those held. What still waits, and what was noticed where nothing was said yet, stays. */
function restarted(room: RoomState, messages: readonly MessageLine[], older: boolean | undefined): RoomState {
  const empty = firstSeq(room.lines) === 0;
  const kept = empty ? room.lines : room.lines.filter(isPending);
  const lines = withMessages(kept, messages);
  const begin = messages[0]?.seq ?? 0;
  const cut = firstSeq(lines) > begin;
  // Where nobody said, there is more before anything but the first message.
  return { ...room, lines, older: cut || !empty || (older ?? (room.older || begin > 1)) };
}

/** A page that does not follow, as the window has moved meanwhile, is left out. */
export function paged(room: RoomState, { side, messages, more }: Page): RoomState {
  if (messages.length === 0) return { ...room, [side]: more };
  return side === 'older' ? pagedBack(room, messages, more) : pagedOn(room, messages, more);
}

function pagedBack(room: RoomState, messages: readonly MessageLine[], more: boolean): RoomState {
  if (messages.at(-1)?.seq !== firstSeq(room.lines) - 1) return room;
  const lines = withOlder(room.lines, messages);
  const newer = room.newer || lastSeq(lines) < lastSeq(room.lines);
  return { ...room, lines: newer ? lines.filter((line) => !isPending(line)) : lines, older: more, newer };
}

function pagedOn(room: RoomState, messages: readonly MessageLine[], more: boolean): RoomState {
  if (messages[0]?.seq !== lastSeq(room.lines) + 1) return room;
  const lines = withMessages(room.lines, messages);
  const older = room.older || firstSeq(lines) > firstSeq(room.lines);
  return { ...room, lines, older, newer: more, lastSeq: Math.max(room.lastSeq, lastSeq(lines)) };
}

export function windowed(room: RoomState, { messages, older, newer, jump }: Window): RoomState {
  return {
    ...room,
    lines: withMessages([], messages),
    older,
    newer,
    lastSeq: Math.max(room.lastSeq, messages.at(-1)?.seq ?? 0),
    jump: jump === undefined ? room.jump : { seq: jump, serial: (room.jump?.serial ?? 0) + 1 },
  };
}

/** Nothing of what the station had is there any more. What still waits for it stays. */
export function emptied(room: RoomState): RoomState {
  const { name, joined, topic, peer, members, lines } = room;
  const waiting = lines.filter((line) => line.kind !== 'message' || line.seq === null);
  return { ...newRoom(name), joined, topic, peer, members, lines: waiting };
}

/** Adds a line; the oldest give way. */
export function withNewLine(room: RoomState, line: Line): RoomState {
  const lines = withLine(room.lines, line);
  const first = firstSeq(room.lines);
  return { ...room, lines, older: room.older || (first > 0 && firstSeq(lines) !== first) };
}

/** Without a message of ours that waits. */
export function unposted(room: RoomState, id: string): RoomState {
  return {
    ...room,
    lines: room.lines.filter((line) => line.id !== id || line.kind !== 'message' || line.seq !== null),
  };
}

/** Whether the lines held tell what is unread. */
export function coversUnread({
  lines,
  marker,
  newer,
}: Pick<RoomState, 'lines' | 'marker' | 'newer'>): boolean {
  return !newer && firstSeq(lines) <= marker + 1;
}
