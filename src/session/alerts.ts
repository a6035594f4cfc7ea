/** Which messages are a reason to give a sign (a bell, a desktop notification) to somebody who looks elsewhere. Pure. */
import { firstLine } from './first-line.ts';
import type { MessageLine } from './lines.ts';
import { isHidden } from './people.ts';
import { placeWords } from './places.ts';
import { isOwn } from './reduce-text.ts';
import type { RoomState, State } from './state.ts';
import type { TextAlert } from './text-state.ts';

/** What a sign is given for. */
export const NOTIFY_MODES = ['mentions', 'all', 'off'] as const;
export type NotifyMode = (typeof NOTIFY_MODES)[number];

/** One sign in this time, ms: somebody who is called ten times in a row was called. */
export const ALERT_GAP_MS = 3000;
/** Characters of the text that a sign shows. */
const ALERT_CHARS = 160;

/** The sign for a message that was said just now, or undefined for none. `now` is our clock, ms. */
export function alertFor(
  line: MessageLine,
  room: RoomState,
  state: State,
  notify: NotifyMode,
  now: number,
): TextAlert | undefined {
  const why = whyOf(line, room, notify);
  const { alert, attentive } = state.text;
  if (why === undefined || line.deleted || isOwn(line, state) || isHidden(line, room, state))
    return undefined;
  if (attentive && state.current === room.name && !room.newer) return undefined;
  // Being called counts for more than that something was said.
  const called = why !== 'message' && alert?.why === 'message';
  if (alert && now - alert.at < ALERT_GAP_MS && now >= alert.at && !called) return undefined;
  return {
    serial: (alert?.serial ?? 0) + 1,
    room: room.name,
    at: now,
    title: room.kind === 'direct' ? line.from : `${line.from} in ${placeWords(room.name)}`,
    text: firstLine((line.action ? `${line.from} ${line.text}` : line.text).trim(), ALERT_CHARS),
    why,
  };
}

function whyOf(line: MessageLine, room: RoomState, notify: NotifyMode): TextAlert['why'] | undefined {
  if (notify === 'off') return undefined;
  if (room.kind === 'direct') return 'direct';
  if (line.mention) return 'mention';
  return notify === 'all' ? 'message' : undefined;
}
