/** Which packets leave and when: copies, tails after a spurt, and the constant rate. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplesToNs } from '../../src/audio/frame.ts';
import {
  type ConstantRate,
  type Outgoing,
  PacketStream,
  type SpokenFrame,
} from '../../src/audio/packet-stream.ts';
import { decodeVoicePacket, type VoicePacket } from '../../src/net/protocol/rtp.ts';

const MS = 1_000_000n;
const SSRC = 7;

function stream(constant?: ConstantRate, firstSeq = 65_535): PacketStream {
  const one = new PacketStream({ firstSeq, constant });
  one.setSession(SSRC);
  return one;
}

/** Frame n of 10 ms; its payload says which it is. */
function frame(n: number, { last = false, bytes = 4 } = {}): SpokenFrame {
  const payload = new Uint8Array(bytes).fill(n + 1);
  return { timestamp: n * 480, marker: n === 0, last, level: 20, payload, duration: 480, captureNs: 0n };
}

function read(outgoing: Outgoing | undefined): VoicePacket {
  const packet = decodeVoicePacket(outgoing!.packet);
  expect(packet).toMatchObject({ seq: outgoing!.seq, ssrc: SSRC });
  return packet!;
}

/** Which frames a packet brings copies of. */
const copies = (packet: VoicePacket): number[] =>
  packet.redundant.map(({ offset, payload }) => {
    expect(payload[0]).toBe((packet.timestamp - offset) / 480 + 1);
    return (packet.timestamp - offset) / 480;
  });

test('each packet has as many copies as are asked for, that far apart', () => {
  const one = stream();
  one.setCopies({ depth: 2, spacing: 2 });
  const packets = Array.from({ length: 7 }, (_, n) => read(one.spoken(frame(n), BigInt(n) * 10n * MS)));
  expect(packets.map(copies)).toEqual([[], [], [0], [1], [0, 2], [1, 3], [2, 4]]);
  expect(packets.map(({ seq }) => seq)).toEqual([65_535, 0, 1, 2, 3, 4, 5]);
  expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false]);
});

test('tails bring the copies of the last frames, a frame apart, and say where the spurt ended', () => {
  const one = stream();
  one.setCopies({ depth: 2, spacing: 1 });
  for (let n = 0; n < 4; n++) one.spoken(frame(n, { last: n === 3 }), BigInt(n) * 10n * MS);
  expect(one.pending).toBe(true);
  const sent: [number, VoicePacket][] = [];
  for (let ms = 30; ms <= 200; ms += 5)
    for (const outgoing of one.tick(BigInt(ms) * MS)) {
      expect(outgoing.frame).toBeUndefined();
      sent.push([ms, read(outgoing)]);
    }
  expect(sent.map(([ms, packet]) => [ms, copies(packet)])).toEqual([
    [40, [2, 3]],
    [50, [3]],
  ]);
  for (const [, packet] of sent)
    expect(packet).toMatchObject({
      last: true,
      marker: false,
      cover: false,
      timestamp: 4 * 480,
      payload: { length: 0 },
    });
  expect(one.pending).toBe(false);
});

test('a spurt that begins while tails are due goes on with the copies', () => {
  const one = stream();
  one.setCopies({ depth: 2, spacing: 1 });
  one.spoken(frame(0, { last: true }), 0n);
  expect(read(one.spoken({ ...frame(2), marker: true }, 20n * MS)).redundant).toHaveLength(1);
  expect(one.tick(100n * MS)).toEqual([]);
});

test('without copies there are no tails, and without a session nothing', () => {
  const one = stream();
  one.spoken(frame(0, { last: true }), 0n);
  expect(one.tick(50n * MS)).toEqual([]);
  one.setCopies({ depth: 3, spacing: 1 });
  one.spoken(frame(1, { last: true }), 10n * MS);
  one.setSession(null);
  expect(one.pending).toBe(false);
  expect(one.tick(50n * MS)).toEqual([]);
  expect(one.spoken(frame(2), 20n * MS)).toBeUndefined();
  one.setSession(SSRC);
  expect(read(one.spoken(frame(3), 30n * MS)).redundant).toEqual([]); // nobody there heard the ones before
});

test('copies that do not fit into a datagram, or are too old, are left out, the oldest first', () => {
  const one = stream();
  one.setCopies({ depth: 4, spacing: 1 });
  let packet: VoicePacket | undefined;
  for (let n = 0; n < 6; n++) packet = read(one.spoken(frame(n, { bytes: 300 }), 0n));
  expect(copies(packet!)).toEqual([3, 4]);
  const late = stream();
  late.setCopies({ depth: 2, spacing: 1 });
  late.spoken(frame(0), 0n);
  expect(copies(read(late.spoken(frame(11), 0n)))).toEqual([]); // 110 ms
});

