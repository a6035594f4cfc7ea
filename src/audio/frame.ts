/**
 * The units of time in the audio worker: the 10 ms tick that its clocks count in, and 20 ms, the usual Opus frame.
 * 48 kHz, 16-bit. Constants only.
 */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** What the inner clocks tick in, ms: the shortest Opus frame that we send. */
export const TICK_MS = 10;
/** Samples of a tick, per channel: 480. */
export const TICK_SAMPLES = (SAMPLE_RATE * TICK_MS) / 1000;
/** Length of a tick, ns. */
export const TICK_NS = BigInt(TICK_MS) * 1_000_000n;

/** Opus frames that can be sent, ms. */
export const OPUS_FRAMES_MS = [10, 20, 40, 60] as const;
export type OpusFrameMs = (typeof OPUS_FRAMES_MS)[number];

/** Length of a frame, ms: the usual trade between delay and packet overhead (RFC 7587, section 4.2). */
export const FRAME_MS = 20;
/** Samples in a frame: 960. */
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;
/** Length of a frame, ns. */
export const FRAME_NS = BigInt(FRAME_MS) * 1_000_000n;

/** Samples of a duration in ms, per channel. */
export function msToSamples(ms: number): number {
  return (ms * SAMPLE_RATE) / 1000;
}

/** Nanoseconds that samples last. */
export function samplesToNs(samples: number): bigint {
  return (BigInt(samples) * 1_000_000_000n) / BigInt(SAMPLE_RATE);
}

/** Nanoseconds of process.hrtime.bigint() as milliseconds, exact to well under a microsecond for centuries. */
export function nsToMs(ns: bigint): number {
  return Number(ns) / 1e6;
}
