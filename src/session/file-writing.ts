/**
 * A file that comes: written under a name of its own until it is complete and right, then under the name that was offered
 * or one beside it. What there was before is never touched.
 *
 * The part stays when a transfer breaks; its name is made of the checksum, so that the same file goes on where it ended, also
 * after a restart and under another offer.
 */
import { constants, copyFile, type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, VoiptermError } from '../errors.ts';
import { numberedName, safeFileName } from './file-names.ts';
import { asUnusable, sha256Of } from './file-reading.ts';

/** What file systems without hard links say. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
/** Names that are tried beside the one that was offered. */
const MAX_NAMES = 1000;

export interface Expected {
  /** As it was offered: anything at all. */
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

export class IncomingFile {
  readonly #expected: Expected;
  readonly #directory: string;
  readonly #part: string;
  readonly #handle: FileHandle;
  #received: number;

  /** Opens the part, or begins it. Rejects with 'file.unusable'. */
  static async open(directory: string, expected: Expected): Promise<IncomingFile> {
    const part = join(directory, `.voipterm-${expected.sha256.slice(0, 16)}-${expected.size}.part`);
    try {
      await mkdir(directory, { recursive: true });
      // A link that somebody laid there is not followed.
      const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
      const handle = await open(part, flags, 0o600);
      const { size } = await handle.stat();
      const kept = size <= expected.size ? size : 0;
      if (kept !== size) await handle.truncate(0);
      return new IncomingFile(directory, part, expected, handle, kept);
    } catch (error) {
      throw asUnusable(error, part, 'written');
    }
  }

  private constructor(
    directory: string,
    part: string,
    expected: Expected,
    handle: FileHandle,
    received: number,
  ) {
    this.#directory = directory;
    this.#part = part;
    this.#expected = expected;
    this.#handle = handle;
    this.#received = received;
  }

  /** Bytes that are there, from the first on. */
  get received(): number {
    return this.#received;
  }

  /** Takes the next bytes; what is no next part is refused with 'control.protocol'. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset !== this.#received || offset + bytes.length > this.#expected.size)
      throw new VoiptermError('control.protocol', 'what came is not the next part of the file');
    try {
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(
          bytes,
          written,
          bytes.length - written,
          offset + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      throw asUnusable(error, this.#part, 'written');
    }
    this.#received = offset + bytes.length;
  }

  /** All came: checks it and gives it its name. Returns its path. Rejects with 'file.damaged' if it is not what was offered. */
  async finish(): Promise<string> {
    try {
      if ((await sha256Of(this.#handle)) !== this.#expected.sha256) {
        await this.discard();
        throw new VoiptermError('file.damaged', 'what came is not what was offered: it was thrown away');
      }
      await this.#handle.sync();
      await this.#handle.close();
      return await this.#name();
    } catch (error) {
      throw asUnusable(error, this.#part, 'written');
    }
  }

  /** It breaks off here; what came stays for the next time. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }

  /** It is not wanted any more. */
  async discard(): Promise<void> {
    await this.close();
    await unlink(this.#part).catch(() => undefined);
  }

  /** A link fails where something is, so that nothing is ever overwritten, whoever makes a file at the same moment. */
  async #name(): Promise<string> {
    const name = safeFileName(this.#expected.name);
    for (let number = 0; number < MAX_NAMES; number++) {
      const path = join(this.#directory, numberedName(name, number));
      try {
        await placeAt(this.#part, path);
        await unlink(this.#part);
        return path;
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
    }
    throw new VoiptermError('file.unusable', `there are ${MAX_NAMES} files with the name ${name} already`);
  }
}

/** Fails with EEXIST where something is; a file system without links gets a copy. */
async function placeAt(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw error;
    await copyFile(part, path, constants.COPYFILE_EXCL);
  }
}
