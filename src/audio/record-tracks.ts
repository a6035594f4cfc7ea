/** The tracks of a recording: WAV files of samples, and Ogg files of Opus packets as they came or are made here. */

import { type OggOptions, OggOpus, PRE_SKIP } from './ogg.ts';
import { FILL_SAMPLES, fill } from './opus-fill.ts';
import type { RecordFile } from './record-file.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-write.ts';

/** Samples that are written at once, and that a kill can lose: half a second. */
const LUMP_SAMPLES = 24_000;
/** A WAV file's sizes are 32-bit: 12 hours. */
export const MAX_WAV_SAMPLES = Math.floor((0xffff_ffff - WAV_HEADER_BYTES - 1) / 2);

/** Samples at their places. */
export class WavTrack {
  readonly #file: RecordFile;
  #lump: Int16Array[] = [];
  #lumpAt = 0;
  #lumpSamples = 0;
  #end = 0;

  constructor(file: RecordFile) {
    this.#file = file;
    file.append(wavHeader(0));
  }

  /** Writes samples at a place (samples from the start), which is not before the end of what was written. */
  write(place: number, samples: Int16Array): void {
    if (place + samples.length > MAX_WAV_SAMPLES) return;
    if (place !== this.#lumpAt + this.#lumpSamples) this.#flush();
    if (this.#lump.length === 0) this.#lumpAt = place;
    this.#lump.push(samples.slice());
    this.#lumpSamples += samples.length;
    if (this.#lumpSamples >= LUMP_SAMPLES) this.#flush();
  }

  /** Makes it as long as the recording. */
  close(samples: number): Promise<void> {
    this.#flush();
    this.#end = Math.min(MAX_WAV_SAMPLES, Math.max(this.#end, samples));
    this.#file.writeAt(0, wavHeader(this.#end * 2));
    this.#file.setLength(WAV_HEADER_BYTES + this.#end * 2);
    return this.#file.close();
  }

  #flush(): void {
    if (this.#lumpSamples === 0) return;
    const bytes = Buffer.concat(
      this.#lump.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
    );
    this.#file.writeAt(WAV_HEADER_BYTES + this.#lumpAt * 2, bytes);
    this.#end = this.#lumpAt + this.#lumpSamples;
    this.#file.writeAt(0, wavHeader(this.#end * 2));
    this.#lumpAt = this.#end;
    this.#lump = [];
    this.#lumpSamples = 0;
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