/** What happens to a stream: somebody says a frame, time passes, or the plan changes. */
const STEP = fc.oneof(
  { weight: 8, arbitrary: fc.record({ say: fc.integer({ min: 1, max: 400 }), last: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ depth: fc.nat(10), spacing: fc.integer({ min: 1, max: 10 }) }) },
);
type Step = { say: number; last: boolean } | { wait: number } | { depth: number; spacing: number };

/** What was said, by timestamp, and what left. */
function play(steps: readonly Step[], duration: number): { said: Map<number, Uint8Array>; sent: Outgoing[] } {
  const [one, said, sent] = [stream(undefined, 65_530), new Map<number, Uint8Array>(), [] as Outgoing[]];
  let ticks = 0;
  for (const [n, next] of steps.entries()) {
    if ('depth' in next) one.setCopies(next);
    if ('wait' in next) ticks += next.wait;
    const nowNs = samplesToNs(ticks * duration);
    sent.push(...one.tick(nowNs));
    if (!('say' in next)) continue;
    const timestamp = ticks++ * duration;
    const payload = new Uint8Array(next.say).fill(n);
    said.set(timestamp, payload);
    const outgoing = one.spoken({ ...frame(0), timestamp, payload, duration, last: next.last }, nowNs);
    if (outgoing) sent.push(outgoing);
  }
  return { said, sent };
}

test('whatever is said, a packet fits, its copies are what was said, and sequence numbers have no gap', () => {
  const duration = fc.constantFrom(480, 960, 1920);
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 80 }), duration, (steps, duration) => {
      const { said, sent } = play(steps, duration);
      for (const [i, outgoing] of sent.entries()) {
        expect(outgoing.seq).toBe((65_530 + i) & 0xffff);
        expect(outgoing.packet.length).toBeLessThanOrEqual(1200);
        const { timestamp, redundant } = read(outgoing);
        for (const { offset, payload } of redundant) expect(payload).toEqual(said.get(timestamp - offset));
      }
    }),
    { seed: 20264, numRuns: 300 },
  );
});

describe('at a constant rate', () => {
  const rate: ConstantRate = { frameMs: 10, frameBytes: 4 };

  test('a packet of one size leaves each 10 ms, talking or not', () => {
    const one = stream(rate);
    one.setCopies({ depth: 2, spacing: 1 });
    const sent: [number, Outgoing][] = [];
    for (let ms = 0; ms < 1000; ms += 5) {
      const n = ms / 10 - 30;
      if (ms % 10 === 5 && ms > 300 && ms < 500)
        expect(one.spoken(frame(n - 0.5, { last: ms === 495 }), 0n)).toBeUndefined();
      for (const outgoing of one.tick(BigInt(ms) * MS)) sent.push([ms, outgoing]);
    }
    expect(sent.map(([ms]) => ms)).toEqual(Array.from({ length: 100 }, (_, i) => i * 10));
    expect(new Set(sent.map(([, { packet }]) => packet.length))).toEqual(new Set([20 + 3 * 4 + 2 * 4 + 1]));
    const packets = sent.map(([, outgoing]) => read(outgoing));
    expect(packets.filter(({ cover }) => !cover)).toHaveLength(20);
    const first = packets.findIndex(({ cover }) => !cover);
    expect(packets.slice(first, first + 3).map((packet) => [packet.payload[0], ...copies(packet)])).toEqual([
      [1],
      [2, 0],
      [3, 0, 1],
    ]);
    const after = packets.slice(first + 20);
    expect(after.slice(0, 3).map((packet) => [packet.last, copies(packet)])).toEqual([
      [true, [18, 19]],
      [true, [19]],
      [false, []],
    ]);
    for (const packet of after) expect(packet).toMatchObject({ cover: true, payload: { length: 0 } });
    expect(new Set(packets.map(({ seq }) => seq)).size).toBe(100);
  });

  test('frames that come faster than slots do not pile up', () => {
    const one = stream(rate);
    for (let n = 0; n < 50; n++) one.spoken(frame(n), 0n);
    expect(one.tick(0n).map((outgoing) => outgoing.frame?.timestamp)).toEqual([48 * 480]);
  });

  test('the slots of a long stall are left out', () => {
    const one = stream(rate);
    one.tick(0n);
    expect(one.tick(45n * MS)).toHaveLength(4);
    expect(one.tick(60_000n * MS)).toHaveLength(1);
  });
});
