/** Reading a room's history from a station in pages. */
import { VoiptermError } from '../errors.ts';
import type { Answer, Ask, Message, Method } from '../net/control/schema.ts';
import { MAX_HISTORY_PAGE } from '../net/control/schema.ts';

/** How a page is asked for; TunnelClient.call fits. */
export type Caller = <M extends Method>(method: M, ask: Ask<M>) => Promise<Answer<M>>;

/** Wait before asking on when the station says that it was too much at once, ms. */
const TOO_FAST_MS = 1000;

/** Every message of a room after `after`, page by page, in order, as fast as the station allows. */
export async function* historyAfter(call: Caller, room: string, after: number): AsyncGenerator<Message[]> {
  for (let from = after; ; ) {
    const { messages, more } = await patiently(() =>
      call('room.history', { room, after: from, limit: MAX_HISTORY_PAGE }),
    );
    if (messages.length > 0) yield messages;
    const last = messages.at(-1);
    if (!more || !last || last.seq <= from) return;
    from = last.seq;
  }
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof VoiptermError && error.code === 'control.limit')) throw error;
      await new Promise((resolve) => setTimeout(resolve, TOO_FAST_MS));
    }
  }
}

/** The last `count` messages of a room (at most MAX_HISTORY_PAGE), and whether older ones exist. */
export function lastPage(call: Caller, room: string, before?: number): Promise<Answer<'room.history'>> {
  return call('room.history', { room, limit: MAX_HISTORY_PAGE, ...(before === undefined ? {} : { before }) });
}

/**
 * A room's messages up to `lastSeq`, page by page, in order: from a place (`after`) or a time (ms since 1970) on, or
 * from the start; of these the last `count`, if it is given.
 */
export async function* roomHistory(
  call: Caller,
  room: string,
  since: { readonly after: number } | { readonly time: number } | undefined,
  count: number | undefined,
  lastSeq: number,
): AsyncGenerator<Message[]> {
  let after =
    since === undefined
      ? 0
      : 'after' in since
        ? since.after
        : await seqBefore(call, room, since.time, lastSeq);
  if (count !== undefined) after = Math.max(after, lastSeq - count);
  for await (const messages of historyAfter(call, room, after)) yield messages;
}

/** The seq of the last message before a time. */
async function seqBefore(call: Caller, room: string, time: number, lastSeq: number): Promise<number> {
  const { messages } = await call('room.history', { room, since: time, limit: 1 });
  const first = messages[0];
  return first ? first.seq - 1 : lastSeq;
}
