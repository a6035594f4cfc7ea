/**
 * Writes a 48 kHz 16-bit WAV file, mono or stereo, while the sound comes in.
 *
 * Every write to disk ends with a header that fits what is there, so that a file whose writer was killed is a
 * valid, shorter one.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf, VoiptermError } from '../errors.ts';
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

export const WAV_HEADER_BYTES = 44;
/** Sound is written in lumps of half a second, bytes a channel: what a kill can lose. */
const FLUSH_BYTES = SAMPLE_RATE;
/** Sound that may wait for a slow disk: 20 seconds, bytes a channel. Then the file counts as failed. */
const MAX_PENDING_BYTES = SAMPLE_RATE * 2 * 20;
/** A WAV file's sizes are 32-bit: 12 hours of mono, 6 of stereo, bytes. */
const MAX_DATA_BYTES = 0xffff_ffff - WAV_HEADER_BYTES - 1;

/** The header of a 48 kHz 16-bit file with `dataBytes` of sound. */
export function wavHeader(dataBytes: number, channels: 1 | 2 = 1): Uint8Array {
  const bytes = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from('RIFF____WAVEfmt ____________________data', 'latin1'));
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  view.setUint32(16, 16, true); // size of 'fmt '
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, channels, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, SAMPLE_RATE * channels * 2, true); // bytes a second
  view.setUint16(32, channels * 2, true); // bytes a sample of all channels
  view.setUint16(34, 16, true); // bits a sample
  view.setUint32(40, dataBytes, true);
  return bytes;
}

export class WavWriter {
  readonly path: string;
  readonly channels: 1 | 2;
  readonly #file: FileHandle;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writtenBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: VoiptermError | undefined;

  private constructor(path: string, channels: 1 | 2, file: FileHandle) {
    this.path = path;
    this.channels = channels;
    this.#file = file;
  }

  /** Creates or overwrites the file. Rejects with 'audio.file' if that is not possible. */
  static async create(path: string, channels: 1 | 2 = 1): Promise<WavWriter> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'w');
      await file.write(wavHeader(0, channels), 0, WAV_HEADER_BYTES, 0);
      return new WavWriter(path, channels, file);
    } catch (error) {
      // Node ends a process that forgets an open handle.
      await file?.close().catch(() => undefined);
      throw writeError(path, error);
    }
  }

  /** Why nothing more is written, if so. */
  get failure(): VoiptermError | undefined {
    return this.#failure;
  }

  /** Appends samples, channels interleaved; they are copied. Does nothing once the file has failed. */
  write(samples: Int16Array): void {
    if (this.#failure) return;
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).slice();
    if (this.#writtenBytes + this.#pendingBytes + bytes.length > MAX_DATA_BYTES) {
      this.#failure = new VoiptermError(
        'audio.file',
        `${this.path} has reached the size limit of a WAV file`,
      );
      return;
    }
    if (this.#pendingBytes > MAX_PENDING_BYTES * this.channels) {
      this.#failure = new VoiptermError('audio.file', `the disk is too slow to write ${this.path}`);
      return;
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= FLUSH_BYTES * this.channels) this.#flush();
  }

  /** Writes what is left, and closes. Rejects with 'audio.file' if the file is not complete. */
  async close(): Promise<void> {
    await this.#writing;
    this.#flush();
    await this.#writing;
    await this.#file.close().catch((error: unknown) => {
      this.#failure ??= writeError(this.path, error);
    });
    if (this.#failure) throw this.#failure;
  }

  /** One write at a time: a second one waits for the next call. */
  #flush(): void {
    if (this.#writing || this.#pendingBytes === 0) return;
    const lump = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#writing = this.#append(lump)
      .catch((error: unknown) => {
        this.#failure ??= writeError(this.path, error);
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #append(lump: Buffer): Promise<void> {
    await writeAll(this.#file, lump, WAV_HEADER_BYTES + this.#writtenBytes);
    this.#writtenBytes += lump.length;
    await writeAll(this.#file, wavHeader(this.#writtenBytes, this.channels), 0);
  }
}

/** A write may take less than it was given (a full disk takes the rest as an error). */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function writeError(path: string, error: unknown): VoiptermError {
  const code = errnoOf(error) ?? String(error);
  const hint = code === 'ENOSPC' ? 'the disk is full' : `${code}: choose another path`;
  return new VoiptermError('audio.file', `cannot write ${path} (${hint})`, { cause: error });
}
