/** Cuts captured bytes of any length into ticks of 10 ms, and says when each was spoken. Pure. */
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { TICK_SAMPLES } from '../frame.ts';

export interface CapturedTick {
  /** A tick at 48 kHz, channels interleaved. */
  readonly samples: Int16Array;
  /** When its last sample was captured. */
  readonly captureNs: bigint;
}

export class Framer {
  #nsPerByte: number;
  #partial: Uint8Array;
  #filled = 0;

  /** @param channels 1 or 2, in the bytes and in the ticks alike. */
  constructor(channels: number) {
    this.#nsPerByte = 1e9 / (SAMPLE_RATE * channels * 2);
    this.#partial = new Uint8Array(TICK_SAMPLES * channels * 2);
  }

  /** Takes a chunk whose last sample was captured at `nowNs`; returns the ticks that are now complete. */
  push(chunk: Uint8Array, nowNs: bigint): CapturedTick[] {
    const ticks: CapturedTick[] = [];
    const size = this.#partial.length;
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + size - this.#filled);
      this.#partial.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < size) break;
      const captureNs = nowNs - BigInt(Math.round((chunk.length - at) * this.#nsPerByte));
      ticks.push({ samples: new Int16Array(this.#partial.slice().buffer), captureNs });
      this.#filled = 0;
    }
    return ticks;
  }

  /** What is left, filled up with silence; a silent tick if nothing is. */
  flush(): CapturedTick {
    const bytes = this.#partial.slice().fill(0, this.#filled);
    this.#filled = 0;
    return { samples: new Int16Array(bytes.buffer), captureNs: 0n };
  }
}
