/** The jitter buffer in simulated time: order, concealment, copies and bounds, by properties and by single cases. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_HELD } from '../../src/audio/frame-queue.ts';
import { OVERSHOOT_MS } from '../../src/audio/jitter.ts';
import type { VoicePacket } from '../../src/net/protocol/rtp.ts';
import { type Arrival, packet, payloadAt, type SimResult, simulate } from './jitter-sim.ts';

const SEED = 20260;
const FRAME = 960;

/** A spurt of frames of 20 ms from frame number `start`, each as late as the list says; the last one is marked. */
function spurt(start: number, delaysMs: readonly number[], changes: Partial<VoicePacket> = {}): Arrival[] {
  return delaysMs.map((delayMs, i) => ({
    packet: packet((start + i) * FRAME, {
      seq: (start + i) & 0xffff,
      last: i === delaysMs.length - 1,
      ...changes,
    }),
    atMs: i * 20 + delayMs,
  }));
}

const inOrder = (arrivals: readonly Arrival[]): Arrival[] => [...arrivals].sort((a, b) => a.atMs - b.atMs);
const sourcesOf = ({ played }: SimResult): string[] => played.map((one) => one.source);
const timestampsOf = ({ played }: SimResult): number[] => played.map((one) => one.timestamp);

/** Timestamps on the 32-bit circle, each after the one before. */
function expectOrder(timestamps: readonly number[]): void {
  for (let i = 1; i < timestamps.length; i++) {
    expect((timestamps[i]! - timestamps[i - 1]!) | 0).toBeGreaterThan(0);
  }
}

