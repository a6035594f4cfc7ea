/** Cuts a byte stream into newline-delimited UTF-8 lines within a fixed bound of memory. Pure: no clock, no socket. */

/** Buffer that a quiet connection keeps; it grows up to the bound and is given back after a long line. */
const RESTING_BYTES = 4096;
const NEWLINE = 0x0a;

/** Stands for a line that is not UTF-8. It is not JSON either, so a reader answers it as one more bad line. */
export const INVALID_LINE = '\ufffd';

/** What is kept of a line that is skipped, bytes: enough to find a request's id in. */
const HEAD_BYTES = 256;

export interface Decoded {
  /** Complete lines without their newline, in order; INVALID_LINE for one that is not UTF-8. */
  readonly lines: string[];
  /** The beginnings of lines over the bound that were skipped; only there if there are any. */
  readonly tooLong?: string[];
  /** A line went over the bound. It is final: where the next line starts is anybody's guess. */
  readonly overflow: boolean;
}

/** One direction of one stream. Each byte is copied at most a few times, however finely the stream is cut. */
export class LineDecoder {
  #maxBytes: number;
  #skipBytes: number;
  /** Bytes of the line that is being skipped; 0 while none is. */
  #skipped = 0;
  #head = '';
  #held = new Uint8Array(RESTING_BYTES);
  #length = 0;
  #overflowed = false;
  #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /**
   * `maxBytes` is the longest line, newline included. A longer one of up to `skipBytes` is dropped, and only its
   * beginning told; beyond that, or if nothing is to be skipped (0), it ends everything.
   */
  constructor(maxBytes: number, skipBytes = 0) {
    this.#maxBytes = maxBytes;
    this.#skipBytes = skipBytes;
  }

  /** Takes the next bytes. After an overflow every call returns no lines and `overflow: true`. */
  push(chunk: Uint8Array): Decoded {
    const lines: string[] = [];
    const tooLong: string[] = [];
    for (let start = 0; !this.#overflowed; ) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (this.#skipped > 0 || this.#length + piece.length >= this.#maxBytes) this.#skip(piece);
      else if (end < 0) this.#hold(piece);
      else lines.push(this.#finish(piece));
      if (end < 0 || this.#overflowed) break;
      if (this.#skipped > 0) tooLong.push(this.#head);
      this.#skipped = 0;
      start = end + 1;
    }
    return { lines, overflow: this.#overflowed, ...(tooLong.length > 0 ? { tooLong } : {}) };
  }

  /** Bytes of memory held for the unfinished line: never over the bound (a resting buffer apart). */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** Drops a piece of a line that is too long, and what was held of it. */
  #skip(piece: Uint8Array): void {
    if (this.#skipped === 0) {
      const head = [
        ...this.#held.subarray(0, Math.min(this.#length, HEAD_BYTES)),
        ...piece.subarray(0, HEAD_BYTES),
      ];
      this.#head = new TextDecoder().decode(Uint8Array.from(head.slice(0, HEAD_BYTES)));
      this.#skipped = this.#length;
    }
    this.#skipped += piece.length;
    this.#length = 0;
    this.#overflowed = this.#skipped > this.#skipBytes;
    this.#held = new Uint8Array(this.#overflowed ? 0 : RESTING_BYTES);
  }

  #hold(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, this.#held.length * 2)));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
    }
    this.#held.set(piece, this.#length);
    this.#length = needed;
  }

  #finish(piece: Uint8Array): string {
    if (this.#length === 0) return this.#decode(piece);
    this.#hold(piece);
    const line = this.#decode(this.#held.subarray(0, this.#length));
    this.#length = 0;
    if (this.#held.length > RESTING_BYTES) this.#held = new Uint8Array(RESTING_BYTES);
    return line;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#utf8.decode(bytes);
    } catch {
      return INVALID_LINE;
    }
  }
}
