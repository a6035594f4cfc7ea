/** Opus: what comes out resembles what went in, whatever the network does to it in between. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { DTX_BYTES, isOneFrame, OpusDecoder, OpusEncoder } from '../../src/audio/opus.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { opusDuration } from '../../src/net/protocol/rtp.ts';
import { bestCorrelation } from './correlation.ts';
import { amplitudeOf, interleaved, sidesOf } from './sides.ts';

const SPEECH = new URL('../../assets/speech.wav', import.meta.url).pathname;
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function encoder(bitrate = 32_000): OpusEncoder {
  const one = new OpusEncoder({ bitrate, complexity: 5, frameMs: 20, channels: 1 });
  open.push(one);
  return one;
}

function decoder(channels: 1 | 2 = 1): OpusDecoder {
  const one = new OpusDecoder(channels);
  open.push(one);
  return one;
}

const tone = (hz: number, frame = 0): Int16Array =>
  Int16Array.from({ length: 960 }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * hz * (frame * 960 + i)) / 48_000)),
  );

const energy = (samples: Int16Array): number => samples.reduce((sum, one) => sum + one * one, 0);

function join(frames: Int16Array[]): Int16Array {
  const all = new Int16Array(frames.length * 960);
  for (const [i, frame] of frames.entries()) all.set(frame, i * 960);
  return all;
}

test('speech survives, at about the bitrate asked for', async () => {
  const spoken = await loadWav(SPEECH);
  const [enc, dec] = [encoder(24_000), decoder()];
  let bytes = 0;
  const heard: Int16Array[] = [];
  for (let at = 0; at + 960 <= spoken.length; at += 960) {
    const packet = enc.encode(spoken.subarray(at, at + 960));
    bytes += packet.length;
    heard.push(dec.decode(packet));
  }
  expect(bestCorrelation(spoken, join(heard)).peak).toBeGreaterThan(0.93);
  expect((bytes * 8) / (heard.length * 0.02)).toBeGreaterThan(12_000);
  expect((bytes * 8) / (heard.length * 0.02)).toBeLessThan(36_000);
  expect(dec.badPackets).toBe(0);
});

test('seventy codecs at once do not overwrite each other', () => {
  const enc = encoder();
  const packets = Array.from({ length: 10 }, (_, i) => enc.encode(tone(400, i)));
  const alone = decoder();
  const expected = packets.map((packet) => alone.decode(packet));
  const many = Array.from({ length: 70 }, () => decoder());
  for (const [i, packet] of packets.entries())
    for (const one of many)
      expect(Buffer.compare(Buffer.from(one.decode(packet).buffer), Buffer.from(expected[i]!.buffer))).toBe(
        0,
      );
});

test('codecs still work after the heap has grown under them', () => {
  const [enc, dec] = [encoder(), decoder()];
  const packet = enc.encode(tone(400));
  for (let i = 0; i < 200; i++) decoder();
  expect(dec.decode(packet)).toHaveLength(960);
  expect(enc.encode(tone(400)).length).toBeGreaterThan(10);
  expect(dec.badPackets).toBe(0);
});

test('a missing frame is carried on from the last one, and fades if more are missing', () => {
  const [enc, dec] = [encoder(), decoder()];
  expect(energy(dec.conceal())).toBe(0); // nothing was heard yet
  let last = new Int16Array(0);
  for (let i = 0; i < 20; i++) last = Int16Array.from(dec.decode(enc.encode(tone(400, i))));
  const concealed = Array.from({ length: 10 }, () => dec.conceal());
  for (const one of concealed) expect(one).toHaveLength(960);
  expect(energy(concealed[0]!)).toBeGreaterThan(energy(last) * 0.3);
  expect(energy(concealed[9]!)).toBeLessThan(energy(last) * 0.1);
  expect(dec.badPackets).toBe(0);
});

test('decoded to stereo, what comes in mono is the same on both sides, gaps and all', () => {
  const [enc, mono, dec] = [encoder(), decoder(), decoder(2)];
  for (let n = 0; n < 60; n++) {
    const packet = enc.encode(tone(400, n));
    // A gap of 300 ms is concealed with noise in the end.
    const [left, right] = sidesOf(n >= 20 && n < 35 ? dec.conceal() : dec.decode(packet));
    expect(left).toHaveLength(960);
    expect(right).toEqual(left);
    if (n < 20) expect(left).toEqual(mono.decode(packet));
    if (n === 59) expect(energy(left)).toBeGreaterThan(0);
  }
  expect(dec.badPackets).toBe(0);
});

test.each([1, 2] as const)(
  'no bytes from a network make a decoder to %i channels throw or give anything but a frame',
  (channels) => {
    const dec = decoder(channels);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1180 }), (payload) => {
        const before = dec.badPackets;
        expect(dec.decode(payload)).toHaveLength(960 * channels);
        if (!isOneFrame(payload)) expect(dec.badPackets).toBe(before + 1);
      }),
      { seed: 20262, numRuns: 500 },
    );
    // And it still decodes what is right.
    const bad = dec.badPackets;
    expect(energy(dec.decode(encoder().encode(tone(400))))).toBeGreaterThan(0);
    expect(dec.badPackets).toBe(bad);
  },
);

test('three frames of stereo in one packet are 60 ms of stereo', () => {
  const enc = new OpusEncoder({ bitrate: 32_000, complexity: 5, frameMs: 20, channels: 2, vbr: false });
  open.push(enc);
  const frame = (n: number): Int16Array => interleaved(tone(440, n), tone(660, n));
  const dec = decoder(2);
  let heard: Int16Array | undefined;
  for (let n = 0; n < 30; n += 3) {
    // RFC 6716, section 3.2.5: code 3 with frames of one size.
    const packets = [0, 1, 2].map((more) => enc.encode(frame(n + more)));
    expect(new Set(packets.map(([toc]) => toc)).size).toBe(1);
    heard = dec.decodeFrame(
      Uint8Array.from([packets[0]![0]! | 3, 3, ...packets.flatMap((one) => [...one.slice(1)])]),
    );
    expect(heard).toHaveLength(2 * 2880);
  }
  const [left, right] = sidesOf(heard!);
  expect(amplitudeOf(440, left)).toBeGreaterThan(10 * amplitudeOf(660, left));
  expect(amplitudeOf(660, right)).toBeGreaterThan(10 * amplitudeOf(440, right));
});

test.each([10, 20, 40, 60] as const)('frames of %i ms go through, mono and stereo', (frameMs) => {
  const samples = frameMs * 48;
  for (const channels of [1, 2] as const) {
    const enc = new OpusEncoder({ bitrate: 32_000, complexity: 5, frameMs, channels });
    open.push(enc);
    const dec = decoder();
    const left = tone(400).slice(0, 480);
    const frame = Int16Array.from({ length: samples * channels }, (_, i) => left[(i / channels) | 0] ?? 0);
    let heard: Int16Array | undefined;
    for (let n = 0; n < 5; n++) {
      const packet = enc.encode(frame);
      expect(opusDuration(packet)).toBe(samples);
      heard = dec.decodeFrame(packet);
    }
    expect(heard).toHaveLength(samples);
    expect(energy(heard!)).toBeGreaterThan(0);
    expect(dec.concealFrame(samples)).toHaveLength(samples);
    expect(dec.concealFrame(480)).toHaveLength(480);
    expect(dec.badPackets).toBe(0);
  }
});

test('a constant bitrate makes packets of one size, whatever is said', async () => {
  const spoken = await loadWav(SPEECH);
  const enc = new OpusEncoder({ bitrate: 24_000, complexity: 5, frameMs: 10, channels: 1, vbr: false });
  open.push(enc);
  const sizes = new Set<number>();
  for (let at = 0; at < 48_000; at += 480) sizes.add(enc.encode(spoken.slice(at, at + 480)).length);
  sizes.add(enc.encode(new Int16Array(480)).length);
  expect([...sizes]).toEqual([30]);
});

test('with DTX, silence comes to packets that need not be sent', () => {
  const enc = new OpusEncoder({ bitrate: 24_000, complexity: 9, frameMs: 20, channels: 1, dtx: true });
  open.push(enc);
  const sizes = Array.from({ length: 50 }, () => enc.encode(new Int16Array(960)).length);
  expect(sizes.filter((size) => size <= DTX_BYTES).length).toBeGreaterThan(20);
});

test('changes hold from the next frame on', () => {
  const enc = encoder();
  enc.configure({ bitrate: 6000, complexity: 0, frameMs: 40, vbr: false });
  expect(enc.encode(new Int16Array(1920))).toHaveLength(30);
  expect(() => enc.encode(new Int16Array(960))).toThrow(/1920/);
});

test('a packet longer than 60 ms is refused and counted', () => {
  const dec = decoder();
  expect(dec.decodeFrame(Uint8Array.of((31 << 3) | 3, 6, ...new Uint8Array(60)))).toBeUndefined();
  expect(dec.badPackets).toBe(1);
});

test('only packets of 20 ms count as one frame', () => {
  expect(isOneFrame(new Uint8Array())).toBe(false);
  expect(isOneFrame(Uint8Array.of(1 << 3))).toBe(true); // SILK, 20 ms
  expect(isOneFrame(Uint8Array.of(3 << 3))).toBe(false); // SILK, 60 ms
  expect(isOneFrame(Uint8Array.of((0 << 3) | 1, 0))).toBe(true); // SILK, twice 10 ms
  expect(isOneFrame(Uint8Array.of((31 << 3) | 3, 6))).toBe(false); // CELT, six times 20 ms
  expect(isOneFrame(Uint8Array.of((28 << 3) | 3, 8))).toBe(true); // CELT, eight times 2.5 ms
});

test('an encoder takes frames of 960 samples only', () => {
  expect(() => encoder().encode(new Int16Array(480))).toThrow(/960/);
});
