/**
 * Adds the speakers of one tick up, each at its own gain, with saturation: too loud clips, it never wraps around.
 * Pure.
 */

const MAX_SAMPLE = 32_767;
const MIN_SAMPLE = -32_768;

/** One tick after another: `begin`, `add` for each speaker, `finish`. */
export class Mixer {
  /** The mix so far, on the scale of 16-bit samples. Others may add to it between `begin` and `finish`. */
  readonly sum: Float32Array;
  #mixed: Int16Array;
  /** The gain that each speaker's last tick ended with. */
  #gains = new Map<number, number>();
  readonly #channels: 1 | 2;

  /** @param samples of a tick, per channel. @param channels Interleaved, in and out. */
  constructor(samples: number, channels: 1 | 2 = 1) {
    this.sum = new Float32Array(samples * channels);
    this.#mixed = new Int16Array(samples * channels);
    this.#channels = channels;
  }

  begin(): void {
    this.sum.fill(0);
  }

  /** Adds a speaker. A gain other than in the tick before is reached by its end in a straight line, without a click. */
  add(ssrc: number, samples: Int16Array, gain = 1): void {
    const { sum } = this;
    let now = this.#gains.get(ssrc) ?? gain;
    const step = ((gain - now) * this.#channels) / samples.length;
    const side = this.#channels - 1;
    for (let i = 0; i < samples.length; i++) {
      // At the same gain on both sides, so that a voice stays where it is.
      if ((i & side) === 0) now += step;
      sum[i] = (sum[i] ?? 0) + (samples[i] ?? 0) * now;
    }
    this.#gains.set(ssrc, gain);
  }

  /** Forgets the gain of a speaker who left. */
  forget(ssrc: number): void {
    this.#gains.delete(ssrc);
  }

  /** The saturated mix, valid until the next `finish`. */
  finish(): Int16Array {
    for (let i = 0; i < this.sum.length; i++) {
      this.#mixed[i] = Math.min(MAX_SAMPLE, Math.max(MIN_SAMPLE, Math.round(this.sum[i] ?? 0)));
    }
    return this.#mixed;
  }
}
