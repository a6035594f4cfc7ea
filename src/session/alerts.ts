/** Which messages are a reason to give a sign (a bell, a desktop notification) to somebody who looks elsewhere. Pure. */
import type { FileOffer } from './file-state.ts';
import { firstLine } from './first-line.ts';
import type { MessageLine } from './lines.ts';
import { isHidden } from './people.ts';
import { currentRoom, isDirect, placeWords } from './places.ts';
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
  if (line.deleted || isOwn(line, state) || isHidden(line, room, state)) return undefined;
  const text = (line.action ? `${line.from} ${line.text}` : line.text).trim();
  return alertOf(state, now, whyOf(room.name, line.mention === true, notify), {
    ...line,
    place: room.name,
    text,
  });
}

/** The sign for a file that is offered: to us alone, or to a room where every message counts. */
export function offerAlert(
  { from, place, name }: Pick<FileOffer, 'from' | 'place' | 'name'>,
  state: State,
  notify: NotifyMode,
  now: number,
): TextAlert | undefined {
  const text = `offers the file ${name}`;
  return alertOf(state, now, whyOf(place, false, notify), { from, place, text });
}

/** Unless it is no reason, the user sees it anyway, or heard a sign a moment ago. */
function alertOf(
  state: State,
  now: number,
  why: TextAlert['why'] | undefined,
  { from, place, text }: { readonly from: string; readonly place: string; readonly text: string },
): TextAlert | undefined {
  const { alert, attentive } = state.text;
  const room = currentRoom(state);
  const seen = attentive && room?.name === place && !room.newer;
  if (why === undefined || seen) return undefined;
  // Being called counts for more than that something was said.
  const called = why !== 'message' && alert?.why === 'message';
  if (alert && now - alert.at < ALERT_GAP_MS && now >= alert.at && !called) return undefined;
  return {
    serial: (alert?.serial ?? 0) + 1,
    room: place,
    at: now,
    title: isDirect(place) ? from : `${from} in ${placeWords(place)}`,
    text: firstLine(text, ALERT_CHARS),
    why,
  };
}

function whyOf(place: string, mention: boolean, notify: NotifyMode): TextAlert['why'] | undefined {
  if (notify === 'off') return undefined;
  if (isDirect(place)) return 'direct';
  if (mention) return 'mention';
  return notify === 'all' ? 'message' : undefined;
}
