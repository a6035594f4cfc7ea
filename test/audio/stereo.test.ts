/**
 * Stereo through the jitter buffer: each side keeps its own sound whatever is cut, repeated, concealed or read at another
 * rate, and a voice in mono stays in the middle.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Listener } from '../../src/audio/listener.ts';
import { OpusCodec } from '../../src/audio/opus-codec.ts';
import { PcmQueue } from '../../src/audio/pcm-queue.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { seededRandom } from '../../src/lab/random.ts';
import { encodeVoiceFrame } from '../../src/net/protocol/rtp.ts';
import { type Arrival, packet, type Signal, simulate, tone } from './jitter-sim.ts';
import { amplitudeOf, interleaved, sidesOf } from './sides.ts';

const SEED = 20270;
const FRAME = 960;
const SPEECH = new URL('../../assets/speech.wav', import.meta.url).pathname;
/** Requests of opus_encoder_ctl (opus_defines.h). */
const OPUS_SET_BITRATE = 4002;
const OPUS_SET_FORCE_CHANNELS = 4022;

const open: { close(): void }[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const one of open.splice(0)) one.close();
});

/** Frames of 20 ms on a network that delays them by up to `most(n)` ms, loses some, and on which time is `ppm` off. */
function network(
  frames: number,
  { seed = 1, loss = 0, ppm = 0, most = () => 0 as number }: Network,
): { n: number; atMs: number }[] {
  const draw = seededRandom(seed);
  const all = Array.from({ length: frames }, (_, n) => {
    const [kept, delay] = [draw() >= loss, draw()];
    return { n, kept, atMs: 20 * n * (1 + ppm * 1e-6) + delay * most(n) };
  });
  return all.filter(({ kept }) => kept).sort((a, b) => a.atMs - b.atMs);
}

interface Network {
  readonly seed?: number;
  /** 0..1. */
  readonly loss?: number;
  readonly ppm?: number;
  readonly most?: (n: number) => number;
}

describe('with a decoder that says what was spoken', () => {
  /** All that is heard, tick after tick. */
  function heard(arrivals: readonly Arrival[], signal: Signal, right?: Signal): Int16Array {
    const ticks: number[][] = [];
    const untilMs = (arrivals.at(-1)?.atMs ?? 0) + 400;
    const onSamples = (samples: Int16Array): void => void ticks.push([...samples]);
    simulate(arrivals, { untilMs, signal, ...(right && { right }), onSamples });
    return Int16Array.from(ticks.flat());
  }

  const arrivalsOf = (frames: number, network_: Network): Arrival[] =>
    network(frames, network_).map(({ n, atMs }) => ({
      packet: packet(n * FRAME, { seq: n, last: n === frames - 1 }),
      atMs,
    }));

  const networks = fc.record({
    seed: fc.nat(1000),
    loss: fc.constantFrom(0, 0.05, 0.3),
    ppm: fc.constantFrom(0, 150, -150),
    mostMs: fc.constantFrom(20, 60, 80),
  });

  test('whatever the network does, both sides are treated alike, and a voice in the middle as it is in mono', async () => {
    const speech = await loadWav(SPEECH);
    const said: Signal = (n) => speech[((n % speech.length) + speech.length) % speech.length]!;
    const opposite: Signal = (n) => -said(n);
    const [cut, repeat] = [vi.spyOn(PcmQueue.prototype, 'cut'), vi.spyOn(PcmQueue.prototype, 'repeat')];
    fc.assert(
      fc.property(networks, ({ mostMs, ...rest }) => {
        // It gets worse and better again, so that the delay grows and shrinks.
        const arrivals = arrivalsOf(500, { ...rest, most: (n) => (n < 150 ? (n * mostMs) / 150 : 0) });
        const mono = heard(arrivals, said);
        expect(Buffer.from(heard(arrivals, said, said).buffer)).toEqual(
          Buffer.from(interleaved(mono, mono).buffer),
        );
        const [left, right] = sidesOf(heard(arrivals, said, opposite));
        // Halves are rounded up on both.
        for (const [n, sample] of left.entries())
          if (Math.abs(sample + right[n]!) > 1) expect.unreachable(`the sides are apart at ${n}`);
      }),
      { seed: SEED, numRuns: 8 },
    );
    expect(cut.mock.calls.length).toBeGreaterThan(10);
    expect(repeat.mock.calls.length).toBeGreaterThan(10);
  });

  test('two tones stay two tones through splices both ways and through drift', () => {
    const cut = vi.spyOn(PcmQueue.prototype, 'cut');
    const repeat = vi.spyOn(PcmQueue.prototype, 'repeat');
    const read = vi.spyOn(PcmQueue.prototype, 'read');
    const arrivals = arrivalsOf(800, { ppm: 200, most: (n) => (n % 400 < 150 ? (n % 400) / 2 : 0) });
    const sides = sidesOf(heard(arrivals, tone(440), tone(660)));
    expect(cut.mock.calls.length).toBeGreaterThan(5);
    expect(repeat.mock.calls.length).toBeGreaterThan(5);
    expect(read.mock.calls.filter(([, ratio]) => ratio !== 1).length).toBeGreaterThan(100);
    for (const [side, [own, other]] of [
      [440, 660],
      [660, 440],
    ].entries()) {
      for (let at = 24_000; at < 15 * 48_000; at += 4800) {
        const part = sides[side]!.subarray(at, at + 4800);
        // A hole, where this decoder conceals, is heard as a little of everything.
        expect(amplitudeOf(other!, part), `side ${side} at ${at}`).toBeLessThan(900);
      }
      expect(amplitudeOf(own!, sides[side]!.subarray(8 * 48_000 - 9600, 8 * 48_000))).toBeGreaterThan(8500);
    }
  });
});

