/**
 * Opus (RFC 6716) through opusscript, libopus in WebAssembly: 48 kHz mono, 20 ms frames.
 *
 * Two things about opusscript 0.1.1 that this file makes up for. It places its PCM buffers at twice the address
 * that it allocated (an index in 16-bit units where bytes are meant), so that codecs overwrite each other, and it
 * keeps views of a heap that may have grown since: we set the views right before each use. Its decoder has no
 * switch for concealment: a packet of nothing but the last frame's TOC byte makes libopus conceal one frame.
 */
import OpusScript from 'opusscript';
import { VoiptermError } from '../errors.ts';
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';
import { FRAME_BYTES, FRAME_SAMPLES, msToSamples, type OpusFrameMs } from './frame.ts';

/** Requests of opus_encoder_ctl (opus_defines.h). */
const OPUS_SET_BITRATE = 4002;
const OPUS_SET_COMPLEXITY = 4010;
const OPUS_SET_SIGNAL = 4024;
const OPUS_SIGNAL_VOICE = 3001;

/** The parts of an OpusScript that its types do not name. */
interface Internals {
  inPCM: Uint16Array;
  outPCM: Uint16Array;
  inOpus: Uint8Array;
  outOpus: Uint8Array;
  readonly inPCMPointer: number;
  readonly outPCMPointer: number;
  readonly inOpusPointer: number;
  readonly outOpusPointer: number;
  readonly inPCMLength: number;
}

function hasInternals(codec: object): codec is Internals {
  return (
    'outPCM' in codec &&
    codec.outPCM instanceof Uint16Array &&
    ['inPCMPointer', 'outPCMPointer', 'inOpusPointer', 'outOpusPointer', 'inPCMLength'].every(
      (name) => typeof (codec as Record<string, unknown>)[name] === 'number',
    )
  );
}

/** The WebAssembly heap as it is now: only making a codec can grow it, so the newest codec knows it. */
let heap: ArrayBufferLike | undefined;

/** One libopus state, and the staging buffers that are allocated for it. */
class Codec {
  readonly script: OpusScript;
  #views: Internals;

  constructor() {
    this.script = new OpusScript(SAMPLE_RATE, 1, OpusScript.Application.VOIP);
    const script: object = this.script;
    if (!hasInternals(script))
      throw new VoiptermError('internal', 'this version of opusscript is not supported');
    this.#views = script;
    heap = this.#views.outPCM.buffer;
  }

  /** The script with its views on the memory that was allocated for it. */
  ready(): OpusScript {
    const v = this.#views;
    if (heap && (v.outPCM.buffer !== heap || v.outPCM.byteOffset !== v.outPCMPointer)) {
      // Bytes as 16-bit units: a 20 ms frame takes 3,840 of the 5,760 bytes that are allocated.
      v.inPCM = new Uint16Array(heap, v.inPCMPointer, v.inPCMLength / 2);
      v.outPCM = new Uint16Array(heap, v.outPCMPointer, v.inPCMLength / 2);
      v.inOpus = new Uint8Array(heap, v.inOpusPointer, OpusScript.MAX_PACKET_SIZE);
      v.outOpus = new Uint8Array(heap, v.outOpusPointer, OpusScript.MAX_PACKET_SIZE);
    }
    return this.script;
  }

  free(): void {
    this.script.delete();
  }
}

export interface EncoderOptions {
  /** bit/s, 6,000..128,000. */
  readonly bitrate: number;
  /** 0..10. */
  readonly complexity: number;
  /** Length of a frame, ms. */
  readonly frameMs: OpusFrameMs;
  /** Channels of the samples, interleaved. */
  readonly channels: 1 | 2;
}

/** Encodes one person's voice. Close it, or its WebAssembly memory is never freed. */
export class OpusEncoder {
  #codec = new Codec();
  #samples: number;
  #closed = false;

  constructor(options: EncoderOptions) {
    this.#samples = msToSamples(options.frameMs);
    const script = this.#codec.ready();
    script.encoderCTL(OPUS_SET_BITRATE, options.bitrate);
    script.encoderCTL(OPUS_SET_COMPLEXITY, options.complexity);
    script.encoderCTL(OPUS_SET_SIGNAL, OPUS_SIGNAL_VOICE);
  }

  /** Encodes a frame into a packet of its own buffer. Throws for another number of samples than a frame has. */
  encode(samples: Int16Array): Uint8Array {
    if (samples.length !== this.#samples)
      throw new VoiptermError('internal', `a voice frame has ${this.#samples} samples`);
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    return new Uint8Array(this.#codec.ready().encode(bytes, this.#samples));
  }

  close(): void {
    if (!this.#closed) this.#codec.free();
    this.#closed = true;
  }
}

/** Decodes one speaker. Nothing that a network sends makes it throw. Close it to free its memory. */
export class OpusDecoder {
  #codec = new Codec();
  #lastToc: number | undefined;
  #badPackets = 0;
  #closed = false;

  /** Packets that were not 20 ms of valid Opus. */
  get badPackets(): number {
    return this.#badPackets;
  }

  /** 960 samples of the packet, or a concealment if it is not a valid 20 ms packet. */
  decode(payload: Uint8Array): Int16Array {
    const toc = payload[0];
    const samples = isOneFrame(payload) ? this.#run(payload) : undefined;
    if (toc === undefined || samples === undefined) {
      this.#badPackets++;
      return this.conceal();
    }
    this.#lastToc = toc;
    return samples;
  }

  /** 960 samples that carry on from the last frame and fade; silence before the first frame. */
  conceal(): Int16Array {
    const silence = (): Int16Array => new Int16Array(FRAME_SAMPLES);
    if (this.#lastToc === undefined) return silence();
    // The two count bits cleared: one frame, of which nothing came.
    return this.#run(Uint8Array.of(this.#lastToc & 0xfc)) ?? silence();
  }

  close(): void {
    if (!this.#closed) this.#codec.free();
    this.#closed = true;
  }

  #run(payload: Uint8Array): Int16Array | undefined {
    try {
      const bytes = this.#codec.ready().decode(Buffer.from(payload));
      // A shared pool may lie at an odd offset: copy into an array of our own.
      return bytes.length === FRAME_BYTES ? new Int16Array(new Uint8Array(bytes).buffer) : undefined;
    } catch {
      return undefined; // libopus says 'Invalid packet'
    }
  }
}

/** Whether a packet claims to be 20 ms long (RFC 6716, section 3.1). opusscript's buffers are too small for 60 ms. */
export function isOneFrame(payload: Uint8Array): boolean {
  const toc = payload[0];
  if (toc === undefined) return false;
  const counts = [1, 2, 2, (payload[1] ?? 0) & 0x3f];
  return frameMs(toc >> 3) * (counts[toc & 3] ?? 0) === 20;
}

/** Frame length of an Opus configuration number, ms (RFC 6716, table 2). */
function frameMs(config: number): number {
  const silk = [10, 20, 40, 60];
  const hybrid = [10, 20];
  const celt = [2.5, 5, 10, 20];
  if (config < 12) return silk[config & 3] ?? 0;
  return (config < 16 ? hybrid[config & 1] : celt[config & 3]) ?? 0;
}
