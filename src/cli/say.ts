/** `voipterm say`: posts text and ends once the station has all of it on disk. */
import { createInterface } from 'node:readline';
import { VoiptermError } from '../errors.ts';
import { MAX_BODY_BYTES } from '../net/control/schema.ts';
import type { Session } from '../session/session.ts';
import { type CommonOptions, openHeadless } from './context.ts';
import { escapeControls, shortened } from './escape.ts';
import { onStopSignal } from './signals.ts';
import { parseTarget } from './target.ts';
import { startHeadless } from './voice.ts';

export interface SayOptions extends CommonOptions {
  /** Seconds that the acknowledgements may take once all was read. */
  readonly timeout: number;
}

/** Lines read ahead of the acknowledgements: a pipe from a large file waits here instead of in memory. */
const MAX_AHEAD = 256;

/** Throws 'messages.unacknowledged' that names what the station did not take. */
export async function say(targetText: string, words: readonly string[], options: SayOptions): Promise<void> {
  const context = openHeadless(options);
  const target = parseTarget(targetText);
  const room = target.room ?? context.config.client.rooms[0] ?? 'lobby';
  const stop = onStopSignal();
  const session = await startHeadless(context, target, room);
  try {
    const refused: string[] = [];
    const all = readAll(session, room, messages(words), refused, options.timeout * 1000);
    await Promise.race([all, stop.requested]);
    const left = [...refused, ...session.unacknowledged.map((post) => post.text)];
    if (left.length > 0) throw unacknowledged(left, session);
  } finally {
    stop.dispose();
    await session.close();
  }
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
  refused: string[],
  timeoutMs: number,
): Promise<void> {
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue;
      if (Buffer.byteLength(line) > MAX_BODY_BYTES) refused.push(line);
      else session.do({ do: 'post', room, text: line });
      if (session.unacknowledged.length >= MAX_AHEAD) await fewerThan(session, MAX_AHEAD, timeoutMs);
    }
    await fewerThan(session, 1, timeoutMs);
  } catch (error) {
    // Out of time: the caller names what is left. Any other failure is the user's to mend.
    const late =
      error instanceof VoiptermError &&
      (error.code === 'control.timeout' || error.code === 'control.unreachable');
    if (!late) throw error;
  }
}

function fewerThan(session: Session, count: number, timeoutMs: number): Promise<void> {
  return session.until(() => session.unacknowledged.length < count, timeoutMs);
}

/** Texts that the error names; the rest is counted. */
const MAX_NAMED = 10;

function unacknowledged(texts: readonly string[], session: Session): VoiptermError {
  const named = texts.slice(0, MAX_NAMED).map((text) => `"${shortened(escapeControls(text), 60)}"`);
  const more = texts.length > MAX_NAMED ? ` and ${texts.length - MAX_NAMED} more` : '';
  const { link } = session.state;
  const why = link.at === 'offline' ? ` (${link.reason})` : '';
  return new VoiptermError(
    'messages.unacknowledged',
    `not acknowledged by the station${why}: ${named.join(', ')}${more}`,
  );
}
