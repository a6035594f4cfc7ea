/** A file that we send: what it is, and its bytes from any place on. It must stay as it is while it is sent. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { errnoOf, VoiptermError } from '../errors.ts';

/** Bytes read at once while the checksum is made. */
const HASH_CHUNK_BYTES = 256 * 1024;

export class OutgoingFile {
  readonly path: string;
  /** Its last part. */
  readonly name: string;
  readonly size: number;
  /** Of all its bytes, hexadecimal. */
  readonly sha256: string;
  readonly #handle: FileHandle;
  readonly #changedMs: number;

  /** Reads it once. Rejects with 'file.unusable' if it is no file that we may read. */
  static async open(path: string): Promise<OutgoingFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const stat = await handle.stat();
      if (!stat.isFile()) throw new VoiptermError('file.unusable', `${path} is not a file`);
      return new OutgoingFile(path, handle, stat, await sha256Of(handle));
    } catch (error) {
      await handle?.close();
      throw asUnusable(error, path, 'read');
    }
  }

  private constructor(
    path: string,
    handle: FileHandle,
    { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
    sha256: string,
  ) {
    this.path = path;
    this.name = basename(path);
    this.#handle = handle;
    this.size = size;
    this.#changedMs = mtimeMs;
    this.sha256 = sha256;
  }

  /** Up to `length` bytes. Rejects with 'file.unusable' if it is another file by now. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(Math.min(length, this.size - offset));
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, offset);
    // Afterwards, since it may change in between.
    const { size, mtimeMs } = await this.#handle.stat();
    if (size !== this.size || mtimeMs !== this.#changedMs)
      throw new VoiptermError('file.unusable', `${this.path} was changed while it was sent: send it again`);
    return buffer.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** The checksum of an open file, from its first byte. */
export async function sha256Of(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(HASH_CHUNK_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** What the disk says, as a sentence. */
export function asUnusable(error: unknown, path: string, what: 'read' | 'written'): VoiptermError {
  if (error instanceof VoiptermError) return error;
  return new VoiptermError('file.unusable', `${path} cannot be ${what} (${errnoOf(error) ?? String(error)})`);
}
