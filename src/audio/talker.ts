/**
 * From captured sound to encoded frames: the talk gate, the level, Opus, and the timestamps of RFC 3550.
 *
 *    off --talk on, first frame with a session--> talking --talk off, or the input's last chunk--> off
 *
 * The input gives chunks of any multiple of 10 ms; Opus gets frames of `frameMs`. The chunk in which talking stops is
 * faded out, and its frame is marked as the spurt's last. The timestamp follows the capture clock, so it goes on
 * through silence; within a spurt it advances by exactly one frame a frame.
 *
 * With DTX a silence within the talk is a gap on the wire: the frame that begins it is marked last, the next are not
 * sent, and the one that ends it is marked first.
 */
import { MAX_OPUS_BYTES } from '../net/protocol/rtp.ts';
import { type AssembledFrame, FrameAssembler } from './assembler.ts';
import { msToSamples, samplesToNs, TICK_NS, TICK_SAMPLES } from './frame.ts';
import { audioLevel, SILENCE_LEVEL } from './level.ts';
import { DTX_BYTES, type EncoderOptions, OpusEncoder, type OpusSettings } from './opus.ts';
import type { SpokenFrame } from './packet-stream.ts';

/** A hole this long in the captured sound ends the spurt: the device was away, ns. */
const MAX_HOLE_NS = 200_000_000n;
/** Opus updates the noise of a gap with a single frame now and then; one that is not this much louder is left out, dB. */
const GAP_RISE_DB = 6;

export interface TalkerOptions extends EncoderOptions {
  /** Random start of the timestamps, 0..2^32-1. */
  readonly firstTimestamp: number;
  readonly onTalking: (on: boolean) => void;
}

/** A silence that is not sent. */
interface Gap {
  /** The loudest in it, -dBov. */
  level: number;
  /** Its last frame was a single one that Opus would have sent. */
  skipped: boolean;
}

export class Talker {
  #options: TalkerOptions;
  #encoder: OpusEncoder;
  /** Settings that wait for the end of a frame. */
  #pending: OpusSettings | undefined;
  #hasSession = false;
  #wanted = false;
  #inSpurt = false;
  #gap: Gap | undefined;
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
  }

  /** Frames sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Level of the last chunk captured, sent or not, -dBov. */
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

  /** How many ticks from here a frame is complete, while one speaks on; else 1, since a spurt begins and ends by the tick. */
  get ticksToFrame(): number {
    return this.#inSpurt && this.#wanted ? this.#assembler.missing / TICK_SAMPLES : 1;
  }

  /** Whether captured frames are wanted: to be sent, or to end the spurt. */
  get active(): boolean {
    return this.#inSpurt || (this.#wanted && this.#hasSession);
  }

  /** Without a datagram session nothing can be sent. */
  setSession(has: boolean): void {
    this.#hasSession = has;
    if (!has) this.#endSpurt();
  }

  setTalking(on: boolean): void {
    this.#wanted = on;
  }

  /** Holds from the next frame on that has not begun. */
  configure(settings: OpusSettings): void {
    this.#pending = settings;
    this.#applySettings();
  }

  /** Ends the spurt without a last frame: the input is gone. */
  abort(): void {
    this.#level = SILENCE_LEVEL;
    this.#endSpurt();
  }

  /** Takes a captured chunk of any multiple of 10 ms; returns the frames to send. */
  frame(samples: Int16Array, captureNs: bigint, final: boolean): SpokenFrame[] {
    this.#level = audioLevel(samples);
    if (captureNs - this.#lastCaptureNs > MAX_HOLE_NS) this.#endSpurt();
    this.#lastCaptureNs = captureNs;
    const wanted = this.#wanted;
    if (final) this.#wanted = false;
    if (!this.#hasSession || !(this.#inSpurt || wanted)) {
      this.#assembler.clear();
      return [];
    }
    this.#applySettings();
    const closing = this.#inSpurt && !wanted;
    const frames = this.#assembler.push(closing ? fadedOut(samples) : samples, captureNs);
    const ending = closing || final;
    const rest = ending ? this.#assembler.flush() : undefined;
    if (rest) frames.push(rest);
    const spoken = frames.map((frame, i) => this.#speak(frame, ending && i === frames.length - 1));
    return spoken.filter((frame) => frame !== undefined);
  }

  close(): void {
    this.#endSpurt();
    this.#encoder.close();
  }

  #applySettings(): void {
    const settings = this.#pending;
    if (!settings || this.#assembler.partial) return;
    this.#pending = undefined;
    this.#encoder.configure(settings);
    const samples = msToSamples(settings.frameMs);
    if (samples === this.#frameSamples) return;
    this.#frameSamples = samples;
    this.#assembler = new FrameAssembler(samples, this.#options.channels);
  }

  #speak({ samples, captureNs }: AssembledFrame, last: boolean): SpokenFrame | undefined {
    const begins = !this.#inSpurt;
    const timestamp = this.#advance(captureNs, begins);
    const level = audioLevel(samples);
    const payload = this.#encoder.encode(samples);
    this.#inSpurt = true;
    if (begins) this.#options.onTalking(true);
    const place = this.#placeInSpurt(payload, level, begins, last);
    if (last) this.#endSpurt();
    if (!place || payload.length > MAX_OPUS_BYTES) return undefined; // no bitrate that we allow comes near the bound
    this.#sent++;
    return { timestamp, ...place, level, payload, duration: this.#frameSamples, captureNs };
  }

  /** How a frame is marked; undefined for one in a gap, which is not sent. */
  #placeInSpurt(
    payload: Uint8Array,
    level: number,
    begins: boolean,
    last: boolean,
  ): Pick<SpokenFrame, 'marker' | 'last'> | undefined {
    const gap = this.#gap;
    const silent = payload.length <= DTX_BYTES;
    if (silent && !gap) this.#gap = { level, skipped: false };
    if (!gap) return { marker: begins, last: last || silent };
    const louder = level <= gap.level - GAP_RISE_DB;
    if (silent || (!louder && !gap.skipped)) {
      if (silent) gap.level = Math.min(gap.level, level);
      gap.skipped = !silent;
      return undefined;
    }
    this.#gap = undefined;
    return { marker: true, last };
  }

  /** The timestamp of this frame. A spurt begins at its place on the capture clock, to the tick. */
  #advance(captureNs: bigint, begins: boolean): number {
    const startNs = captureNs - samplesToNs(this.#frameSamples);
    this.#originNs ??= startNs;
    if (begins) {
      const ticks = (startNs - this.#originNs + TICK_NS / 2n) / TICK_NS;
      const place = ticks * BigInt(TICK_SAMPLES);
      if (place > this.#place) this.#place = place;
    }
    const timestamp = BigInt(this.#options.firstTimestamp) + this.#place;
    this.#place += BigInt(this.#frameSamples);
    return Number(BigInt.asUintN(32, timestamp));
  }

  #endSpurt(): void {
    this.#gap = undefined;
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
