/** A speaker that sends nonsense harms nobody else: the good one beside it is heard to the last frame, and it is counted. */
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MAX_HELD } from '../../src/audio/frame-queue.ts';
import { Listener, MAX_SPEAKERS } from '../../src/audio/listener.ts';
import { OpusEncoder } from '../../src/audio/opus.ts';
import { DEFAULT_SENDING } from '../../src/audio/sending.ts';
import { seededRandom } from '../../src/lab/random.ts';
import { encodeVoiceFrame, encodeVoicePacket, RTP_PAYLOAD_TYPE } from '../../src/net/protocol/rtp.ts';

const MS = 1_000_000n;
const GOOD = 1;
const BAD = 2;
const FRAMES = 100;

let opus: Uint8Array[] = [];
let stereo: Uint8Array[] = [];
beforeAll(() => {
  opus = encoded(1);
  stereo = encoded(2);
});

function encoded(channels: 1 | 2): Uint8Array[] {
  const encoder = new OpusEncoder({ ...DEFAULT_SENDING, bitrate: 32_000, complexity: 0, channels });
  const packets = Array.from({ length: FRAMES }, (_, n) =>
    encoder.encode(
      Int16Array.from({ length: 960 * channels }, (_sample, i) =>
        Math.round(6000 * Math.sin((2 * Math.PI * 300 * (n * 960 + Math.floor(i / channels))) / 48_000)),
      ),
    ),
  );
  encoder.close();
  return packets;
}

interface Sent {
  readonly seq: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  readonly ssrc?: number;
}

