/** The tracks of a recording: WAV files of samples, and Ogg files of Opus packets as they came or are made here. */

import { type OggOptions, OggOpus, PRE_SKIP } from './ogg.ts';
import { FILL_SAMPLES, fill } from './opus-fill.ts';
import type { RecordFile } from './record-file.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-write.ts';

/** Samples a channel that are written at once, and that a kill can lose: half a second. */
const LUMP_SAMPLES = 24_000;

/** Most samples a channel of a track. A WAV file's sizes are 32-bit: 12 hours of mono, 6 of stereo. */
export function maxWavSamples(channels: number): number {
  return Math.floor((0xffff_ffff - WAV_HEADER_BYTES - 1) / (2 * channels));
}

/** Samples at their places, which are counted a channel; stereo is interleaved. */
export class WavTrack {
  readonly #file: RecordFile;
  readonly #channels: 1 | 2;
  #lump: Int16Array[] = [];
  #lumpAt = 0;
  #lumpSamples = 0;
  #end = 0;

  constructor(file: RecordFile, channels: 1 | 2) {
    this.#file = file;
    this.#channels = channels;
    file.append(wavHeader(0, channels));
  }

  /** Writes samples at a place (samples from the start), which is not before the end of what was written. */
  write(place: number, samples: Int16Array): void {
    const length = samples.length / this.#channels;
    if (place + length > maxWavSamples(this.#channels)) return;
    if (place !== this.#lumpAt + this.#lumpSamples) this.#flush();
    if (this.#lump.length === 0) this.#lumpAt = place;
    this.#lump.push(samples.slice());
    this.#lumpSamples += length;
    if (this.#lumpSamples >= LUMP_SAMPLES) this.#flush();
  }

  /** Makes it as long as the recording. */
  close(samples: number): Promise<void> {
    this.#flush();
    this.#end = Math.min(maxWavSamples(this.#channels), Math.max(this.#end, samples));
    this.#writeHeader();
    this.#file.setLength(WAV_HEADER_BYTES + this.#bytes(this.#end));
    return this.#file.close();
  }

  #flush(): void {
    if (this.#lumpSamples === 0) return;
    const bytes = Buffer.concat(
      this.#lump.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
    );
    this.#file.writeAt(WAV_HEADER_BYTES + this.#bytes(this.#lumpAt), bytes);
    this.#end = this.#lumpAt + this.#lumpSamples;
    this.#writeHeader();
    this.#lumpAt = this.#end;
    this.#lump = [];
    this.#lumpSamples = 0;
  }

  #writeHeader(): void {
    this.#file.writeAt(0, wavHeader(this.#bytes(this.#end), this.#channels));
  }

  #bytes(samples: number): number {
    return samples * this.#channels * 2;
  }
}

/** Opus packets at their places. */
export class OggTrack {
  readonly #file: RecordFile;
  readonly #ogg: OggOpus;
  #toc: number | undefined;

  constructor(file: RecordFile, options: OggOptions) {
    this.#file = file;
    this.#ogg = new OggOpus(options);
    file.append(this.#ogg.head());
  }

  /** Writes a packet at a place (samples from the start), less than 10 ms before it, never before what was written. */
  write(place: number, payload: Uint8Array, samples: number): void {
    this.#fillTo(place);
    this.#add(payload, samples);
    this.#toc = payload[0];
  }

  /** Nothing was said up to this place. */
  pause(place: number): void {
    this.#toc = undefined; // nothing was lost
    this.#fillTo(place);
  }

  /** Makes it as long as the recording. */
  close(samples: number): Promise<void> {
    const end = samples + PRE_SKIP;
    this.pause(end + FILL_SAMPLES - 1);
    this.#file.append(this.#ogg.end(end));
    return this.#file.close();
  }

  /** A packet sounds PRE_SKIP later than its granule says, and the decoder skips as much at the start. */
  #fillTo(granule: number): void {
    const missing = granule - this.#ogg.granule;
    for (const { payload, samples } of fill(missing, this.#toc)) this.#add(payload, samples);
  }

  #add(payload: Uint8Array, samples: number): void {
    const pages = this.#ogg.packet(payload, samples);
    if (pages) this.#file.append(pages);
  }
}