/** Frame numbers, some of which make sequence numbers and timestamps wrap around within a spurt. */
const starts = fc.oneof(
  fc.constantFrom(0, 0xffff - 3, Math.floor(2 ** 32 / FRAME) - 3, Math.floor(2 ** 31 / FRAME) - 3),
  fc.nat(2 ** 22),
);
const delays = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('properties', () => {
  test('no frame is played twice or out of order, and each is played, late or dropped', () => {
    fc.assert(
      fc.property(starts, delays, fc.array(fc.nat(3), { maxLength: 60 }), (start, delaysMs, copies) => {
        const once = spurt(start, delaysMs);
        const again = once.flatMap((one, i) =>
          Array.from({ length: copies[i] ?? 0 }, (_, n) => ({ ...one, atMs: one.atMs + n * 40 })),
        );
        const result = simulate(inOrder([...once, ...again]), { untilMs: 2500 });
        const real = result.played.filter((one) => one.source !== 'concealed').map((one) => one.timestamp);
        expectOrder(real);
        const { received, played, late, dropped } = result.counters;
        expect(real).toHaveLength(played);
        expect(received).toBe(once.length + again.length);
        expect(played + late + dropped).toBe(received);
        expect(result.buffer.active).toBe(false);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('whatever order frames come in within the delay, all are played, and none is concealed', () => {
    fc.assert(
      fc.property(starts, delays, (start, delaysMs) => {
        const result = simulate(inOrder(spurt(start, [0, ...delaysMs])), { untilMs: 2500, minDelayMs: 110 });
        expect(timestampsOf(result)).toEqual([0, ...delaysMs].map((_, i) => ((start + i) * FRAME) >>> 0));
        expect(result.counters).toEqual({
          ...{ received: delaysMs.length + 1, played: delaysMs.length + 1, recovered: 0 },
          ...{ concealed: 0, late: 0, dropped: 0 },
        });
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('k frames lost within a spurt are exactly k concealments, in their places', () => {
    const losses = fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }).filter((lost) => {
      const text = lost.map((one) => (one ? 'x' : '.')).join('');
      return !text.includes('xxxxx'); // that many in a row end the spurt
    });
    fc.assert(
      fc.property(starts, losses, (start, lost) => {
        const all = spurt(start, [0, ...lost.map(() => 0), 0]);
        const result = simulate(
          all.filter((_, i) => !lost[i - 1]),
          { untilMs: 2000 },
        );
        expect(sourcesOf(result)).toEqual(all.map((_, i) => (lost[i - 1] ? 'concealed' : 'packet')));
        expect(timestampsOf(result)).toEqual(all.map((one) => one.packet.timestamp));
        const k = lost.filter(Boolean).length;
        expect(result.counters.concealed).toBe(k);
        expect(result.buffer.stats.lost).toBe(k);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('a frame that is lost is played from any copy that comes within the delay', () => {
    const fates = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(starts, fates, fc.integer({ min: 1, max: 4 }), (start, came, depth) => {
        const all = spurt(start, [0, ...came.map(() => 0), 0]).map(({ packet: own, atMs }, i) => {
          const reach = Math.min(depth, i);
          const redundant = Array.from({ length: reach }, (_, k) => ({
            offset: (reach - k) * FRAME,
            payload: payloadAt((start + i - reach + k) * FRAME),
          }));
          return { packet: { ...own, redundant }, atMs };
        });
        const kept = all.filter((_, i) => i === 0 || i === all.length - 1 || came[i - 1]);
        const result = simulate(kept, { untilMs: 2500, minDelayMs: depth * 20 + 5 });
        expectOrder(timestampsOf(result));
        const carried = (i: number): boolean => all.slice(i, i + depth + 1).some((one) => kept.includes(one));
        const expected = all.map((_, i) =>
          kept.includes(all[i]!) ? 'packet' : carried(i) ? 'red' : 'concealed',
        );
        // More than 100 ms without anything end the spurt.
        if (!expected.join('').includes('concealed'.repeat(5))) expect(sourcesOf(result)).toEqual(expected);
        expect(result.counters.recovered).toBe(sourcesOf(result).filter((one) => one === 'red').length);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('nothing makes it hold more, or play later, than its bounds, and every frame is accounted for', () => {
    const chaos = fc.array(
      fc.record({
        n: fc.integer({ min: 0, max: 300 }),
        atMs: fc.nat(4000),
        jump: fc.constantFrom(0, 0, 0, 0, 2 ** 20, 2 ** 31),
        last: fc.constantFrom(false, false, false, true),
        frameMs: fc.constantFrom(10, 20, 20, 40, 60),
      }),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(chaos, (list) => {
        let longest = 0;
        const arrivals = list.map(({ n, atMs, jump, last, frameMs }) => ({
          packet: packet(n * FRAME + jump, { seq: n, last, frameMs }),
          atMs,
        }));
        const result = simulate(inOrder(arrivals), {
          untilMs: 6000,
          onTick: ({ playing, delayMs }) => {
            if (playing) longest = Math.max(longest, delayMs);
          },
        });
        expect(result.mostHeld).toBeLessThanOrEqual(MAX_HELD);
        expect(longest).toBeLessThanOrEqual(250 + OVERSHOOT_MS + 10);
        const { received, played, late, dropped } = result.counters;
        expect(played + late + dropped + result.buffer.held).toBe(received);
        const real = result.played.filter((one) => one.source !== 'concealed').length;
        expect(real).toBe(played);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

/** The ticks in which something was heard, ms, and when each frame began. */
function heard(arrivals: readonly Arrival[], options: { minDelayMs?: number; untilMs?: number } = {}) {
  const ticks: number[] = [];
  const result = simulate(inOrder(arrivals), {
    ...{ untilMs: 3000, ...options },
    onTick: ({ nowMs, playing }) => {
      if (playing) ticks.push(nowMs);
    },
  });
  return { ...result, ticks };
}

test('a spurt begins when its first frame was held for the delay, and each frame lasts two ticks', () => {
  const { ticks, played } = heard(spurt(10, [7, 7]), { minDelayMs: 60 });
  expect(ticks).toEqual([70, 80, 90, 100]);
  expect(played.map((one) => one.receivedMs)).toEqual([7, 27]);
});

test('an earlier frame that comes second begins the spurt earlier by its length', () => {
  const [first, second] = spurt(10, [5, 0]) as [Arrival, Arrival];
  const { ticks, played } = heard([second, { ...first, atMs: 25 }], { minDelayMs: 60 });
  expect(ticks[0]).toBe(60); // 60 ms after the second came, less the 20 ms of the first
  expect(played.map((one) => one.seq)).toEqual([10, 11]);
});

test('a hundred milliseconds of concealment end the spurt; what comes then begins a new one', () => {
  const [one] = spurt(1, [0, 0]) as [Arrival];
  const [other] = spurt(20, [400, 0]) as [Arrival];
  const result = heard([one, other], { minDelayMs: 40 });
  expect(result.ticks.slice(0, 13)).toEqual([40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 440]);
  expect(sourcesOf(result)).toEqual([
    'packet',
    ...Array(5).fill('concealed'),
    'packet',
    ...Array(5).fill('concealed'),
  ]);
});

test('a frame whose moment was concealed and is over is late, also after the spurt', () => {
  const [one, two, three] = spurt(1, [0, 101, 0]) as [Arrival, Arrival, Arrival];
  const result = heard([one, two, three], { minDelayMs: 40 });
  expect(sourcesOf(result)).toEqual(['packet', 'concealed', 'packet']);
  expect(result.counters).toMatchObject({ late: 1, dropped: 0, concealed: 1 });
});

test('a frame that comes while it is concealed is played, and the rest is later by that', () => {
  // All of them are 50 ms late from the third on: the network's way has become longer.
  const result = heard(spurt(1, [0, 0, 50, 50, 50, 50, 50, 50]), { minDelayMs: 20 });
  expect(result.counters).toMatchObject({ played: 8, late: 0, dropped: 0 });
  expect(sourcesOf(result)).toEqual([
    'packet',
    'packet',
    'concealed',
    'concealed',
    ...Array(6).fill('packet'),
  ]);
  expect(result.ticks.length).toBeGreaterThanOrEqual(2 * 8 + 3);
});

test('a new spurt that waits is not drawn back to a straggler of the old one', () => {
  const [one] = spurt(1, [0]) as [Arrival];
  const [next] = spurt(200, [4000]) as [Arrival];
  const straggler = { packet: packet(3 * FRAME, { seq: 3 }), atMs: 4001 };
  const result = heard([{ ...one }, next, { ...straggler, packet: packet(0, { seq: 0 }) }], {
    untilMs: 5000,
  });
  expect(result.played.map((frame) => frame.seq)).toEqual([1, 200]);
  expect(result.counters.late).toBe(1);
});

test('a sender that starts over with another clock is heard at once', () => {
  const first = spurt(1, [0, 0, 0, 0]).map((one) => ({ ...one, packet: { ...one.packet, last: false } }));
  const restarted = Array.from({ length: 4 }, (_, i) => ({
    packet: packet(0x9000_0000 + i * FRAME, { seq: 40_000 + i, last: i === 3 }),
    atMs: 85 + i * 20,
  }));
  const result = heard([...first, ...restarted], { minDelayMs: 40 });
  expect(result.played.slice(-4).map((one) => one.seq)).toEqual([40_000, 40_001, 40_002, 40_003]);
  expect(result.played.at(-4)?.receivedMs).toBe(85);
  expect(result.ticks.at(-1)).toBe(130 + 70);
});

test('a tail says where the spurt ended, and brings what was lost of it', () => {
  const [one, two, three] = spurt(1, [0, 0, 0]) as [Arrival, Arrival, Arrival];
  const tail = packet(4 * FRAME, {
    ...{ seq: 4, last: true, payload: new Uint8Array(0) },
    redundant: [
      { offset: 2 * FRAME, payload: payloadAt(2 * FRAME) },
      { offset: FRAME, payload: payloadAt(3 * FRAME) },
    ],
  });
  const result = heard([one, { packet: tail, atMs: 60 }], { minDelayMs: 60 });
  expect(sourcesOf(result)).toEqual(['packet', 'red', 'red']);
  expect(timestampsOf(result)).toEqual([one, two, three].map((frame) => frame.packet.timestamp));
  expect(result.ticks).toHaveLength(6);
  expect(result.counters).toMatchObject({ received: 1, played: 3, recovered: 2, concealed: 0 });
});

test('copies of a spurt that is over, and cover packets, play nothing', () => {
  const [one] = spurt(1, [0]) as [Arrival];
  const cover = (n: number): Arrival => ({
    packet: packet((10 + n) * FRAME, {
      ...{ seq: 2 + n, cover: true, payload: new Uint8Array(0) },
      redundant: [{ offset: (9 + n) * FRAME, payload: payloadAt(FRAME) }],
    }),
    atMs: 200 + 20 * n,
  });
  const result = heard([one, ...Array.from({ length: 8 }, (_, n) => cover(n))]);
  expect(result.played).toHaveLength(1);
  expect(result.counters).toEqual({
    received: 1,
    played: 1,
    recovered: 0,
    concealed: 0,
    late: 0,
    dropped: 0,
  });
});

test('what is not sent after a frame of silence is not lost', () => {
  const frames = spurt(1, Array(20).fill(0));
  const dtx = frames.map((one, i) =>
    i >= 5 && i < 9
      ? { ...one, packet: { ...one.packet, payload: payloadAt((1 + i) * FRAME).subarray(0, 2) } }
      : one,
  );
  const result = heard(dtx.filter((_, i) => i < 6 || i >= 9));
  expect(result.counters.concealed).toBe(1); // the stub cannot decode two bytes; what follows is no loss
});

test('a spurt that begins before the last one was played out keeps its own delay', () => {
  const [one] = spurt(1, [0]) as [Arrival];
  const [other] = spurt(4, [60]) as [Arrival];
  expect(heard([one, other], { minDelayMs: 100 }).ticks).toEqual([100, 110, 160, 170]);
});

test('garbage in the place of Opus is concealed and counted', () => {
  const frames = spurt(1, [0, 0, 0, 0]);
  frames[1] = { ...frames[1]!, packet: { ...frames[1]!.packet, payload: new Uint8Array(20).fill(0xff) } };
  const result = heard(frames);
  expect(result.counters).toMatchObject({ received: 4, late: 0, dropped: 0 });
  expect(result.played).toHaveLength(4);
});