const open: Listener[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Two seconds of the good speaker, with what the bad one sends at each frame, to a listener with so many channels. */
function besideOf(channels: 1 | 2, bad: (n: number) => readonly (Sent | Uint8Array)[]) {
  const heard: string[] = [];
  const listener = new Listener({
    channels,
    playoutDelayMs: 20,
    onSpeaking: () => undefined,
    onHeard: ({ ssrc, source }) => {
      if (ssrc === GOOD) heard.push(source);
    },
  });
  open.push(listener);
  for (let ms = 0; ms <= FRAMES * 20 + 400; ms += 10) {
    const n = ms / 20;
    if (Number.isInteger(n) && n < FRAMES) {
      const own = { seq: n, timestamp: n * 960, ssrc: GOOD, payload: opus[n]! };
      listener.receive(packetOf(own, n === FRAMES - 1), BigInt(ms) * MS);
      for (const sent of bad(n)) {
        listener.receive(sent instanceof Uint8Array ? sent : packetOf(sent), BigInt(ms) * MS);
      }
    }
    expect(listener.pull(BigInt(ms) * MS, BigInt(ms + 10) * MS)).toHaveLength(480 * channels);
  }
  const rows = listener.speakers();
  expect(heard).toEqual(Array(FRAMES).fill('packet'));
  expect(rows.find((row) => row.ssrc === GOOD)).toMatchObject({
    ...{ received: FRAMES, recovered: 0, concealed: 0, late: 0, dropped: 0, lossPct: 0 },
  });
  return { listener, bad: rows.find((row) => row.ssrc === BAD), rows };
}

function packetOf({ seq, timestamp, payload, ssrc = BAD }: Sent, last = false): Uint8Array {
  return encodeVoiceFrame({
    ...{ seq: seq & 0xffff, timestamp: timestamp >>> 0, ssrc, payload },
    ...{ marker: false, last, level: 20 },
  });
}

describe.each([1, 2] as const)('to a listener with %i channels, a speaker that', (channels) => {
  const beside = besideOf.bind(undefined, channels);

  test('sends the same timestamp again and again is heard once', () => {
    const { bad } = beside((n) => [{ seq: n, timestamp: 5, payload: opus[0]! }]);
    expect(bad).toMatchObject({ received: FRAMES, dropped: FRAMES - 1 });
  });

  test('sends any timestamps is counted, whatever comes of it', () => {
    const draw = seededRandom(1);
    const { bad } = beside((n) => [{ seq: n, timestamp: draw() * 2 ** 32, payload: opus[n]! }]);
    expect(bad).toMatchObject({ received: FRAMES });
    expect(bad!.dropped).toBeGreaterThan(FRAMES * 0.8);
  });

  test('has a clock of another rate does not hold more and more back', () => {
    const fast = beside((n) => [{ seq: n, timestamp: n * 1920, payload: opus[n]! }]);
    const slow = beside((n) => [{ seq: n, timestamp: n * 160, payload: opus[n]! }]);
    for (const { bad } of [fast, slow]) expect(bad!.playoutDelayMs).toBeLessThan(300);
  });

  test('floods is dropped beyond what can be held', () => {
    const { bad } = beside((n) =>
      Array.from({ length: 50 }, (_, i) => ({
        seq: n * 50 + i,
        timestamp: (n * 50 + i) * 960,
        payload: opus[n]!,
      })),
    );
    expect(bad).toMatchObject({ received: 50 * FRAMES });
    expect(bad!.dropped).toBeGreaterThan(50 * FRAMES - FRAMES - 2 * MAX_HELD);
  });

  test('sends 120 ms, or anything else that is no Opus, is concealed', () => {
    const long = Uint8Array.of((31 << 3) | 3, 6, ...Array<number>(60).fill(7));
    const garbage = new Uint8Array(50).fill(0xff);
    for (const payload of [long, garbage]) {
      const { bad } = beside((n) => [{ seq: n, timestamp: n * 960, payload: n % 2 ? payload : opus[n]! }]);
      expect(bad).toMatchObject({ received: FRAMES, late: 0, dropped: 0 });
      expect(bad!.concealed).toBeGreaterThanOrEqual(FRAMES / 2);
    }
  });

  test('sends stereo, all the time or now and then, is heard', () => {
    for (const every of [1, 2, 3]) {
      const { bad } = beside((n) => [
        { seq: n, timestamp: n * 960, payload: n % every === 0 ? stereo[n]! : opus[n]! },
      ]);
      expect(bad).toMatchObject({ received: FRAMES, late: 0, dropped: 0 });
      expect(bad!.concealed).toBeLessThanOrEqual(5); // its end is not marked
    }
  });

  test('claims by turns to be stereo and not is contained, whatever it sends', () => {
    const draw = seededRandom(2);
    const { bad } = beside((n) => {
      const payload = Uint8Array.from(opus[n]!, (byte, i) => (i < 9 ? byte : draw() * 256));
      payload[0] = payload[0]! ^ ((n % 2) << 2);
      return [{ seq: n, timestamp: n * 960, payload }];
    });
    expect(bad).toMatchObject({ received: FRAMES, late: 0, dropped: 0 });
  });

  test('changes its SSRC with every packet does not push anybody out who speaks', () => {
    const { rows, listener } = beside((n) => [
      { seq: n, timestamp: n * 960, payload: opus[n]!, ssrc: 1000 + n },
    ]);
    expect(rows.length).toBeLessThanOrEqual(MAX_SPEAKERS);
    expect(listener.report().speakers.length).toBeGreaterThan(MAX_SPEAKERS);
  });

  test('sends copies of what was never said, or of everything, does not speak out of turn', () => {
    const { bad } = beside((n) => [
      encodeVoicePacket(
        { seq: n, timestamp: n * 960, ssrc: BAD, marker: false, last: false, level: 20, payload: opus[n]! },
        {
          blocks: [16_383, 5000, 961, 960, 959, 1].map((offset) => ({
            payloadType: RTP_PAYLOAD_TYPE,
            offset,
            payload: opus[(n * 7) % FRAMES]!,
          })),
        },
      ),
    ]);
    expect(bad!.received).toBe(FRAMES);
    expect(bad!.playoutDelayMs).toBeLessThan(300);
  });
});

test('no bytes throw, whoever they claim to be from', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (packets) => {
      besideOf(2, (n) => (n === 10 ? packets : []));
    }),
    { seed: 20266, numRuns: 30 },
  );
});
