/** Built processes call each other: what was said is what is heard, where and when the trace says. */
import { beforeAll, describe, expect } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { SUITES } from '../../src/net/protocol/constants.ts';
import { ECHO_DELAY_MS } from '../../src/station/echo.ts';
import { bestCorrelation } from '../audio/correlation.ts';
import {
  CALM_MS,
  FRAME,
  finished,
  type HeardLine,
  hangUp,
  heardBy,
  joined,
  type Report,
  type SentLine,
  startCaller,
  traceOf,
  writeWav,
} from './calls.ts';
import { test } from './place-test.ts';
import { SPEECH } from './process.ts';

const SECOND = 48_000;
/** Of the sample: enough that its sound cannot be mistaken for another part of it. */
const CLIP_S = 4;
/** How far Opus and the resampler may move the sound: its look-ahead is 6.5 ms. */
const CODEC_DELAY = 480;

let speech: Int16Array;
beforeAll(async () => {
  speech = (await loadWav(SPEECH)).subarray(0, CLIP_S * SECOND);
});

// Two at a time: more of them, and their threads wait for the processor instead of for the sound.
describe('a call', () => {
  test.concurrent.for(SUITES)(
    'sealed with %s carries speech from one process to another',
    { timeout: 60_000 },
    async (suite, { place }) => {
      const env = { VOIPTERM_CRYPTO_SUITES: suite };
      const station = await place.serve();
      const clip = await writeWav(place, 'clip.wav', speech);
      const ear = await startCaller(place, station.target('bob'), 'bob', ['--input', 'silence'], env);
      const mouth = await startCaller(place, station.target('ann'), 'ann', ['--input', clip], env);
      const said = await finished(mouth);
      const heard = await hangUp(ear);

      const frames = Math.ceil(speech.length / FRAME);
      expectSpeaker(said, suite, frames);
      expectListener(heard, suite, frames);
      const spoken = await traceOf(mouth);
      const { heard: lines } = await traceOf(ear);
      expect(spoken.heard).toEqual([]);
      expectSentTrace(spoken.sent, said);
      expectHeardTrace(lines, heard, spoken.sent);

      const sound = await loadWav(ear.wav);
      const { peak, lagSamples } = bestCorrelation(speech, sound);
      expect(peak).toBeGreaterThan(0.9);
      const startedAt = BigInt(heard.startedAtNs);
      const first = positionOf(lines[0]!, startedAt);
      expect(lagSamples - first).toBeGreaterThanOrEqual(0);
      expect(lagSamples - first).toBeLessThan(CODEC_DELAY);
      expectFramesInPlace(lines, sound, startedAt);
      // Nobody spoke before the first frame and after the last one.
      const last = positionOf(lines.at(-1)!, startedAt) + FRAME;
      expect(sound.subarray(0, first).every((sample) => sample === 0)).toBe(true);
      expect(sound.subarray(last).every((sample) => sample === 0)).toBe(true);
      expect(last).toBeLessThanOrEqual(sound.length);
    },
  );
});

describe('a room', () => {
  test.concurrent('both directions at once, and nobody hears themselves', { timeout: 60_000 }, async ({
    place,
  }) => {
    const station = await place.serve();
    const one = speech.subarray(0, 1.2 * SECOND);
    const two = speech.subarray(1.5 * SECOND, CLIP_S * SECOND);
    // Ann says the same again and again: however long Bob's process takes to start, he hears it at least once.
    const annSays = await writeWav(place, 'one.wav', joined(...Array<Int16Array>(50).fill(one)));
    const bobSays = await writeWav(place, 'two.wav', two);
    const ann = await startCaller(place, station.target('ann'), 'ann', ['--input', annSays]);
    const bob = await startCaller(place, station.target('bob'), 'bob', ['--input', bobSays]);
    const bobReport = await finished(bob);
    const annReport = await hangUp(ann);

    expect((await heardBy(bob, one)).peak).toBeGreaterThan(0.9);
    expect((await heardBy(ann, two)).peak).toBeGreaterThan(0.9);
    expect((await heardBy(ann, one)).peak).toBeLessThan(0.5);
    expect((await heardBy(bob, two)).peak).toBeLessThan(0.5);
    expect(annReport.frames.received).toBe(bobReport.frames.sent);
    expect(bobReport.frames.sent).toBe(2.5 * 50);
    expect(bobReport.frames.received).toBeGreaterThan(2 * 50);
    // They did speak at the same time.
    const annSent = (await traceOf(ann)).sent.map((line) => BigInt(line.sendNs));
    const bobSent = (await traceOf(bob)).sent.map((line) => BigInt(line.sendNs));
    expect(annSent[0]! < bobSent[0]! && bobSent.at(-1)! < annSent.at(-1)!).toBe(true);
  });

  test.concurrent("the echo room gives the speaker's own voice back, later and to nobody else", {
    timeout: 60_000,
  }, async ({ place }) => {
    const station = await place.serve();
    const clip = speech.subarray(0, 1.5 * SECOND);
    const input = await writeWav(place, 'clip.wav', clip);
    const frames = clip.length / FRAME;
    const other = await startCaller(place, station.target('bob', 'echo'), 'bob', ['--input', 'silence']);
    const caller = await startCaller(place, station.target('ann', 'echo'), 'ann', [
      ...['--input', input, '--duration', '5.5'], // the clip, the echo's delay, and two and a half seconds to spare
    ]);
    expect((await finished(caller)).frames).toMatchObject({ sent: frames, received: frames });
    expect((await heardBy(caller, clip)).peak).toBeGreaterThan(0.9);
    const { sent, heard } = await traceOf(caller);
    const delayMs = Number(BigInt(heard[0]!.playoutNs) - BigInt(sent[0]!.captureNs)) / 1e6;
    expect(delayMs).toBeGreaterThan(ECHO_DELAY_MS + CALM_MS);
    expect(delayMs).toBeLessThan(ECHO_DELAY_MS + CALM_MS + 1500);
    expect((await hangUp(other)).frames.received).toBe(0);
  });
});

