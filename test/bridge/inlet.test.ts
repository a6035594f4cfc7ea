/** RTP of other programs on its way into a room: renumbered, repackaged, checked, bounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeForeignRtp } from '../../src/bridge/foreign-rtp.ts';
import { Inlet, type InletFrame } from '../../src/bridge/inlet.ts';
import { readOpus, writeOpus } from '../../src/bridge/opus-packet.ts';

const SEED = 7587;
const PT = 111;
/** TOC bytes: CELT fullband of 2.5, 10 and 20 ms, SILK of 60 ms. */
const TOC = { 2.5: 28 << 3, 10: 30 << 3, 20: 31 << 3, 60: 3 << 3 } as const;

interface Sent {
  readonly seq?: number;
  readonly ts?: number;
  readonly ssrc?: number;
  readonly type?: number;
  readonly marker?: boolean;
  readonly payload?: Uint8Array;
}

const opus = (ms: keyof typeof TOC = 20, frames = 1, byte = 5): Uint8Array =>
  writeOpus(
    TOC[ms],
    Array.from({ length: frames }, (_, i) => Uint8Array.of(byte, i)),
  );

function rtp({ seq = 0, ts = 0, ssrc = 1, type = PT, marker = false, payload = opus() }: Sent): Uint8Array {
  return writeForeignRtp({
    payloadType: type,
    marker,
    seq: seq & 0xffff,
    timestamp: ts >>> 0,
    ssrc,
    payload,
  });
}

const make = (firstSeq = 65_530, firstTimestamp = 2 ** 32 - 960): Inlet =>
  new Inlet({ payloadType: PT, firstSeq, firstTimestamp });

/** `count` packets of 20 ms in time, from number `from` on. */
function talk(inlet: Inlet, count: number, more: Sent = {}, from = 0, startMs = from * 20): InletFrame[] {
  return Array.from({ length: count }, (_, i) =>
    inlet.receive(rtp({ ...more, seq: from + i, ts: (from + i) * 960 }), 'a', startMs + i * 20),
  ).flat();
}

test('a stream goes on with numbers of our own, unchanged otherwise', () => {
  const frames = talk(make(), 8, { marker: false });
  expect(frames.map(({ seq }) => seq)).toEqual([65530, 65531, 65532, 65533, 65534, 65535, 0, 1]);
  expect(frames.map(({ timestamp }) => timestamp)).toEqual([
    2 ** 32 - 960,
    0,
    960,
    1920,
    2880,
    3840,
    4800,
    5760,
  ]);
  expect(frames.map(({ marker }) => marker)).toEqual([true, ...new Array(7).fill(false)]);
  for (const { payload, samples } of frames)
    expect({ payload, samples }).toEqual({ payload: opus(), samples: 960 });
});

test('a lost packet leaves a hole, and one that was overtaken fills it', () => {
  const inlet = make(100, 0);
  const at = (seq: number): InletFrame[] => inlet.receive(rtp({ seq, ts: seq * 960 }), 'a', seq * 20);
  const frames = [0, 1, 4, 3, 3, 5].flatMap(at);
  expect(frames.map(({ seq }) => seq)).toEqual([100, 101, 104, 103, 105]);
  expect(frames.map(({ timestamp }) => timestamp / 960)).toEqual([0, 1, 4, 3, 5]);
  expect(inlet.counters).toMatchObject({ received: 6, passed: 5, duplicate: 1 });
});

test('after a pause a spurt begins, and the timestamps have gone on', () => {
  const inlet = make(0, 0);
  talk(inlet, 3);
  expect(inlet.talking(100)).toBe(true);
  expect(inlet.talking(900)).toBe(false);
  const [frame] = inlet.receive(rtp({ seq: 3, ts: 960 * 50 }), 'a', 1000);
  expect(frame).toMatchObject({ seq: 3, timestamp: 960 * 50, marker: true });
});

describe('durations', () => {
  const payloads = (frames: InletFrame[]) => frames.map(({ payload }) => readOpus(payload)?.frames.length);

  test('2.5 ms are gathered to 10', () => {
    const inlet = make(0, 0);
    const frames = Array.from({ length: 8 }, (_, i) =>
      inlet.receive(rtp({ seq: i, ts: i * 120, payload: opus(2.5) }), 'a', i * 2.5),
    ).flat();
    expect(frames.map(({ seq, timestamp, samples }) => [seq, timestamp, samples])).toEqual([
      [0, 0, 480],
      [1, 480, 480],
    ]);
    expect(payloads(frames)).toEqual([4, 4]);
  });

  test('frames whose neighbours are lost are not sent', () => {
    const inlet = make(0, 0);
    for (const seq of [0, 1, 3, 4, 5, 6])
      inlet.receive(rtp({ seq, ts: seq * 120, payload: opus(2.5) }), 'a', 0);
    expect(inlet.counters).toMatchObject({ passed: 1, alone: 2 });
  });

  test.each([
    [120, 60, 2, 2],
    [60, 60, 1, 1],
    [120, 20, 6, 6],
    [40, 20, 2, 2],
    [20, 20, 1, 1],
    [20, 10, 2, 1],
    [10, 2.5, 4, 1],
    [100, 2.5, 40, 10],
  ] as const)('%s ms of frames of %s ms', (total, ms, count, packets) => {
    const inlet = make(0, 0);
    const send = (i: number) =>
      inlet.receive(rtp({ seq: i, ts: i * total * 48, payload: opus(ms, count) }), 'a', i * total);
    const frames = [0, 1].flatMap(send);
    expect(frames).toHaveLength(2 * packets);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, i) => i));
    const length = (total * 48) / packets;
    expect(frames.map(({ timestamp }) => timestamp)).toEqual(frames.map((_, i) => i * length));
    expect(new Set(frames.map(({ samples }) => samples))).toEqual(new Set([length]));
  });
});

