/**
 * The lines of a room: acknowledged messages by seq, pending ones last, notices where they happened. At most MAX_LINES
 * of them, a window that slides over the whole room. Pure.
 */
import { firstLine } from './first-line.ts';
import { type Line, MAX_LINES } from './state.ts';
import type { Quote } from './text-state.ts';

export type MessageLine = Extract<Line, { kind: 'message' }>;

/** Characters of a quote: one row of a wide screen. */
const QUOTE_CHARS = 120;

/** Whether a message waits for the station. */
export const isPending = (line: Line): boolean => line.kind === 'message' && line.state === 'pending';

/** Adds a line in its place; one that is there already (pending, or heard twice) is replaced. The oldest give way. */
export function withLine(lines: readonly Line[], line: Line): Line[] {
  return newest(placed(lines, line));
}

/** Adds many messages. When it overflows, the oldest lines go. */
export function withMessages(lines: readonly Line[], messages: readonly MessageLine[]): Line[] {
  return newest(appended(lines, messages) ?? messages.reduce<readonly Line[]>(placed, lines));
}

/** A page that follows what is there, as most do, at once; undefined for any other. */
function appended(lines: readonly Line[], messages: readonly MessageLine[]): readonly Line[] | undefined {
  let last = lastSeq(lines);
  for (const { seq } of messages) {
    if (seq === null || seq <= last) return undefined;
    last = seq;
  }
  const settled = lines.length - trailingPending(lines);
  const ids = new Set(messages.map(({ id }) => id));
  return [...lines.slice(0, settled), ...messages, ...lines.slice(settled).filter(({ id }) => !ids.has(id))];
}

/** Adds a page before all lines. When it overflows, the newest lines go. */
export function withOlder(lines: readonly Line[], messages: readonly MessageLine[]): Line[] {
  return [...messages, ...lines].slice(0, MAX_LINES);
}

/**
 * What became of a message that is there: its new version takes its place, unless a newer one is known, and quotes of it
 * say the same.
 */
export function withChange(lines: readonly Line[], changed: MessageLine): readonly Line[] {
  const quote = quoteFrom(changed);
  return lines.map((line) => {
    if (line.kind !== 'message') return line;
    if (line.seq !== null && line.seq === changed.seq) return merged(line, changed);
    return line.replyTo === changed.seq && line.quote ? { ...line, quote } : line;
  });
}

/** The seq of the first message that has one; 0 without any. */
export function firstSeq(lines: readonly Line[]): number {
  for (const line of lines) if (line.kind === 'message' && line.seq !== null) return line.seq;
  return 0;
}

/** The seq of the last message that has one; 0 without any. */
export function lastSeq(lines: readonly Line[]): number {
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at];
    if (line?.kind === 'message' && line.seq !== null) return line.seq;
  }
  return 0;
}

/** The beginning of a message, for those that answer it. */
export function quoteFrom({ from, text }: Pick<MessageLine, 'from' | 'text'>): Quote {
  return { from, text: firstLine(text, QUOTE_CHARS) };
}

/** What a message answers, as the lines have it now, else as it was when it came; undefined if it answers none. */
export function quoteOf(lines: readonly Line[], line: MessageLine): Quote | undefined {
  if (line.replyTo === undefined) return undefined;
  const original = messageAt(lines, line.replyTo);
  return original ? quoteFrom(original) : line.quote;
}

/** The message with a seq, if it is among the lines. */
export function messageAt(lines: readonly Line[], seq: number): MessageLine | undefined {
  const found = lines.findLast((line) => line.kind === 'message' && line.seq === seq);
  return found?.kind === 'message' ? found : undefined;
}

/** The newest that there is room for: these, as a page of older ones is a key away. */
function newest(lines: readonly Line[]): Line[] {
  return lines.slice(-MAX_LINES);
}

function placed(lines: readonly Line[], line: Line): readonly Line[] {
  if (line.kind === 'message' && line.seq !== null) return withSettled(lines, line);
  if (isPending(line) && lines.some(({ id }) => id === line.id))
    return lines.map((other) => (other.id === line.id ? line : other));
  if (isPending(line)) return [...lines, line];
  // A notice goes before what still waits, so that waiting messages stay together at the end.
  const others = line.kind === 'message' ? lines.filter(({ id }) => id !== line.id) : lines;
  return inserted(others, others.length - trailingPending(others), line);
}

/** An acknowledged message: after all others most of the time, so this is looked at first. */
function withSettled(lines: readonly Line[], line: MessageLine): readonly Line[] {
  const seq = line.seq ?? 0;
  // Waiting until now: it gets its place.
  const others = lines.some((other) => isPending(other) && other.id === line.id)
    ? lines.filter(({ id }) => id !== line.id)
    : lines;
  if (lastSeq(others) < seq) return inserted(others, others.length - trailingPending(others), line);
  const at = others.findIndex((other) => other.kind === 'message' && other.seq !== null && other.seq >= seq);
  const there = others[at];
  if (there?.kind !== 'message' || there.seq !== seq) return inserted(others, at, line);
  return others.map((other, index) => (index === at ? merged(there, line) : other));
}

/** Of two copies of a message the one with the higher revision; of the same, all that either knows. */
function merged(held: MessageLine, came: MessageLine): MessageLine {
  const step = (came.revision ?? 0) - (held.revision ?? 0);
  // Another message under the number: the station lost its history and began anew.
  if (held.id !== came.id) return came;
  if (step < 0) return held;
  return step > 0 ? { ...keyOf(held), ...came } : { ...held, ...came };
}

function keyOf({ key }: MessageLine): Pick<MessageLine, 'key'> {
  return key === undefined ? {} : { key };
}

function inserted(lines: readonly Line[], at: number, line: Line): readonly Line[] {
  return [...lines.slice(0, at), line, ...lines.slice(at)];
}

function trailingPending(lines: readonly Line[]): number {
  let count = 0;
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at];
    if (!line || !isPending(line)) break;
    count++;
  }
  return count;
}
