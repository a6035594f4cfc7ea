/** The jitter buffer: order, concealment, bounds and wrap-around, by properties and by single cases. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JitterBuffer, MAX_CONCEALMENTS, type Pulled, STANDING_FRAMES } from '../../src/audio/jitter.ts';
import type { VoiceFrame } from '../../src/net/protocol/rtp.ts';

const SEED = 20260;
const DELAY_MS = 100;

function frame(n: number, changes: Partial<VoiceFrame> = {}): VoiceFrame {
  return {
    seq: n & 0xffff,
    timestamp: (n * 960) >>> 0,
    ssrc: 1,
    marker: false,
    last: false,
    level: 30,
    payload: Uint8Array.of(0xf8),
    ...changes,
  };
}

interface Arrival {
  readonly frame: VoiceFrame;
  readonly atMs: number;
}

/** Plays arrivals through a buffer with a tick every 20 ms; returns what each tick gave, idle ticks left out. */
function play(arrivals: readonly Arrival[], buffer = new JitterBuffer(DELAY_MS), ticks = 120) {
  const queue = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  const pulled: Exclude<Pulled, { kind: 'idle' }>[] = [];
  let mostHeld = 0;
  for (let tick = 0; tick < ticks; tick++) {
    const nowMs = tick * 20;
    while (queue[0] && queue[0].atMs <= nowMs) {
      const { frame: one, atMs } = queue.shift()!;
      buffer.push(one, atMs);
      mostHeld = Math.max(mostHeld, buffer.held);
    }
    const result = buffer.pull(nowMs);
    if (result.kind !== 'idle') pulled.push(result);
  }
  return { buffer, pulled, mostHeld };
}

const timestampOf = (one: Exclude<Pulled, { kind: 'idle' }>): number =>
  one.kind === 'packet' ? one.frame.timestamp : one.timestamp;

/** A spurt of n frames from frame number `start`, each as late as the list says, the last one marked. */
function spurt(start: number, delaysMs: readonly number[]): Arrival[] {
  return delaysMs.map((delayMs, i) => ({
    frame: frame(start + i, { last: i === delaysMs.length - 1 }),
    atMs: i * 20 + delayMs,
  }));
}

/** Frame numbers, some of which make sequence numbers and timestamps wrap around within a spurt. */
const starts = fc.oneof(
  fc.constantFrom(0, 0xffff - 3, Math.floor(2 ** 32 / 960) - 3, Math.floor(2 ** 31 / 960) - 3),
  fc.nat(2 ** 22),
);

