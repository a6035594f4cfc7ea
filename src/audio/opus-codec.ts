/**
 * libopus 1.4 in WebAssembly, as the npm package opusscript ships it, without that package's JavaScript: it places its
 * PCM buffers at twice the address that it allocated, keeps views of a heap that may have grown since, and has buffers
 * too small for 60 ms. All codecs of a thread share one module and one staging buffer each way.
 */
import load, { type OpusHandler, type OpusModule } from 'opusscript/build/opusscript_native_wasm.js';
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** OPUS_APPLICATION_VOIP (opus_defines.h). */
const APPLICATION_VOIP = 2048;
/** Longest frame that the module takes, per channel: 60 ms. */
export const MAX_FRAME_SAMPLES = 2880;
/** Two channels of MAX_FRAME_SAMPLES 16-bit samples; the module wants each byte in a unit of 16 bits. */
const PCM_UNITS = MAX_FRAME_SAMPLES * 2 * 2;
/** More than any packet of one frame (RFC 6716, 3.4: 1,275 bytes). */
const PACKET_BYTES = 4000;

interface Staging {
  readonly module: OpusModule;
  /** Byte addresses. */
  readonly pcm: number;
  readonly packet: number;
}

let shared: Staging | undefined;

function staging(): Staging {
  if (shared) return shared;
  const module = load();
  shared = { module, pcm: module._malloc(PCM_UNITS * 2), packet: module._malloc(PACKET_BYTES) };
  return shared;
}

/** One encoder and one decoder of libopus. Close it, or its memory is never freed. */
export class OpusCodec {
  readonly #staging = staging();
  readonly #channels: 1 | 2;
  readonly #handler: OpusHandler;
  #closed = false;

  constructor(channels: 1 | 2) {
    this.#channels = channels;
    this.#handler = new this.#staging.module.OpusScriptHandler(SAMPLE_RATE, channels, APPLICATION_VOIP);
  }

  /** opus_encoder_ctl; true if libopus takes the value. */
  control(request: number, value: number): boolean {
    return this.#handler._encoder_ctl(request, value) >= 0;
  }

  /** Encodes interleaved samples, at most MAX_FRAME_SAMPLES per channel; undefined if libopus refuses. */
  encode(samples: Int16Array): Uint8Array | undefined {
    const { module, pcm, packet } = this.#staging;
    const units = module.HEAPU16;
    for (let i = 0, at = pcm / 2; i < samples.length; i++) {
      const sample = samples[i] ?? 0;
      units[at++] = sample & 0xff;
      units[at++] = (sample >> 8) & 0xff;
    }
    const length = this.#handler._encode(pcm, samples.length * 2, packet, samples.length / this.#channels);
    return length < 0 ? undefined : module.HEAPU8.slice(packet, packet + length);
  }

  /** Decodes a packet that claims at most MAX_FRAME_SAMPLES; undefined if libopus refuses it. */
  decode(payload: Uint8Array): Int16Array | undefined {
    if (payload.length > PACKET_BYTES) return undefined;
    const { module, pcm, packet } = this.#staging;
    module.HEAPU8.set(payload, packet);
    const length = this.#handler._decode(packet, payload.length, pcm);
    if (length < 0) return undefined;
    const units = module.HEAPU16;
    const samples = new Int16Array(length * this.#channels);
    for (let i = 0, at = pcm / 2; i < samples.length; i++, at += 2)
      samples[i] = (units[at] ?? 0) | ((units[at + 1] ?? 0) << 8);
    return samples;
  }

  close(): void {
    if (!this.#closed) this.#staging.module.OpusScriptHandler.destroy_handler(this.#handler);
    this.#closed = true;
  }
}