/** Where in the WAV a heard frame begins, samples. */
function positionOf({ playoutNs }: HeardLine, startedAt: bigint): number {
  return Math.round((Number(BigInt(playoutNs) - startedAt) * 48) / 1e6);
}

function expectSpeaker(report: Report, suite: string, frames: number): void {
  expect(report).toMatchObject({
    frames: { sent: frames, received: 0, recovered: 0, concealed: 0, late: 0, dropped: 0 },
    rttMs: expect.any(Number),
    jitterMs: null,
    playoutDelayMs: null,
    carrier: 'udp',
    carrierUp: 'udp',
    carrierDown: 'udp',
    carrierReason: 'UDP answers',
    cipher: suite,
    speakers: [],
    startedAtNs: expect.stringMatching(/^[0-9]+$/),
  });
}

function expectListener(report: Report, suite: string, frames: number): void {
  expect(report).toMatchObject({
    frames: {
      sent: 0,
      received: frames,
      recovered: 0,
      concealed: expect.any(Number),
      late: expect.any(Number),
      dropped: expect.any(Number),
    },
    rttMs: expect.any(Number),
    jitterMs: expect.any(Number),
    playoutDelayMs: { p50: expect.any(Number), p95: expect.any(Number) },
    carrier: 'udp',
    carrierUp: 'udp',
    carrierDown: 'udp',
    carrierReason: 'UDP answers',
    cipher: suite,
    speakers: [expect.objectContaining({ received: frames, recovered: 0, lossPct: 0 })],
    startedAtNs: expect.stringMatching(/^[0-9]+$/),
  });
  const { rttMs, jitterMs, playoutDelayMs } = report;
  for (const ms of [rttMs!, jitterMs!]) {
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThan(CALM_MS);
  }
  // The delay that was asked for, less what a starved machine brought the frames late by.
  expect(playoutDelayMs!.p50).toBeGreaterThan(CALM_MS * 0.4);
  expect(playoutDelayMs!.p95).toBeGreaterThanOrEqual(playoutDelayMs!.p50);
  expect(playoutDelayMs!.p95).toBeLessThan(1000 + 40);
}

/** A line for each frame, in order, sent after it was captured. */
function expectSentTrace(lines: readonly SentLine[], report: Report): void {
  expect(lines).toHaveLength(report.frames.sent);
  const { seq, rtpTs } = lines[0]!;
  expect(lines.map((line) => line.seq)).toEqual(lines.map((_, i) => (seq + i) & 0xffff));
  expect(lines.map((line) => line.rtpTs)).toEqual(lines.map((_, i) => (rtpTs + i * FRAME) >>> 0));
  for (const line of lines) expect(BigInt(line.sendNs)).toBeGreaterThanOrEqual(BigInt(line.captureNs));
}

/** Every frame that was sent was heard, at most a moment of it concealed, and nothing was heard before it was said. */
function expectHeardTrace(lines: readonly HeardLine[], report: Report, sent: readonly SentLine[]): void {
  const { received, concealed, late, dropped } = report.frames;
  const packets = lines.filter((line) => line.source === 'packet');
  expect(packets).toHaveLength(received - late - dropped);
  expect(lines).toHaveLength(packets.length + concealed);
  expect(new Set(lines.map((line) => line.from)).size).toBe(1);
  const said = new Map(sent.map((line) => [line.seq, line]));
  for (const line of packets) {
    expect(line.rtpTs).toBe(said.get(line.seq)?.rtpTs);
    expect(BigInt(line.receiveNs!)).toBeGreaterThan(BigInt(said.get(line.seq)!.captureNs));
    expect(BigInt(line.playoutNs)).toBeGreaterThanOrEqual(BigInt(line.receiveNs!));
  }
  for (const line of lines) if (line.source === 'concealed') expect(line.receiveNs).toBeNull();
}

/** Taken from where the trace says that each frame was heard, and put where it was said, the frames are the speech. */
function expectFramesInPlace(lines: readonly HeardLine[], sound: Int16Array, startedAt: bigint): void {
  const origin = lines[0]!.rtpTs;
  const rebuilt = new Int16Array(speech.length + FRAME);
  for (const line of lines) {
    const at = (line.rtpTs - origin) >>> 0;
    const from = positionOf(line, startedAt);
    if (at + FRAME <= rebuilt.length) rebuilt.set(sound.subarray(from, from + FRAME), at);
  }
  const { peak, lagSamples } = bestCorrelation(speech, rebuilt);
  expect(peak).toBeGreaterThan(0.9);
  expect(lagSamples).toBeGreaterThanOrEqual(0);
  expect(lagSamples).toBeLessThan(CODEC_DELAY);
}
