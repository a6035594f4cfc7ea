/**
 * A file of a recording: new, private, written in order without holding up the sound.
 *
 * It must not exist, and nobody else may read it (0600). Writes wait for the disk in memory, up to a bound; the first failure
 * ends it, and what was written until then stays.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf, VoiptermError } from '../errors.ts';

/** Bytes that may wait for a slow disk: 40 s of samples, 20 of stereo. Then the file counts as failed. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** Bytes and where they go; null truncates or extends the file to that place. */
interface Write {
  readonly bytes: Uint8Array | null;
  readonly at: number;
}

export class RecordFile {
  readonly path: string;
  readonly #onFailed: (error: VoiptermError) => void;
  #waiting: Write[] = [];
  #waitingBytes = 0;
  #failure: VoiptermError | undefined;
  #end = 0;
  #work: Promise<void>;
  #file: FileHandle | undefined;
  #busy = true;

  /** Begins to make the file. `onFailed` is called once, as soon as it is known that the file is not complete. */
  constructor(path: string, onFailed: (error: VoiptermError) => void) {
    this.path = path;
    this.#onFailed = onFailed;
    this.#work = this.#open();
  }

  /** Writes at the end. */
  append(bytes: Uint8Array): void {
    this.writeAt(this.#end, bytes);
  }

  /** Writes at a place; what is left out before it reads as zeros, and takes no room on most disks. */
  writeAt(at: number, bytes: Uint8Array): void {
    if (this.#failure) return;
    this.#end = Math.max(this.#end, at + bytes.length);
    this.#waitingBytes += bytes.length;
    this.#waiting.push({ at, bytes });
    if (this.#waitingBytes > MAX_PENDING_BYTES)
      this.#fail(new VoiptermError('audio.file', `the disk is too slow to write ${this.path}`));
    this.#next();
  }

  /** Makes the file this long. */
  setLength(bytes: number): void {
    if (this.#failure) return;
    this.#waiting.push({ at: bytes, bytes: null });
    this.#next();
  }

  /** Writes what waits, and closes. Never rejects: `onFailed` has said it. */
  async close(): Promise<void> {
    while (this.#busy || (this.#waiting.length > 0 && !this.#failure)) {
      await this.#work;
      this.#next();
    }
    await this.#file?.close().catch((error: unknown) => this.#fail(failureOf(this.path, error)));
    this.#file = undefined;
  }

  async #open(): Promise<void> {
    try {
      this.#file = await open(this.path, 'wx', 0o600);
    } catch (error) {
      this.#fail(failureOf(this.path, error));
    } finally {
      this.#busy = false;
    }
    this.#next();
  }

  /** One write at a time, so that they keep their order. */
  #next(): void {
    if (this.#busy || !this.#file || this.#failure || this.#waiting.length === 0) return;
    const file = this.#file;
    const writes = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#busy = true;
    this.#work = writeAll(file, writes)
      .catch((error: unknown) => this.#fail(failureOf(this.path, error)))
      .finally(() => {
        this.#busy = false;
        this.#next();
      });
  }

  #fail(error: VoiptermError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#waiting = [];
    this.#onFailed(error);
  }
}

async function writeAll(file: FileHandle, writes: readonly Write[]): Promise<void> {
  for (const { at, bytes } of writes) {
    if (!bytes) await file.truncate(at);
    // A write may take less than it was given (a full disk takes the rest as an error).
    for (let done = 0; bytes && done < bytes.length; ) {
      done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    }
  }
}

function failureOf(path: string, error: unknown): VoiptermError {
  const code = errnoOf(error) ?? String(error);
  const hint = code === 'ENOSPC' ? 'the disk is full' : code === 'EEXIST' ? 'it is there already' : code;
  return new VoiptermError('audio.file', `cannot record to ${path}: ${hint}`, { cause: error });
}
