/**
 * From captured sound to RTP packets: the talk gate, the level, Opus, and the numbers of RFC 3550.
 *
 *    off --talk on, first frame with a session--> talking --talk off, or the input's last chunk--> off
 *
 * The input gives chunks of any multiple of 10 ms; Opus gets frames of `frameMs`. The chunk in which talking stops is
 * faded out, and its frame is marked as the spurt's last. The timestamp follows the capture clock, so it goes on
 * through silence; within a spurt it advances by exactly one frame a frame.
 */
import { encodeVoiceFrame, MAX_OPUS_BYTES } from '../net/protocol/rtp.ts';
import { type AssembledFrame, FrameAssembler } from './assembler.ts';
import { msToSamples, samplesToNs, TICK_NS, TICK_SAMPLES } from './frame.ts';
import { audioLevel, SILENCE_LEVEL } from './level.ts';
import { type EncoderOptions, OpusEncoder } from './opus.ts';

/** A hole this long in the captured sound ends the spurt: the device was away, ns. */
const MAX_HOLE_NS = 200_000_000n;

/** A packet to be sent, and what the trace wants to know of it. */
export interface Outgoing {
  readonly packet: Uint8Array;
  readonly seq: number;
  readonly timestamp: number;
  readonly captureNs: bigint;
}

export interface TalkerOptions extends EncoderOptions {
  /** Random start of the sequence numbers, 0..65535 (RFC 3550, 5.1). */
  readonly firstSeq: number;
  /** Random start of the timestamps, 0..2^32-1. */
  readonly firstTimestamp: number;
  readonly onTalking: (on: boolean) => void;
}

export class Talker {
  #options: TalkerOptions;
  #encoder: OpusEncoder;
  #ssrc: number | null = null;
  #wanted = false;
  #inSpurt = false;
  #seq: number;
  #level = SILENCE_LEVEL;
  #sent = 0;
  #frameSamples: number;
  #assembler: FrameAssembler;
  /** The next frame's place on the RTP clock: samples since the first one sent. */
  #place = 0n;
  #originNs: bigint | undefined;
  #lastCaptureNs = 0n;

  constructor(options: TalkerOptions) {
    this.#options = options;
    this.#encoder = new OpusEncoder(options);
    this.#frameSamples = msToSamples(options.frameMs);
    this.#assembler = new FrameAssembler(this.#frameSamples, options.channels);
    this.#seq = options.firstSeq;
  }

  /** Frames sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Level of the last frame captured, sent or not, -dBov. */
  get level(): number {
    return this.#level;
  }

  /** Whether talking is switched on. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Whether what is captured is being sent. */
  get inSpurt(): boolean {
    return this.#inSpurt;
  }

  /** Whether captured frames are wanted: to be sent, or to end the spurt. */
  get active(): boolean {
    return this.#inSpurt || (this.#wanted && this.#ssrc !== null);
  }

  /** Our SSRC in the datagram session, or null: nothing can be sent. */
  setSession(ssrc: number | null): void {
    this.#ssrc = ssrc;
    if (ssrc === null) this.#endSpurt();
  }

  setTalking(on: boolean): void {
    this.#wanted = on;
  }

  /** Ends the spurt without a last frame: the input is gone. */
  abort(): void {
    this.#level = SILENCE_LEVEL;
    this.#endSpurt();
  }

  /** Takes a captured chunk of any multiple of 10 ms; returns the packets to send. */
  frame(samples: Int16Array, captureNs: bigint, final: boolean): Outgoing[] {
    this.#level = audioLevel(samples);
    if (captureNs - this.#lastCaptureNs > MAX_HOLE_NS) this.#endSpurt();
    this.#lastCaptureNs = captureNs;
    const wanted = this.#wanted;
    if (final) this.#wanted = false;
    if (this.#ssrc === null || !(this.#inSpurt || wanted)) {
      this.#assembler.clear();
      return [];
    }
    const closing = this.#inSpurt && !wanted;
    const frames = this.#assembler.push(closing ? fadedOut(samples) : samples, captureNs);
    const ending = closing || final;
    const rest = ending ? this.#assembler.flush() : undefined;
    if (rest) frames.push(rest);
    return this.#sendAll(frames, ending, this.#ssrc);
  }

  close(): void {
    this.#endSpurt();
    this.#encoder.close();
  }

  #sendAll(frames: readonly AssembledFrame[], ending: boolean, ssrc: number): Outgoing[] {
    const outgoing: Outgoing[] = [];
    for (const [i, frame] of frames.entries()) {
      const out = this.#send(frame, ending && i === frames.length - 1, ssrc);
      if (out) outgoing.push(out);
    }
    return outgoing;
  }

  #send({ samples, captureNs }: AssembledFrame, last: boolean, ssrc: number): Outgoing | undefined {
    const marker = !this.#inSpurt;
    const timestamp = this.#advance(captureNs, marker);
    const payload = this.#encoder.encode(samples);
    if (payload.length > MAX_OPUS_BYTES) return undefined; // no bitrate that we allow comes near
    const seq = this.#seq;
    this.#seq = (seq + 1) & 0xffff;
    this.#sent++;
    this.#inSpurt = true;
    if (marker) this.#options.onTalking(true);
    const level = audioLevel(samples);
    const packet = encodeVoiceFrame({ seq, timestamp, ssrc, marker, last, level, payload });
    if (last) this.#endSpurt();
    return { packet, seq, timestamp, captureNs };
  }

  /** The timestamp of this frame. A spurt begins at its place on the capture clock, to the tick. */
  #advance(captureNs: bigint, marker: boolean): number {
    const startNs = captureNs - samplesToNs(this.#frameSamples);
    this.#originNs ??= startNs;
    if (marker) {
      const ticks = (startNs - this.#originNs + TICK_NS / 2n) / TICK_NS;
      const place = ticks * BigInt(TICK_SAMPLES);
      if (place > this.#place) this.#place = place;
    }
    const timestamp = BigInt(this.#options.firstTimestamp) + this.#place;
    this.#place += BigInt(this.#frameSamples);
    return Number(BigInt.asUintN(32, timestamp));
  }

  #endSpurt(): void {
    if (!this.#inSpurt) return;
    this.#inSpurt = false;
    this.#assembler.clear();
    this.#options.onTalking(false);
  }
}

/** A copy that fades to silence, so that the end of a spurt does not click. */
function fadedOut(samples: Int16Array): Int16Array {
  return samples.map((sample, i) => Math.round(sample * (1 - (i + 1) / samples.length)));
}
