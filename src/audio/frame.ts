/** The frame that every part of the audio worker works in: 20 ms of 48 kHz mono, 16-bit. Constants only. */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** Length of a frame, ms: the usual trade between delay and packet overhead (RFC 7587, section 4.2). */
export const FRAME_MS = 20;
/** Samples in a frame: 960. It is also the step of the RTP timestamp. */
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;
/** Length of a frame, ns. */
export const FRAME_NS = BigInt(FRAME_MS) * 1_000_000n;
/** Bytes of a frame of 16-bit samples. */
export const FRAME_BYTES = FRAME_SAMPLES * 2;

/** Nanoseconds of process.hrtime.bigint() as milliseconds, exact to well under a microsecond for centuries. */
export function nsToMs(ns: bigint): number {
  return Number(ns) / 1e6;
}
