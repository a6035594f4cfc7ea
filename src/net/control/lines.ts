/** Cuts a byte stream into newline-delimited UTF-8 lines within a fixed bound of memory. Pure: no clock, no socket. */

/** Buffer that a quiet connection keeps; it grows up to the bound and is given back after a long line. */
const RESTING_BYTES = 4096;
const NEWLINE = 0x0a;

/** Stands for a line that is not UTF-8. It is not JSON either, so a reader answers it as one more bad line. */
export const INVALID_LINE = '\ufffd';

export interface Decoded {
  /** Complete lines without their newline, in order; INVALID_LINE for one that is not UTF-8. */
  readonly lines: string[];
  /** A line went over the bound. It is final: where the next line starts is anybody's guess. */
  readonly overflow: boolean;
}

/** One direction of one stream. Each byte is copied at most a few times, however finely the stream is cut. */
export class LineDecoder {
  #maxBytes: number;
  #held = new Uint8Array(RESTING_BYTES);
  #length = 0;
  #overflowed = false;
  #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** `maxBytes` is the longest line, newline included. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes. After an overflow every call returns no lines and `overflow: true`. */
  push(chunk: Uint8Array): Decoded {
    const lines: string[] = [];
    let start = 0;
    while (!this.#overflowed) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (this.#length + piece.length >= this.#maxBytes) this.#overflow();
      else if (end < 0) {
        this.#hold(piece);
        break;
      } else {
        lines.push(this.#finish(piece));
        start = end + 1;
      }
    }
    return { lines, overflow: this.#overflowed };
  }

  /** Bytes of memory held for the unfinished line: never over the bound (a resting buffer apart). */
  get heldBytes(): number {
    return this.#held.length;
  }

  #overflow(): void {
    this.#overflowed = true;
    this.#held = new Uint8Array(0);
    this.#length = 0;
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
