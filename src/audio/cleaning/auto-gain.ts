/**
 * Automatic gain: brings speech to one level, whoever's microphone it is. Pure.
 *
 * The level of speech is followed over seconds, and only while somebody speaks, so that pauses are not turned up. The gain
 * follows it slowly upwards and faster downwards, moves without steps, and never lifts a peak over full scale.
 */

/** Level that speech is brought to, dB of full scale (RMS of a tick): loud enough, with 17 dB for its peaks. */
const TARGET_DB = -23;
/** Bounds of the gain, dB: more would lift the noise of a bad microphone to the level of speech. */
const MIN_GAIN_DB = -12;
const MAX_GAIN_DB = 24;
/** How fast the gain may move, dB a second. */
const UP_DB_PER_S = 4;
const DOWN_DB_PER_S = 20;
/** Share of a tick in the followed level: it settles in about half a second of speech. */
const FOLLOW = 0.03;
/** Quieter ticks are no speech, whatever else is thought of them, dB. */
const FLOOR_DB = -65;
/** Without noise suppression nobody says what speech is: what is well above the quietest of late, dB. */
const ABOVE_NOISE_DB = 12;
/** How fast the quietest level is forgotten, dB a second. */
const NOISE_RISE_DB_PER_S = 3;
/** Probability of speech from which a tick counts. */
const SPEECH = 0.6;

const FULL_SCALE = 32_767;
const TICKS_PER_S = 100;

export class AutoGain {
  #channels: number;
  #gainDb = 0;
  /** The gain at the end of the last tick, as a factor. */
  #last = 1;
  #speechDb: number | undefined;
  #noiseDb = 0;

  /** @param channels Interleaved in the ticks. */
  constructor(channels: number) {
    this.#channels = channels;
  }

  /** The gain in force, dB. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /**
   * Applies the gain to a tick in place. Samples are on the scale of 16-bit integers.
   * @param speech Probability 0..1 that the tick is speech, null if unknown.
   */
  process(samples: Float32Array, speech: number | null): void {
    const { levelDb, peak } = measure(samples);
    this.#noiseDb = Math.min(levelDb, this.#noiseDb + NOISE_RISE_DB_PER_S / TICKS_PER_S);
    if (this.#isSpeech(levelDb, speech)) this.#follow(levelDb);
    const most = peak === 0 ? Number.POSITIVE_INFINITY : FULL_SCALE / peak;
    const from = Math.min(this.#last, most);
    const to = Math.min(10 ** (this.#gainDb / 20), most);
    this.#ramp(samples, from, to);
    this.#last = to;
  }

  #isSpeech(levelDb: number, speech: number | null): boolean {
    if (levelDb < FLOOR_DB) return false;
    return speech === null ? levelDb > this.#noiseDb + ABOVE_NOISE_DB : speech >= SPEECH;
  }

  #follow(levelDb: number): void {
    const before = this.#speechDb ?? levelDb;
    this.#speechDb = before + FOLLOW * (levelDb - before);
    const wanted = Math.min(MAX_GAIN_DB, Math.max(MIN_GAIN_DB, TARGET_DB - this.#speechDb));
    const step = wanted - this.#gainDb;
    this.#gainDb += Math.min(UP_DB_PER_S / TICKS_PER_S, Math.max(-DOWN_DB_PER_S / TICKS_PER_S, step));
  }

  #ramp(samples: Float32Array, from: number, to: number): void {
    const frames = samples.length / this.#channels;
    for (let at = 0; at < samples.length; at++) {
      const share = (Math.floor(at / this.#channels) + 1) / frames;
      samples[at] = (samples[at] ?? 0) * (from + (to - from) * share);
    }
  }
}

/** RMS in dB of full scale, and the loudest sample. */
function measure(samples: Float32Array): { levelDb: number; peak: number } {
  let energy = 0;
  let peak = 0;
  for (const sample of samples) {
    energy += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  const rms = Math.sqrt(energy / Math.max(1, samples.length)) / FULL_SCALE;
  return { levelDb: rms === 0 ? -120 : 20 * Math.log10(rms), peak };
}
