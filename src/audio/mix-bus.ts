/**
 * Voices that are added up by their place on a clock, and taken off in order once nothing more can come for a place. Pure.
 * Places and counts are of samples a channel; stereo is interleaved.
 */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** How far apart the first and the last place may be, samples: 3 s, more than any voice is early or late. */
export const BUS_SAMPLES = 3 * SAMPLE_RATE;

export class MixBus {
  readonly #channels: number;
  /** A ring; place p stands at p % BUS_SAMPLES, with all of its channels. */
  readonly #sum: Float32Array;
  #base = 0;

  constructor(channels = 1) {
    this.#channels = channels;
    this.#sum = new Float32Array(BUS_SAMPLES * channels);
  }

  /** The first place that was not taken yet. */
  get base(): number {
    return this.#base;
  }

  /** Adds a voice at its place; what was taken already, or is too far ahead, is left out. */
  add(place: number, samples: Int16Array, gain: number): void {
    const channels = this.#channels;
    for (let i = 0; i < samples.length; i++) {
      const channel = i % channels;
      const at = place + (i - channel) / channels;
      if (at < this.#base || at >= this.#base + BUS_SAMPLES) continue;
      const slot = (at % BUS_SAMPLES) * channels + channel;
      this.#sum[slot] = (this.#sum[slot] ?? 0) + (samples[i] ?? 0) * gain;
    }
  }

  /** The next `count` samples, saturated. */
  take(count: number): Int16Array {
    const taken = new Int16Array(count * this.#channels);
    for (let i = 0; i < taken.length; i++) {
      const slot = (this.#base * this.#channels + i) % this.#sum.length;
      taken[i] = Math.max(-32_768, Math.min(32_767, Math.round(this.#sum[slot] ?? 0)));
      this.#sum[slot] = 0;
    }
    this.#base += count;
    return taken;
  }
}
