/**
 * The stream that Ink draws on: the real output, behind a gate and with resizes in our order.
 *
 * Ink answers a resize at once with the old tree, which would be taller than a screen that shrank. So the resize is
 * announced by `resized`, after the tree got its new size behind a muted stream. And once the terminal is given back, nothing that still
 * wants to draw (a last frame while the process goes down) reaches it: `shut`.
 */
import { Writable } from 'node:stream';
import type { Size } from './layout.ts';

/** What the user interface needs of an output: process.stdout, or a channel that looks like a terminal. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly columns?: number;
  readonly rows?: number;
  readonly fd?: number;
}

/** Size where the stream does not tell one. */
const FALLBACK: Size = { columns: 80, rows: 24 };

export function sizeOf(stream: OutputStream): Size {
  return { columns: stream.columns || FALLBACK.columns, rows: stream.rows || FALLBACK.rows };
}

export class Screen extends Writable {
  readonly isTTY = true;
  #output: OutputStream;
  #size: Size;
  #shut = false;
  #muted = false;

  constructor(output: OutputStream) {
    super({ decodeStrings: false });
    this.#output = output;
    this.#size = sizeOf(output);
  }

  get columns(): number {
    return this.#size.columns;
  }

  get rows(): number {
    return this.#size.rows;
  }

  /** Takes the new size over without telling Ink yet. */
  setSize(size: Size): void {
    this.#size = size;
  }

  /** Tells Ink that the size changed. */
  resized(): void {
    this.emit('resize');
  }

  /** While `work` runs, writes vanish. */
  mute(work: () => void): void {
    this.#muted = true;
    try {
      work();
    } finally {
      this.#muted = false;
    }
  }

  /** From now on writes vanish. */
  shut(): void {
    this.#shut = true;
  }

  override _write(
    chunk: string | Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (!this.#shut && !this.#muted) this.#output.write(chunk);
    // The terminal's own buffer is the bound; a slow one must not hold frames back one by one.
    done();
  }
}