describe('properties', () => {
  test('whatever order frames come in within the delay, all are played, in order, and none is concealed', () => {
    const delays = fc.array(fc.double({ min: 0, max: DELAY_MS, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(starts, delays, (start, delaysMs) => {
        const { pulled, buffer } = play(spurt(start, delaysMs));
        expect(pulled.map(timestampOf)).toEqual(delaysMs.map((_, i) => ((start + i) * 960) >>> 0));
        expect(pulled.every((one) => one.kind === 'packet')).toBe(true);
        expect(buffer.counters).toEqual({
          received: delaysMs.length,
          played: delaysMs.length,
          concealed: 0,
          late: 0,
          dropped: 0,
        });
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('k frames lost within a spurt are exactly k concealments, in their places', () => {
    const losses = fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }).filter((lost) => {
      const text = lost.map((one) => (one ? 'x' : '.')).join('');
      return !text.includes('x'.repeat(MAX_CONCEALMENTS)); // that many in a row end the spurt
    });
    fc.assert(
      fc.property(starts, losses, (start, lost) => {
        const all = spurt(start, [0, ...lost.map(() => 0), 0]);
        const arrived = all.filter((_, i) => !lost[i - 1]);
        const { pulled, buffer } = play(arrived);
        expect(pulled.map((one) => one.kind)).toEqual(
          all.map((_, i) => (lost[i - 1] ? 'conceal' : 'packet')),
        );
        expect(pulled.map(timestampOf)).toEqual(all.map((one) => one.frame.timestamp));
        const k = lost.filter(Boolean).length;
        expect(buffer.counters.concealed).toBe(k);
        expect(buffer.lost).toBe(k);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('nothing makes it hold more than its bound, and every frame is accounted for', () => {
    const arrivals = fc.array(
      fc.record({
        n: fc.integer({ min: 0, max: 300 }),
        atMs: fc.nat(2000),
        jump: fc.constantFrom(0, 0, 0, 2 ** 20),
      }),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(arrivals, (list) => {
        const { buffer, mostHeld, pulled } = play(
          list.map(({ n, atMs, jump }) => ({ frame: frame(n + jump), atMs })),
        );
        expect(mostHeld).toBeLessThanOrEqual(buffer.capacity);
        const { received, played, late, dropped, concealed } = buffer.counters;
        expect(played + late + dropped + buffer.held).toBe(received);
        expect(pulled.length).toBe(played + concealed);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('duplicates are dropped, never played twice', () => {
    const copies = fc.array(fc.tuple(fc.nat(3), fc.nat(150)), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(starts, copies, (start, list) => {
        const first = spurt(
          start,
          list.map(() => 0),
        );
        const extra = first.flatMap((one, i) =>
          Array.from({ length: list[i]![0] }, () => ({ ...one, atMs: one.atMs + list[i]![1] })),
        );
        const { pulled, buffer } = play([...first, ...extra]);
        expect(pulled.map(timestampOf)).toEqual(first.map((one) => one.frame.timestamp));
        expect(buffer.counters).toMatchObject({ played: first.length, dropped: extra.length, late: 0 });
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

test('the first frame of a spurt is played the delay after it came, and one frame a tick from there', () => {
  const buffer = new JitterBuffer(60);
  buffer.push(frame(10), 7);
  buffer.push(frame(11, { last: true }), 27);
  expect(buffer.pull(60).kind).toBe('idle');
  expect(buffer.pull(67)).toMatchObject({ kind: 'packet', receivedMs: 7 });
  expect(buffer.pull(87)).toMatchObject({ kind: 'packet', receivedMs: 27 });
  expect(buffer.pull(107).kind).toBe('idle');
  expect(buffer.active).toBe(false);
});

test('an earlier frame that comes second begins the spurt earlier by its length', () => {
  const buffer = new JitterBuffer(60);
  buffer.push(frame(11), 20);
  buffer.push(frame(10), 25);
  expect(buffer.pull(59).kind).toBe('idle');
  expect(buffer.pull(60)).toMatchObject({ frame: { seq: 10 } });
  expect(buffer.pull(80)).toMatchObject({ frame: { seq: 11 } });
});

test('five concealments in a row end the spurt; what comes then begins a new one', () => {
  const buffer = new JitterBuffer(40);
  buffer.push(frame(1), 0);
  const kinds = [40, 60, 80, 100, 120, 140, 160].map((ms) => buffer.pull(ms).kind);
  expect(kinds).toEqual(['packet', ...Array(5).fill('conceal'), 'idle']);
  buffer.push(frame(20), 400);
  expect(buffer.pull(430).kind).toBe('idle');
  expect(buffer.pull(440)).toMatchObject({ frame: { seq: 20 } });
  expect(buffer.counters.concealed).toBe(5);
});

test('a frame whose moment was concealed is late, also after the spurt', () => {
  const buffer = new JitterBuffer(40);
  buffer.push(frame(1), 0);
  buffer.push(frame(3, { last: true }), 40);
  expect([40, 60, 80].map((ms) => buffer.pull(ms).kind)).toEqual(['packet', 'conceal', 'packet']);
  buffer.push(frame(2), 81);
  expect(buffer.active).toBe(false);
  expect(buffer.counters).toMatchObject({ late: 1, dropped: 0, concealed: 1 });
});

test('a new spurt that waits is not drawn back to a straggler of the old one', () => {
  const buffer = new JitterBuffer(40);
  buffer.push(frame(1, { last: true }), 0);
  expect(buffer.pull(40).kind).toBe('packet');
  buffer.push(frame(200), 4000);
  buffer.push(frame(3), 4001);
  expect(buffer.pull(4040)).toMatchObject({ frame: { seq: 200 } });
  expect(buffer.counters.late).toBe(1);
});

test('a sender that starts over with another clock is heard at once', () => {
  const buffer = new JitterBuffer(40);
  buffer.push(frame(1), 0);
  buffer.push(frame(2), 20);
  expect(buffer.pull(40).kind).toBe('packet');
  buffer.push(frame(3, { timestamp: 0x9000_0000, seq: 40_000 }), 50);
  expect(buffer.counters.dropped).toBe(1);
  expect(buffer.pull(60).kind).toBe('idle');
  expect(buffer.pull(90)).toMatchObject({ frame: { seq: 40_000 } });
});

test('a burst after a stall drops the oldest, so that what follows is not late for good', () => {
  const buffer = new JitterBuffer(60);
  for (let n = 0; n < 40; n++) buffer.push(frame(n), 1000);
  expect(buffer.held).toBe(buffer.capacity);
  expect(buffer.pull(1060)).toMatchObject({ frame: { seq: 40 - buffer.capacity } });
  expect(buffer.counters).toMatchObject({ dropped: 40 - buffer.capacity, concealed: 0 });
});

test('a spurt that begins before the last one was played out keeps its own delay', () => {
  const buffer = new JitterBuffer(100);
  buffer.push(frame(1, { last: true }), 0);
  buffer.push(frame(4), 60);
  expect(buffer.pull(100)).toMatchObject({ frame: { seq: 1 } });
  expect([120, 140].map((ms) => buffer.pull(ms).kind)).toEqual(['idle', 'idle']);
  expect(buffer.pull(160)).toMatchObject({ frame: { seq: 4 } });
  expect(buffer.counters.concealed).toBe(0);
});

test('a queue that stands after the output stalled is cut, a frame a second, until it is near the delay', () => {
  const buffer = new JitterBuffer(60);
  const depths: number[] = [];
  for (let n = 0; n < 500; n++) {
    buffer.push(frame(n), n * 20);
    const stalled = n >= 10 && n < 30;
    if (!stalled && buffer.pull(n * 20).kind !== 'idle') depths.push(buffer.held);
  }
  expect(Math.max(...depths)).toBe(buffer.capacity - 1);
  expect(depths.at(-1)).toBe(3 + STANDING_FRAMES - 1); // 60 ms, and less than what counts as standing
  expect(buffer.counters).toMatchObject({ concealed: 0, late: 0 });
});
