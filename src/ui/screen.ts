/**
 * The stream that Ink draws on: the real output, behind a gate and with resizes in our order.
 *
 * Ink answers a resize at once with the old tree, which would be taller than a screen that shrank. So the resize is
 * announced by `resized`, after the tree got its new size behind a muted stream. And once the terminal is given back, nothing that still
 * wants to draw (a last frame while the process goes down) reaches it: `shut`. A terminal that does not read gets no
 * frames meanwhile, instead of all of them later; once it reads again, the whole screen must be drawn anew.
 */
import { Writable } from 'node:stream';
import type { Size } from './layout.ts';

/** What the user interface needs of an output: process.stdout, or a channel that looks like a terminal. */
export interface OutputStream extends NodeJS.WritableStream {
  /** It holds as much as it should; 'drain' follows. */
  readonly writableNeedDrain?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly fd?: number;
  /** Bytes that wait to be read. */
  readonly writableLength?: number;
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
  #held = false;
  /** The terminal missed something. */
  #stale = false;
  #onStale: () => void;

  /** @param onStale the terminal reads again after it missed something. */
  constructor(output: OutputStream, onStale: () => void = () => undefined) {
    super({ decodeStrings: false });
    this.#output = output;
    this.#size = sizeOf(output);
    this.#onStale = onStale;
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

  /** Writes vanish until it is released: another program has the terminal. */
  hold(held: boolean): void {
    this.#held = held;
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
    if (!this.#shut && !this.#muted && !this.#held) this.#show(chunk);
    // A slow terminal must not hold frames back one by one.
    done();
  }

  #show(chunk: string | Buffer): void {
    if (!this.#stale && !this.#output.writableNeedDrain) this.#output.write(chunk);
    else if (!this.#stale) {
      this.#stale = true;
      this.#output.once('drain', () => {
        this.#stale = false;
        if (!this.#shut) this.#onStale();
      });
    }
  }
}
