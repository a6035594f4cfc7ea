/** Opus (RFC 6716) at 48 kHz: what we ask of the encoder, and a decoder that nothing from a network can upset. */
import { VoiptermError } from '../errors.ts';
import { opusDuration } from '../net/protocol/rtp.ts';
import { FRAME_SAMPLES, msToSamples, type OpusFrameMs, TICK_SAMPLES } from './frame.ts';
import { MAX_FRAME_SAMPLES, OpusCodec } from './opus-codec.ts';

/** Requests of opus_encoder_ctl (opus_defines.h). */
const OPUS_SET_BITRATE = 4002;
const OPUS_SET_VBR = 4006;
const OPUS_SET_COMPLEXITY = 4010;
const OPUS_SET_DTX = 4016;
const OPUS_SET_SIGNAL = 4024;
const OPUS_SIGNAL_VOICE = 3001;

/** A packet this short says that nothing is said (RFC 7587, section 3.1.3): with `dtx` it need not be sent. */
export const DTX_BYTES = 2;

/** What can be changed while one talks. */
export interface OpusSettings {
  /** bit/s, 6,000..128,000. */
  readonly bitrate: number;
  /** 0..10. */
  readonly complexity: number;
  /** Length of a frame, ms. */
  readonly frameMs: OpusFrameMs;
  /** Variable bitrate, which is the default; else every packet has the same size. */
  readonly vbr?: boolean;
  /** Discontinuous transmission, off by default: silence makes packets of at most DTX_BYTES. */
  readonly dtx?: boolean;
}

export interface EncoderOptions extends OpusSettings {
  /** Channels of the samples, interleaved. */
  readonly channels: 1 | 2;
}

/** Encodes one person's voice. Close it, or its WebAssembly memory is never freed. */
export class OpusEncoder {
  readonly #codec: OpusCodec;
  readonly #channels: number;
  #samples = 0;

  constructor(options: EncoderOptions) {
    this.#codec = new OpusCodec(options.channels);
    this.#channels = options.channels;
    this.#codec.control(OPUS_SET_SIGNAL, OPUS_SIGNAL_VOICE);
    this.configure(options);
  }

  /** Holds from the next frame on. */
  configure({ bitrate, complexity, frameMs, vbr = true, dtx = false }: OpusSettings): void {
    this.#samples = msToSamples(frameMs) * this.#channels;
    this.#codec.control(OPUS_SET_BITRATE, bitrate);
    this.#codec.control(OPUS_SET_COMPLEXITY, complexity);
    this.#codec.control(OPUS_SET_VBR, vbr ? 1 : 0);
    this.#codec.control(OPUS_SET_DTX, dtx ? 1 : 0);
  }

  /** Encodes a frame into a packet of its own buffer. Throws for another number of samples than a frame has. */
  encode(samples: Int16Array): Uint8Array {
    const packet = samples.length === this.#samples ? this.#codec.encode(samples) : undefined;
    if (packet) return packet;
    throw new VoiptermError('internal', `a voice frame has ${this.#samples} samples, not ${samples.length}`);
  }

  close(): void {
    this.#codec.close();
  }
}

/** The bit of a packet's first byte that says that it is stereo (RFC 6716, section 3.1). */
const TOC_STEREO = 4;

/**
 * Decodes one speaker to mono, or to stereo, interleaved: what comes in mono is then on both sides. Nothing that a network
 * sends makes it throw. Close it to free its memory.
 */
export class OpusDecoder {
  readonly channels: 1 | 2;
  readonly #codec: OpusCodec;
  #lastToc: number | undefined;
  #badPackets = 0;
  /** Stereo came. Until then libopus has made both sides of the same. */
  #sidesDiffer = false;

  constructor(channels: 1 | 2 = 1) {
    this.channels = channels;
    this.#codec = new OpusCodec(channels);
  }

  /** Packets that were not valid Opus, or longer than 60 ms. */
  get badPackets(): number {
    return this.#badPackets;
  }

  /** opusDuration() samples a channel; undefined, and counted, for a packet that is not valid or longer than 60 ms. */
  decodeFrame(payload: Uint8Array): Int16Array | undefined {
    const duration = opusDuration(payload);
    const valid = duration > 0 && duration <= MAX_FRAME_SAMPLES;
    const samples = valid ? this.#codec.decode(payload) : undefined;
    if (samples?.length !== duration * this.channels) {
      this.#badPackets++;
      return undefined;
    }
    this.#lastToc = payload[0];
    if (((payload[0] ?? 0) & TOC_STEREO) !== 0) this.#sidesDiffer = true;
    return this.#centred(samples);
  }

  /**
   * So many samples a channel that carry on from the last frame and fade; silence before the first frame. Precondition:
   * `samples` is a multiple of TICK_SAMPLES.
   */
  concealFrame(samples: number): Int16Array {
    const out = new Int16Array(samples * this.channels);
    if (this.#lastToc === undefined) return out;
    for (let at = 0; at < samples; ) {
      const piece = samples - at >= FRAME_SAMPLES ? FRAME_SAMPLES : TICK_SAMPLES;
      // A packet of nothing but its first byte makes libopus conceal one frame: it has no other switch for it here.
      const concealed = this.#codec.decode(Uint8Array.of(tocOf(this.#lastToc, piece)));
      if (concealed?.length === piece * this.channels) out.set(concealed, at * this.channels);
      at += piece;
    }
    return this.#centred(out);
  }

  /** 960 samples a channel of the packet, or a concealment if it is not a valid 20 ms packet. */
  decode(payload: Uint8Array): Int16Array {
    if (isOneFrame(payload)) return this.decodeFrame(payload) ?? this.conceal();
    this.#badPackets++;
    return this.conceal();
  }

  /** 960 samples a channel that carry on from the last frame and fade; silence before the first frame. */
  conceal(): Int16Array {
    return this.concealFrame(FRAME_SAMPLES);
  }

  close(): void {
    this.#codec.close();
  }

  /**
   * A voice in mono in the middle, to the sample: the noise with which libopus conceals longer gaps is another one on each
   * side, and what follows bears its traces.
   */
  #centred(samples: Int16Array): Int16Array {
    if (this.channels === 2 && !this.#sidesDiffer)
      for (let i = 0; i < samples.length; i += 2) samples[i + 1] = samples[i] ?? 0;
    return samples;
  }
}

/** Whether a packet claims to be 20 ms long. */
export function isOneFrame(payload: Uint8Array): boolean {
  return opusDuration(payload) === FRAME_SAMPLES;
}

/** A first byte of the same mode as another's, for one frame of 10 or 20 ms (RFC 6716, table 2). */
function tocOf(toc: number, samples: number): number {
  const config = toc >> 3;
  const long = samples === FRAME_SAMPLES ? 1 : 0;
  if (config < 12) return (((config & ~3) | long) << 3) | (toc & TOC_STEREO);
  if (config < 16) return (((config & ~1) | long) << 3) | (toc & TOC_STEREO);
  return (((config & ~3) | (2 + long)) << 3) | (toc & TOC_STEREO);
}
