/**
 * What is done to a microphone's sound before it is judged and sent: noise suppression, automatic gain, a limiter, in
 * this order, each of them or none.
 */
import { TICK_SAMPLES } from '../frame.ts';
import type { CleaningOptions } from '../options.ts';
import { AutoGain } from './auto-gain.ts';
import { Limiter } from './limiter.ts';
import { loadRnnoise, NoiseSuppressor } from './rnnoise.ts';

export interface Cleaned {
  /** A tick, channels interleaved. */
  readonly samples: Int16Array;
  /** Probability of speech, 0..1; null without noise suppression. */
  readonly speech: number | null;
}

export class Cleaner {
  readonly #channels: number;
  #options: CleaningOptions;
  #suppressors: NoiseSuppressor[] = [];
  readonly #autoGain: AutoGain;
  readonly #limiter: Limiter;

  private constructor(channels: number, options: CleaningOptions, suppressors: NoiseSuppressor[]) {
    this.#channels = channels;
    this.#options = options;
    this.#suppressors = suppressors;
    this.#autoGain = new AutoGain(channels);
    this.#limiter = new Limiter(channels);
  }

  static async create(channels: number, options: CleaningOptions): Promise<Cleaner> {
    const module = await loadRnnoise();
    const suppressors = Array.from({ length: channels }, () => new NoiseSuppressor(module));
    return new Cleaner(channels, options, suppressors);
  }

  /** Switches parts on or off, from the next tick on. */
  configure(change: Partial<CleaningOptions>): void {
    this.#options = { ...this.#options, ...change };
  }

  /** Cleans a tick; what is given stays as it is. */
  process(samples: Int16Array): Cleaned {
    const { noiseSuppression, autoGain, limiter } = this.#options;
    if (!noiseSuppression && !autoGain && !limiter) return { samples, speech: null };
    const cleaned = new Float32Array(samples);
    const speech = noiseSuppression ? this.#suppress(cleaned) : null;
    if (autoGain) this.#autoGain.process(cleaned, speech);
    if (limiter) this.#limiter.process(cleaned);
    return { samples: toInt16(cleaned), speech };
  }

  close(): void {
    for (const suppressor of this.#suppressors) suppressor.close();
    this.#suppressors = [];
  }

  /** The highest probability of all channels. */
  #suppress(samples: Float32Array): number {
    let speech = 0;
    this.#suppressors.forEach((suppressor, channel) => {
      const own = new Float32Array(TICK_SAMPLES);
      for (let i = 0; i < TICK_SAMPLES; i++) own[i] = samples[i * this.#channels + channel] ?? 0;
      speech = Math.max(speech, suppressor.process(own));
      for (let i = 0; i < TICK_SAMPLES; i++) samples[i * this.#channels + channel] = own[i] ?? 0;
    });
    return speech;
  }
}

/** A plain loop: the iterating constructors take ten times as long, a hundred times a second. */
function toInt16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++)
    out[i] = Math.min(32_767, Math.max(-32_768, Math.round(samples[i] ?? 0)));
  return out;
}
