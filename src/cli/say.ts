/** `voipterm say`: posts text and ends once the station has all of it on disk. */
import { createInterface } from 'node:readline';
import { VoiptermError } from '../errors.ts';
import { MAX_BODY_BYTES } from '../net/control/schema.ts';
import type { Session } from '../session/session.ts';
import { type CommonOptions, openHeadless, roomOf } from './context.ts';
import { escapeControls, shortened } from './escape.ts';
import { placeOf } from './place.ts';
import { putOut } from './put-out.ts';
import { onStopSignal } from './signals.ts';
import { startHeadless } from './voice.ts';

export interface SayOptions extends CommonOptions {
  /** Seconds that the acknowledgements may take once all was read. */
  readonly timeout: number;
}

/** Lines read ahead of the acknowledgements: a pipe from a large file waits here instead of in memory. */
const MAX_AHEAD = 256;

/** What came of it. */
interface Outcome {
  /** Texts that the station will never take. */
  readonly refused: string[];
  /** Why it did not take the last one that it did not take. */
  reason: string;
  /** All input was read. */
  complete: boolean;
}

/** Throws 'messages.unacknowledged' that names what the station did not take. */
export async function say(targetText: string, given: readonly string[], options: SayOptions): Promise<void> {
  const context = openHeadless(options);
  const { target, direct, words } = placeOf(targetText, given);
  const room = roomOf(context, target);
  const stop = onStopSignal();
  const outcome: Outcome = { refused: [], reason: '', complete: false };
  const session = await startHeadless(context, target, direct === null ? [room] : [], (error, post) => {
    outcome.reason = error.message;
    if (post) outcome.refused.push(post.text);
  });
  try {
    const timeoutMs = options.timeout * 1000;
    const all = placeIn(session, room, direct, timeoutMs).then((place) =>
      readAll(session, place, messages(words), outcome, timeoutMs),
    );
    await Promise.race([all, stop.requested, putOut(session)]);
    const left = [...outcome.refused, ...session.unacknowledged.map((post) => post.text)];
    if (left.length > 0) throw unacknowledged(left, outcome, session);
  } finally {
    stop.dispose();
    await session.close();
  }
}

/** The room, or the conversation with somebody, whom the station must know. */
async function placeIn(
  session: Session,
  room: string,
  direct: string | null,
  timeoutMs: number,
): Promise<string> {
  if (direct === null) return room;
  await session.until(({ link }) => link.at === 'online', timeoutMs, true);
  await session.act({ do: 'msg', name: direct, text: '' });
  return session.state.current ?? room;
}

/**
 * The words as one message, else each line of stdin as it comes. A generator, so that reading starts when somebody
 * listens: readline loses what it reads before.
 */
async function* messages(words: readonly string[]): AsyncGenerator<string> {
  if (words.length > 0) yield words.join(' ');
  else yield* createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
}

async function readAll(
  session: Session,
  room: string,
  lines: AsyncIterable<string>,
  outcome: Outcome,
  timeoutMs: number,
): Promise<void> {
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue;
      if (Buffer.byteLength(line) > MAX_BODY_BYTES) refuse(outcome, line);
      else session.do({ do: 'post', room, text: line });
      if (session.unacknowledged.length >= MAX_AHEAD) await fewerThan(session, MAX_AHEAD, timeoutMs);
    }
    outcome.complete = true;
    await fewerThan(session, 1, timeoutMs);
  } catch (error) {
    // Out of time: the caller names what is left. Any other failure is the user's to mend.
    const late =
      error instanceof VoiptermError &&
      (error.code === 'control.timeout' || error.code === 'control.unreachable');
    if (!late) throw error;
  }
}

function refuse(outcome: Outcome, line: string): void {
  outcome.refused.push(line);
  outcome.reason = `a message has at most ${MAX_BODY_BYTES} bytes`;
}

function fewerThan(session: Session, count: number, timeoutMs: number): Promise<void> {
  return session.until(() => session.unacknowledged.length < count, timeoutMs);
}

/** Texts that the error names; the rest is counted. */
const MAX_NAMED = 10;

function unacknowledged(
  texts: readonly string[],
  { reason, complete }: Outcome,
  session: Session,
): VoiptermError {
  const named = texts.slice(0, MAX_NAMED).map((text) => `"${shortened(escapeControls(text), 60)}"`);
  const more = texts.length > MAX_NAMED ? ` and ${texts.length - MAX_NAMED} more` : '';
  const unread = complete ? '' : '; what followed on stdin was not read';
  const { link } = session.state;
  const why = link.at === 'offline' ? link.reason : reason;
  return new VoiptermError(
    'messages.unacknowledged',
    `not acknowledged by the station${why && ` (${why})`}: ${named.join(', ')}${more}${unread}`,
  );
}
