/**
 * How the bytes of a file get from one member to another. Today each chunk is a request on the control connection; a
 * faster way stands here in its place, and nothing else knows.
 */
import type { Caller } from './history.ts';

export interface FileCarrier {
  /** Bytes of a chunk at most, and how many may be unacknowledged. */
  readonly chunkBytes: number;
  readonly windowBytes: number;
  /** Resolves when the chunk is on its way; rejects if the other end takes the file no more, or there is no connection. */
  send(file: string, to: number, offset: number, bytes: Uint8Array): Promise<void>;
}

/** @param limits of net/control/schema-files.ts. */
export function controlCarrier(
  call: Caller,
  limits: Pick<FileCarrier, 'chunkBytes' | 'windowBytes'>,
): FileCarrier {
  return {
    ...limits,
    send: async (file, to, offset, bytes) => {
      const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
      await call('file.data', { file, to, offset, data });
    },
  };
}
