/** The lines of a place as they are drawn: those that are to be read, with a mark before what is new. Pure, with a memo. */
import { type Eyes, readableLines } from '../session/people.ts';
import type { Line, RoomState } from '../session/state.ts';
import { NEW_MARK } from './chat-rows.ts';

/** What was made of the same lines last. */
const made = new WeakMap<
  readonly Line[],
  { readonly readTo: number; readonly older: boolean; readonly lines: readonly Line[] }
>();

/** The same array as long as nothing changed. */
export function shownLines(
  room: RoomState,
  eyes: Eyes & { readonly self: { readonly name: string } },
): readonly Line[] {
  const lines = readableLines(room, eyes);
  const { readTo, older } = room;
  const known = made.get(lines);
  if (known && known.readTo === readTo && known.older === older) return known.lines;
  const marked = withMark(lines, readTo, older, eyes.self.name);
  made.set(lines, { readTo, older, lines: marked });
  return marked;
}

/** Before the first message after `readTo`, if others wrote anything since; not where all is new, or it began before these lines. */
function withMark(lines: readonly Line[], readTo: number, older: boolean, self: string): readonly Line[] {
  if (readTo === 0) return lines;
  const isNew = (line: Line | undefined): boolean =>
    line?.kind === 'message' && line.seq !== null && line.seq > readTo;
  // New lines are the last ones, mostly few.
  let first = lines.length;
  while (first > 0 && !isOld(lines[first - 1], readTo)) first--;
  while (first < lines.length && !isNew(lines[first])) first++;
  const next = lines[first];
  const fromOthers = lines
    .slice(first)
    .some((line) => isNew(line) && line.kind === 'message' && line.from !== self);
  if (!next || !fromOthers || (first === 0 && older)) return lines;
  const mark: Line = { kind: 'notice', id: NEW_MARK, at: next.at, text: '' };
  return [...lines.slice(0, first), mark, ...lines.slice(first)];
}

function isOld(line: Line | undefined, readTo: number): boolean {
  return line?.kind === 'message' && line.seq !== null && line.seq <= readTo;
}