describe('with Opus', () => {
  /** Opus packets of 20 ms of left and right, of two channels or one as `channelsOf` a packet says. */
  function encoded(
    frames: number,
    left: Signal,
    right: Signal,
    channelsOf: (n: number) => 1 | 2 = () => 2,
    bitrate = 96_000,
  ): Uint8Array[] {
    const codec = new OpusCodec(2);
    codec.control(OPUS_SET_BITRATE, bitrate);
    const packets = Array.from({ length: frames }, (_, n) => {
      codec.control(OPUS_SET_FORCE_CHANNELS, channelsOf(n));
      const at = n * FRAME;
      return codec.encode(
        Int16Array.from({ length: 2 * FRAME }, (_s, i) => (i % 2 === 0 ? left : right)(at + (i >> 1))),
      )!;
    });
    codec.close();
    return packets;
  }

  const isStereo = (payload: Uint8Array): boolean => (payload[0]! & 4) !== 0;

  /** What a listener hears of packets, and its counters. */
  function listen(packets: readonly Uint8Array[], network_: Network = {}, channels: 1 | 2 = 2) {
    const listener = new Listener({
      ...{ playoutDelayMs: 5, channels },
      ...{ onSpeaking: () => undefined, onHeard: () => undefined },
    });
    open.push(listener);
    const arrivals = network(packets.length, network_);
    const heard: number[] = [];
    for (let ms = 0, next = 0; ms < packets.length * 20 + 400; ms += 10) {
      for (; arrivals[next] && arrivals[next]!.atMs <= ms; next++) {
        const { n, atMs } = arrivals[next]!;
        const place = { seq: n & 0xffff, timestamp: n * FRAME, ssrc: 1, marker: n === 0, level: 20 };
        const last = n === packets.length - 1;
        listener.receive(
          encodeVoiceFrame({ ...place, last, payload: packets[n]! }),
          BigInt(Math.round(atMs * 1e6)),
        );
      }
      heard.push(...listener.pull(BigInt(ms) * 1_000_000n, BigInt(ms + 10) * 1_000_000n));
    }
    return { heard: Int16Array.from(heard), counters: listener.speakers()[0]! };
  }

  test.each<[string, Network]>([
    ['a good network', {}],
    ['packets that are late and out of order', { most: (n) => (n % 200 < 80 ? 70 : 0) }],
    ['one packet in ten lost', { loss: 0.1, most: () => 15 }],
    ['a clock that is 200 ppm off', { ppm: 200 }],
  ])('440 Hz on the left and 660 Hz on the right stay there: %s', (_what, network_) => {
    const { heard, counters } = listen(encoded(600, tone(440), tone(660)), network_);
    expect(counters.received).toBeGreaterThan(500);
    const sides = sidesOf(heard);
    for (const [side, [own, other]] of [
      [440, 660],
      [660, 440],
    ].entries()) {
      let good = 0;
      for (let at = 48_000; at < 11 * 48_000; at += 4800) {
        const part = sides[side]!.subarray(at, at + 4800);
        // 20 dB of separation at any time, also where something is concealed.
        expect(amplitudeOf(other!, part), `side ${side} at ${at}`).toBeLessThan(900);
        if (amplitudeOf(own!, part) > 8000) good++;
      }
      expect(good).toBeGreaterThan(60);
    }
  });

  test('a voice in mono is in the middle to the last sample, and without loss it is what a mono listener hears', async () => {
    const speech = await loadWav(SPEECH);
    const codec = new OpusCodec(1);
    const packets = Array.from({ length: 300 }, (_, n) => {
      const at = (n * FRAME) % (speech.length - FRAME);
      return codec.encode(speech.subarray(at, at + FRAME))!;
    });
    codec.close();
    const late: Network = { most: (n) => (n % 100 < 50 ? 40 : 0) };
    for (const network_ of [{}, late, { ...late, loss: 0.5 }, { ppm: -200 }]) {
      const [left, right] = sidesOf(listen(packets, network_).heard);
      expect(left).toEqual(right);
      expect(left.some((sample) => Math.abs(sample) > 3000)).toBe(true);
    }
    const [left] = sidesOf(listen(packets).heard);
    expect(left).toEqual(listen(packets, {}, 1).heard);
  });

  test('one who changes between mono and stereo from packet to packet is heard without a click or a gap', () => {
    const draw = seededRandom(SEED);
    const flips = Array.from({ length: 500 }, () => (draw() < 0.5 ? 1 : 2));
    const middle = tone(440, 8000);
    const packets = encoded(500, middle, middle, (n) => flips[n]!);
    const changes = packets.filter((one, n) => n > 0 && isStereo(one) !== isStereo(packets[n - 1]!));
    expect(changes.length).toBeGreaterThan(200);
    const { heard, counters } = listen(packets);
    expect(counters).toMatchObject({ received: 500, concealed: 0, late: 0, dropped: 0 });
    const steepest = (2 * Math.PI * 440 * 8000) / 48_000;
    for (const side of sidesOf(heard)) {
      const first = side.findIndex((sample) => sample !== 0);
      const last = side.findLastIndex((sample) => sample !== 0);
      expect(last - first).toBeGreaterThan(500 * FRAME - 500);
      for (let at = first + 4800; at < last - 4800; at++) {
        const step = Math.abs(side[at + 1]! - side[at]!);
        if (step > steepest * 1.2) expect.unreachable(`a click of ${step} at ${at}`);
      }
      for (let at = first + 4800; at < last - 9600; at += 4800)
        expect(amplitudeOf(440, side.subarray(at, at + 4800))).toBeGreaterThan(7500);
    }
  });

  test.each([24_000, 96_000])(
    'one whose sides differ and who changes to mono and back (%i bit/s)',
    (bitrate) => {
      const packets = encoded(400, tone(440, 8000), tone(660, 8000), (n) => (n % 7 < 3 ? 1 : 2), bitrate);
      expect(packets.some((one) => !isStereo(one))).toBe(true);
      const { heard, counters } = listen(packets);
      expect(counters).toMatchObject({ received: 400, concealed: 0, late: 0, dropped: 0 });
      // Libopus overshoots when an encoder is made to change: in stereo no more than in mono.
      const loudest = (samples: Int16Array): number =>
        samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      const mono = listen(packets, {}, 1).heard;
      expect(loudest(heard)).toBeLessThan(1.2 * loudest(mono));
      for (const side of sidesOf(heard)) {
        const [first, last] = [side.findIndex(Boolean), side.findLastIndex(Boolean)];
        expect(last - first).toBeGreaterThan(400 * FRAME - 500);
      }
    },
  );
});
