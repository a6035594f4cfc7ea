/**
 * Measures how long our own voice takes to come back to us through the station. Pure.
 *
 * By the RTP timestamp, which the station leaves as it is: when the sound of a frame was captured, against when the same
 * frame is played. Both moments are as the devices' drivers tell them, so buffers that a driver knows nothing of are
 * missing, and no loudspeaker has to be heard by a microphone.
 */
import { samplesToNs } from './frame.ts';

/** SSRC of what a station gives back (docs/protocol.md, "The echo room"). */
export const ECHO_SSRC = 1;
/** Frames under way that are remembered: the longest way, some 2 s, at 100 frames a second, twice over. */
const MAX_SENT = 512;
/** Frames that the figure is taken from: a second or two. */
const WINDOW = 100;
/** A spurt that begins so long after the last one is measured by itself, ns. */
const PAUSE_NS = 1_000_000_000n;
/** Libopus gives back what it was given 6.5 ms ago (RFC 7845, 4.2, pre-skip), which no timestamp tells, ns. */
const OPUS_LOOKAHEAD_NS = 6_500_000n;

export class LoopbackMeter {
  /** When the first sample of a frame was captured, by the frame's timestamp. */
  readonly #captured = new Map<number, bigint>();
  #latencies: number[] = [];
  #heardNs: bigint | undefined;

  /** A frame left. `captureNs` is when its last sample was spoken, `duration` its samples. */
  sent(timestamp: number, captureNs: bigint, duration: number): void {
    this.#captured.set(timestamp, captureNs - samplesToNs(duration));
    const [oldest] = this.#captured.keys();
    if (this.#captured.size > MAX_SENT && oldest !== undefined) this.#captured.delete(oldest);
  }

  /** A frame is played. Other speakers', and frames that were concealed, do not count; nor does one twice. */
  heard(ssrc: number, timestamp: number, playoutNs: bigint, real: boolean): void {
    if (ssrc !== ECHO_SSRC || !real) return;
    const capturedNs = this.#captured.get(timestamp);
    if (capturedNs === undefined) return;
    this.#captured.delete(timestamp);
    // After a pause it may be another way, and is another test.
    if (this.#heardNs !== undefined && playoutNs - this.#heardNs > PAUSE_NS) this.#latencies = [];
    this.#heardNs = playoutNs;
    this.#latencies.push(Number(playoutNs - capturedNs + OPUS_LOOKAHEAD_NS) / 1e6);
    if (this.#latencies.length > WINDOW) this.#latencies.shift();
  }

  /** The median of the last frames, ms; null before the first. */
  get latencyMs(): number | null {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }
}