describe('what is dropped and counted', () => {
  test.each<[string, Uint8Array]>([
    ['malformed', Uint8Array.of(0x80, 111)],
    ['malformed', Uint8Array.from(rtp({}), (byte, i) => (i === 0 ? 0x40 : byte))],
    ['malformed', Uint8Array.from(rtp({}), (byte, i) => (i === 0 ? 0x8f : byte))],
    ['malformed', Uint8Array.from(rtp({}), (byte, i) => (i === 0 ? 0x90 : byte))],
    ['malformed', Uint8Array.from([...rtp({}), 99], (byte, i) => (i === 0 ? 0xa0 : byte))],
    ['rtcp', Uint8Array.of(0x80, 200, 0, 6, 0, 0, 0, 1)],
    ['payloadType', rtp({ type: 0 })],
    ['badOpus', rtp({ payload: new Uint8Array() })],
    ['badOpus', rtp({ payload: Uint8Array.of(1, 2) })],
    ['badOpus', rtp({ payload: new Uint8Array(1200).fill(0xf8) })],
  ])('%s', (reason, datagram) => {
    const inlet = make();
    expect(inlet.receive(datagram, 'a', 0)).toEqual([]);
    expect(inlet.counters).toMatchObject({ received: 1, passed: 0, [reason]: 1 });
    expect(talk(inlet, 2, {}, 1)).not.toEqual([]);
  });

  test('another address, until the one that is heard is silent', () => {
    const inlet = make();
    talk(inlet, 5);
    const other = (seq: number, ms: number) =>
      inlet.receive(rtp({ ssrc: 2, seq: 900 + seq, ts: seq * 960 }), 'b', ms);
    expect(other(0, 100)).toEqual([]);
    expect(inlet.counters.otherSource).toBe(1);
    expect([...other(1, 2500), ...other(2, 2520), ...other(3, 2540)]).toHaveLength(2);
    expect(inlet.counters.otherStream).toBe(1);
    expect(inlet.receive(rtp({ seq: 5, ts: 4800 }), 'a', 2560)).toEqual([]);
  });

  test('a single packet of another stream; two make it the one that is heard, in time', () => {
    const inlet = make(0, 0);
    talk(inlet, 5);
    const stray = rtp({ ssrc: 7, seq: 1000, ts: 123_456_789 });
    expect(inlet.receive(stray, 'a', 100)).toEqual([]);
    expect(talk(inlet, 2, {}, 5)).toHaveLength(2);
    inlet.receive(stray, 'a', 140);
    const [frame] = inlet.receive(rtp({ ssrc: 7, seq: 1001, ts: 123_457_749 }), 'a', 160);
    // It came 40 ms after number 6: the one between is lost.
    expect(frame).toMatchObject({ seq: 7, timestamp: 8 * 960 });
    expect(inlet.counters.otherStream).toBe(2);
  });

  test('a leap of the timestamp alone is another stream too', () => {
    const inlet = make(0, 0);
    talk(inlet, 5);
    expect(inlet.receive(rtp({ seq: 5, ts: 2 ** 31 }), 'a', 100)).toEqual([]);
    const [frame] = inlet.receive(rtp({ seq: 6, ts: 2 ** 31 + 960 }), 'a', 120);
    expect(frame?.timestamp).toBe(6 * 960);
  });

  test('what is faster than speech: a second is taken, and then as much as can be spoken', () => {
    const inlet = make();
    const frames = Array.from({ length: 5000 }, (_, i) =>
      inlet.receive(rtp({ seq: i, ts: i * 960 }), 'a', i),
    ).flat();
    expect(frames.length).toBeGreaterThan(250);
    expect(frames.length).toBeLessThan(310);
    expect(inlet.counters.tooFast).toBeGreaterThan(4000);
  });
});

test('a clock that is 200 ppm fast is never too fast', () => {
  const inlet = make();
  const packets = 400_000; // over two hours
  for (let i = 0; i < packets; i++) inlet.receive(rtp({ seq: i, ts: i * 960 }), 'a', i * 20 * (1 - 200e-6));
  expect(inlet.counters).toMatchObject({ passed: packets, tooFast: 0 });
});

test('whatever comes, no frame comes twice, and all of it could be spoken in the time', () => {
  const datagram = fc.record({
    seq: fc.integer({ min: 0, max: 40 }),
    jump: fc.boolean(),
    ssrc: fc.integer({ min: 1, max: 2 }),
    ms: fc.constantFrom(2.5, 10, 20, 60),
    count: fc.constantFrom(1, 2),
    after: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(datagram, { maxLength: 300 }), (datagrams) => {
      const inlet = make();
      let nowMs = 0;
      const seqs: number[] = [];
      let spoken = 0;
      for (const { seq, jump, ssrc, ms, count, after } of datagrams) {
        nowMs += after;
        const ts = jump ? seq * 1e8 : seq * 960;
        const payload = opus(ms as keyof typeof TOC, count);
        for (const frame of inlet.receive(rtp({ seq, ts, ssrc, payload }), 'a', nowMs)) {
          seqs.push(frame.seq);
          spoken += frame.samples / 48;
          expect(frame.samples % 480).toBe(0);
          expect(readOpus(frame.payload)).toBeDefined();
        }
      }
      expect(new Set(seqs).size).toBe(seqs.length);
      expect(spoken).toBeLessThan(1.02 * nowMs + 1200);
      const { received, passed, alone, ...dropped } = inlet.counters;
      expect(received).toBe(datagrams.length);
      expect(Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(received);
      expect(passed).toBe(seqs.length);
    }),
    { seed: SEED, numRuns: 300 },
  );
});
