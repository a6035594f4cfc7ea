/** One line of a room as one printed line. Pure. */
import type { Line, RoomState } from '../../session/state.ts';
import { cleanLine, cleanLines } from '../clean-text.ts';

type Message = Extract<Line, { kind: 'message' }>;

/** Between the lines of one message: each event is one line. */
const LINE_BREAK = ' / ';

/** "#lobby", or "@bob" for a conversation. */
export function placeWords({ name, kind, peer }: Pick<RoomState, 'name' | 'kind' | 'peer'>): string {
  return kind === 'direct' ? `@${cleanLine(peer?.name ?? name.replace(/^@/, ''))}` : `#${cleanLine(name)}`;
}

/** "#lobby ada: good morning". */
export function messageWords(place: string, line: Message): string {
  const from = cleanLine(line.from);
  if (line.deleted) return `${place} ${from} deleted a message`;
  const text = bodyOf(line);
  if (line.edited !== undefined) return `${place} ${from} changed a message to: ${text}`;
  if (line.action) return `${place} * ${from} ${text}`;
  const quote = line.quote ? ` answers ${cleanLine(line.quote.from)}` : '';
  return `${place} ${from}${quote}${line.mention ? ' (mentions you)' : ''}: ${text}`;
}

/** The same with its time before it: what was said before we came. */
export function earlierWords(place: string, line: Message, today: Date): string {
  const date = new Date(line.at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const day =
    date.toDateString() === today.toDateString()
      ? ''
      : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} `;
  return `${day}${time} ${messageWords(place, line)}`;
}

export function noticeWords(place: string, text: string, isCurrent: boolean): readonly string[] {
  // A list (/who, /rooms) is a line for each of its rows.
  return cleanLines(text)
    .filter((row) => row.trim() !== '')
    .map((row) => (isCurrent ? `* ${row}` : `* ${place} ${row}`));
}

function bodyOf({ text }: Message): string {
  return cleanLines(text)
    .filter((row) => row.trim() !== '')
    .join(LINE_BREAK);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
