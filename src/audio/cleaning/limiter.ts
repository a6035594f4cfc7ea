/**
 * A limiter: no sample of what comes out is louder than the ceiling, and what was below it is unchanged. Pure.
 *
 * It works on whole ticks and sees a peak as soon as the tick that holds it is there, so that it turns down before the
 * peak without delaying anything; only a peak at the very start of a tick is met by a step.
 */

/** Full scale of 16-bit samples. */
const FULL_SCALE = 32_768;
/** Loudest sample let through, -1 dB of full scale: a codec adds a little to a peak. */
export const CEILING = Math.floor(FULL_SCALE * 10 ** (-1 / 20));
/** How fast it turns down towards a peak, as a share of full gain a sample: all the way within 2 ms. */
const ATTACK = 1 / 96;
/** How fast it lets go: from half to full gain in 100 ms. */
const RELEASE = 0.5 / 4800;

export class Limiter {
  #channels: number;
  #gain = 1;

  /** @param channels Interleaved in the ticks; they are turned down together, so that nothing moves to a side. */
  constructor(channels: number) {
    this.#channels = channels;
  }

  /** Limits a tick in place. Samples are on the scale of 16-bit integers and may be beyond it. */
  process(samples: Float32Array): void {
    const frames = samples.length / this.#channels;
    const gains = this.#allowed(samples, frames);
    // Backwards: begin to turn down in time. Forwards: let go slowly.
    for (let i = frames - 2; i >= 0; i--) gains[i] = Math.min(gains[i] ?? 1, (gains[i + 1] ?? 1) + ATTACK);
    for (let i = 0; i < frames; i++) {
      this.#gain = Math.min(gains[i] ?? 1, this.#gain + RELEASE, 1);
      for (let at = i * this.#channels; at < (i + 1) * this.#channels; at++)
        samples[at] = (samples[at] ?? 0) * this.#gain;
    }
  }

  /** The most that each moment may be multiplied with. */
  #allowed(samples: Float32Array, frames: number): Float64Array {
    const gains = new Float64Array(frames);
    for (let i = 0; i < frames; i++) {
      let peak = CEILING;
      for (let at = i * this.#channels; at < (i + 1) * this.#channels; at++)
        peak = Math.max(peak, Math.abs(samples[at] ?? 0));
      gains[i] = CEILING / peak;
    }
    return gains;
  }
}
