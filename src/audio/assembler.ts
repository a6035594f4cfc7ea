/** From chunks as a device gives them to frames as Opus takes them. Pure. */
import { samplesToNs } from './frame.ts';

/** A frame's samples, interleaved. */
export interface AssembledFrame {
  readonly samples: Int16Array;
  /** When the last sample was spoken (process.hrtime.bigint()). */
  readonly captureNs: bigint;
}

export class FrameAssembler {
  readonly #channels: number;
  #buffer: Int16Array;
  #filled = 0;
  #lastNs = 0n;

  /** @param samples a frame's length in samples per channel. */
  constructor(samples: number, channels: number) {
    this.#channels = channels;
    this.#buffer = new Int16Array(samples * channels);
  }

  /** Whether a part of a frame waits. */
  get partial(): boolean {
    return this.#filled > 0;
  }

  /** Samples a channel that the next frame still needs, at least 1. */
  get missing(): number {
    return (this.#buffer.length - this.#filled) / this.#channels;
  }

  /** Takes a chunk whose last sample was spoken at `captureNs`; returns the frames that it completes. */
  push(chunk: Int16Array, captureNs: bigint): AssembledFrame[] {
    const frames: AssembledFrame[] = [];
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      this.#lastNs = captureNs - samplesToNs((chunk.length - at) / this.#channels);
      if (this.#filled === this.#buffer.length) frames.push(this.#take());
    }
    return frames;
  }

  /** The part that waits, filled up with silence; undefined if there is none. */
  flush(): AssembledFrame | undefined {
    if (this.#filled === 0) return undefined;
    this.#lastNs += samplesToNs((this.#buffer.length - this.#filled) / this.#channels);
    return this.#take();
  }

  /** Forgets the part that waits. */
  clear(): void {
    this.#filled = 0;
    this.#buffer.fill(0);
  }

  #take(): AssembledFrame {
    const frame = { samples: this.#buffer, captureNs: this.#lastNs };
    this.#buffer = new Int16Array(frame.samples.length);
    this.#filled = 0;
    return frame;
  }
}
