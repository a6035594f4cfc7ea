import { describe, expect, it, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import type { Message } from '../../src/net/control/schema.ts';
import { MAX_HISTORY_PAGE } from '../../src/net/control/schema.ts';
import type { Caller } from '../../src/session/history.ts';
import { RoomSync } from '../../src/session/room-sync.ts';

const message = (seq: number): Message => ({
  room: 'lobby',
  seq,
  id: `${seq}`,
  from: 'ann',
  at: seq,
  type: 'text/plain',
  body: '',
});

/** A station with `count` messages; history requests are counted. */
function room(count: number, held: number, everything = false) {
  const all = Array.from({ length: count }, (_, n) => message(n + 1));
  const taken: number[] = [];
  const asked: unknown[] = [];
  let refusals = 0;
  const call = (async (_method: string, ask: { after?: number; limit: number }) => {
    asked.push(ask);
    if (refusals-- > 0) throw new VoiptermError('control.limit', 'too much at once');
    const after = ask.after;
    const fitting =
      after === undefined ? all.slice(-ask.limit) : all.filter((m) => m.seq > after).slice(0, ask.limit);
    return {
      messages: fitting,
      more: after === undefined ? all.length > ask.limit : fitting.length === ask.limit,
    };
  }) as Caller;
  const errors: unknown[] = [];
  const sync = new RoomSync({
    room: 'lobby',
    held,
    everything,
    call,
    onMessages: (messages) => taken.push(...messages.map((m) => m.seq)),
    onError: (error) => errors.push(error),
  });
  const say = (): Message => {
    all.push(message(all.length + 1));
    return all.at(-1)!;
  };
  const refuseNext = (times: number): void => {
    refusals = times;
  };
  return { sync, taken, asked, say, errors, refuseNext };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe('keeping a room complete', () => {
  it('reads the newest page at the first visit', async () => {
    const { sync, taken } = room(300, 0);
    await sync.joined(300);
    expect(taken).toEqual(range(300 - MAX_HISTORY_PAGE + 1, 300));
  });

  it('reads all that was missed at the next', async () => {
    const { sync, taken } = room(300, 10);
    await sync.joined(300);
    expect(taken).toEqual(range(11, 300));
  });

  it('reads everything where that is wanted, also from the first message on', async () => {
    const { sync, taken } = room(300, 0, true);
    await sync.joined(300);
    expect(taken).toEqual(range(1, 300));
  });

  it('reads as fast as the station allows', async () => {
    vi.useFakeTimers();
    try {
      const { sync, taken, asked, refuseNext } = room(300, 1);
      refuseNext(2);
      const reading = sync.joined(300);
      await vi.advanceTimersByTimeAsync(999);
      expect([asked.length, taken]).toEqual([1, []]);
      await vi.advanceTimersByTimeAsync(1001);
      await reading;
      expect(taken).toEqual(range(2, 300));
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks nothing when nothing was missed', async () => {
    const { sync, asked } = room(10, 10);
    await sync.joined(10);
    expect(asked).toEqual([]);
  });

  it('takes live messages in order, and each once', () => {
    const { sync, taken, say } = room(2, 2);
    const third = say();
    sync.live(third);
    sync.live(third);
    sync.live(say());
    expect(taken).toEqual([3, 4]);
  });

  it('reads what lies between before a live message that does not follow', async () => {
    const { sync, taken, say } = room(2, 2);
    say();
    say();
    sync.live(say());
    await sync.joined(5);
    expect(taken).toEqual([3, 4, 5]);
  });

  it('does not lose what is said while it reads', async () => {
    const { sync, taken, say } = room(200, 1);
    const reading = sync.joined(200);
    sync.live(say());
    await reading;
    expect(taken).toEqual(range(2, 201));
  });

  it('leaves an acknowledged post to the history when others come before it', async () => {
    const { sync, taken, say } = room(2, 2);
    expect(sync.acknowledged(say().seq)).toBe(true);
    say();
    expect(sync.acknowledged(say().seq)).toBe(false);
    await sync.joined(5);
    expect(taken).toEqual([4, 5]);
    expect(sync.held).toBe(5);
  });

  it('starts anew at a station whose history did', async () => {
    const { sync, taken } = room(3, 50);
    await sync.joined(3);
    expect(taken).toEqual([1, 2, 3]);
  });
});
