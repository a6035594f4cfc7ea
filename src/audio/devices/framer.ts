/** Cuts captured bytes of any length into 20 ms frames, and says when each was spoken. Pure. */
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { FRAME_BYTES } from '../frame.ts';

/** Nanoseconds of one byte of 16-bit samples. */
const NS_PER_BYTE = 1e9 / (SAMPLE_RATE * 2);

export interface CapturedFrame {
  readonly samples: Int16Array;
  /** When its last sample was captured. */
  readonly captureNs: bigint;
}

export class Framer {
  #partial = new Uint8Array(FRAME_BYTES);
  #filled = 0;

  /** Takes a chunk whose last sample was captured at `nowNs`; returns the frames that are now complete. */
  push(chunk: Uint8Array, nowNs: bigint): CapturedFrame[] {
    const frames: CapturedFrame[] = [];
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + FRAME_BYTES - this.#filled);
      this.#partial.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < FRAME_BYTES) break;
      const captureNs = nowNs - BigInt(Math.round((chunk.length - at) * NS_PER_BYTE));
      frames.push({ samples: new Int16Array(this.#partial.slice().buffer), captureNs });
      this.#filled = 0;
    }
    return frames;
  }
}
