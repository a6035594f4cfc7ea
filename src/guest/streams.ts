/**
 * A guest's terminal as two streams: keys that come no faster than one guest may take time of the thread, and a screen that
 * says when it is not read, so that frames are dropped instead of kept.
 */
import { PassThrough, Writable } from 'node:stream';
import { performance } from 'node:perf_hooks';
import type { TerminalSize } from '../station/guests.ts';

/** Bytes that are handled at once: a quick typist's second, a small part of a paste. */
const SLICE_BYTES = 256;
/** Of the thread's time one guest gets at most one part in this many, however fast it types. */
const SHARE = 5;
/** A flood of sizes is drawn so often, ms. */
const RESIZE_EVERY_MS = 200;
/** Output on its way to the peer until it counts as not reading: some large frames. */
const MAX_UNREAD_BYTES = 32 * 1024;
/** And what is kept besides of frames that had begun. */
const MAX_KEPT_BYTES = 16 * 1024;

const laterOn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class GuestInput extends PassThrough {
  readonly isTTY = true;
  #busy: Promise<void> = Promise.resolve();

  setRawMode(): this {
    return this; // the peer's SSH client did that when it asked for a terminal
  }

  /** Resolves once the bytes were handled; the caller holds back what comes meanwhile. */
  typed(bytes: Uint8Array): Promise<void> {
    this.#busy = this.#busy.then(() => this.#handle(bytes));
    return this.#busy;
  }

  /** Nothing more comes. */
  typedAll(): Promise<void> {
    return this.#busy.then(() => {
      this.end();
    });
  }

  async #handle(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.destroyed; at += SLICE_BYTES) {
      const begun = performance.now();
      if (!this.write(bytes.subarray(at, at + SLICE_BYTES))) await this.#drained();
      await nextTurn(); // what it changed has been drawn by then, or is timed
      if (bytes.length > SLICE_BYTES) await laterOn((performance.now() - begun) * (SHARE - 1));
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.off('drain', done);
        this.off('close', done);
        resolve();
      };
      this.on('drain', done);
      this.on('close', done);
    });
  }
}

export interface GuestOutputOptions {
  readonly size: TerminalSize;
  readonly send: (bytes: Uint8Array) => void;
  /** What becomes of text on its way: line ends, colours. */
  readonly translate: (text: string) => string;
}

export class GuestOutput extends Writable {
  readonly isTTY = true;
  #options: GuestOutputOptions;
  #size: TerminalSize;
  #wanted: TerminalSize | undefined;
  #resizedAt = Number.NEGATIVE_INFINITY;
  #resizing: Promise<void> | undefined;
  #unread = 0;
  #held: (() => void) | undefined;

  constructor(options: GuestOutputOptions) {
    super({ decodeStrings: false, highWaterMark: MAX_KEPT_BYTES });
    this.#options = options;
    this.#size = options.size;
  }

  get columns(): number {
    return this.#size.columns;
  }

  get rows(): number {
    return this.#size.rows;
  }

  /** Resolves once the last size said is in force; those between are passed over. */
  resize(size: TerminalSize): Promise<void> {
    this.#wanted = size;
    this.#resizing ??= this.#resizeLater().finally(() => {
      this.#resizing = undefined;
    });
    return this.#resizing;
  }

  /** The peer took so many bytes. */
  taken(bytes: number): void {
    this.#unread -= bytes;
    if (this.#unread > MAX_UNREAD_BYTES) return;
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const bytes = Buffer.from(this.#options.translate(text));
    this.#unread += bytes.length;
    this.#options.send(bytes);
    if (this.#unread <= MAX_UNREAD_BYTES) done();
    else this.#held = done;
  }

  async #resizeLater(): Promise<void> {
    await laterOn(Math.max(0, this.#resizedAt + RESIZE_EVERY_MS - performance.now()));
    this.#resizedAt = performance.now();
    if (this.#wanted) this.#size = this.#wanted;
    this.emit('resize');
  }
}
