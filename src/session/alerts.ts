/** Which messages are a reason to give a sign (a bell, a desktop notification) to somebody who looks elsewhere. Pure. */
import type { FileOffer } from './file-state.ts';
import { firstLine } from './first-line.ts';
import type { MessageLine } from './lines.ts';
import { isHidden } from './people.ts';
import { isDirect, placeWords } from './places.ts';
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
  if (why === undefined || line.deleted || isOwn(line, state) || isHidden(line, room, state))
    return undefined;
  return alertOf(state, now, {
    room: room.name,
    title: room.kind === 'direct' ? line.from : `${line.from} in ${placeWords(room.name)}`,
    text: firstLine((line.action ? `${line.from} ${line.text}` : line.text).trim(), ALERT_CHARS),
    why,
  });
}

/** The sign for a file that is offered: to us alone, or to a room where every message counts. */
export function offerAlert(
  { from, place, name }: Pick<FileOffer, 'from' | 'place' | 'name'>,
  state: State,
  notify: NotifyMode,
  now: number,
): TextAlert | undefined {
  const direct = isDirect(place);
  if (notify === 'off' || (notify === 'mentions' && !direct)) return undefined;
  return alertOf(state, now, {
    room: place,
    title: direct ? from : `${from} in ${placeWords(place)}`,
    text: firstLine(`offers the file ${name}`, ALERT_CHARS),
    why: direct ? 'direct' : 'message',
  });
}

/** Unless the user sees it anyway, or heard a sign a moment ago. */
function alertOf(state: State, now: number, what: Omit<TextAlert, 'serial' | 'at'>): TextAlert | undefined {
  const { alert, attentive } = state.text;
  const shown =
    state.current === what.room && !state.rooms.some(({ name, newer }) => name === what.room && newer);
  if (attentive && shown) return undefined;
  // Being called counts for more than that something was said.
  const called = what.why !== 'message' && alert?.why === 'message';
  if (alert && now - alert.at < ALERT_GAP_MS && now >= alert.at && !called) return undefined;
  return { serial: (alert?.serial ?? 0) + 1, at: now, ...what };
}

function whyOf(line: MessageLine, room: RoomState, notify: NotifyMode): TextAlert['why'] | undefined {
  if (notify === 'off') return undefined;
  if (room.kind === 'direct') return 'direct';
  if (line.mention) return 'mention';
  return notify === 'all' ? 'message' : undefined;
}
