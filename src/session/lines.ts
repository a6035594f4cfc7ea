/** The lines of a room: acknowledged messages by seq, pending ones last, notices where they happened. Pure. */
import { type Line, MAX_LINES } from './state.ts';

type MessageLine = Extract<Line, { kind: 'message' }>;

const isPending = (line: Line): boolean => line.kind === 'message' && line.seq === null;

/** Adds a line in its place; a message whose id is there already (pending, or heard twice) is replaced. */
export function withLine(lines: readonly Line[], line: Line): Line[] {
  const others = lines.filter((other) => other.id !== line.id);
  const at = line.kind === 'message' && line.seq !== null ? placeOf(others, line.seq) : others.length;
  // A notice goes before what still waits, so that waiting messages stay together at the end.
  const index = line.kind === 'notice' ? others.length - trailingPending(others) : at;
  return [...others.slice(0, index), line, ...others.slice(index)].slice(-MAX_LINES);
}

/** Adds many messages, as a page of history. When it overflows, the oldest lines go. */
export function withMessages(lines: readonly Line[], messages: readonly MessageLine[]): readonly Line[] {
  return messages.reduce<readonly Line[]>((held, message) => withLine(held, message), lines);
}

/** Before the first message with a higher seq, else before the waiting ones. */
function placeOf(lines: readonly Line[], seq: number): number {
  const higher = lines.findIndex((line) => line.kind === 'message' && line.seq !== null && line.seq > seq);
  return higher === -1 ? lines.length - trailingPending(lines) : higher;
}

function trailingPending(lines: readonly Line[]): number {
  const lastSettled = lines.findLastIndex((line) => !isPending(line));
  return lines.length - 1 - lastSettled;
}
