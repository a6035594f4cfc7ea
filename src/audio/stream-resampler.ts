/**
 * Resamples a stream piece by piece, without a seam between the pieces, and changes the number of channels. Pure.
 *
 * A windowed sinc (Kaiser) of 512 phases with linear interpolation between them; J. O. Smith, "Digital Audio Resampling
 * Home Page", describes the method. Its delay is half of its width, under 2 ms at the usual rates.
 */

/** Zero crossings of the sinc on each side: steep enough that speech loses nothing below 0.9 of the band. */
const CROSSINGS = 16;
const PHASES = 512;
/** Kaiser's beta: the stop band is 80 dB down. */
const BETA = 8;
/** The band ends a little below half of the lower rate, so that the filter's slope does not fold back. */
const PASS = 0.94;

export class StreamResampler {
  readonly #from: number;
  readonly #to: number;
  readonly #channels: number;
  readonly #half: number;
  readonly #table: Float64Array;
  /** Samples not needed any more are cut off in front. */
  #input: Float64Array[];
  /** Input samples before the next output sample, and the 1/to-ths of a sample beyond. */
  #whole: number;
  #part = 0;

  /** @param from, to Rates, Hz. @param channels Interleaved, in and out. */
  constructor(from: number, to: number, channels: number) {
    this.#from = from;
    this.#to = to;
    this.#channels = channels;
    const narrow = Math.min(1, to / from) * PASS;
    this.#half = Math.ceil(CROSSINGS / narrow);
    this.#table = sincTable(narrow, this.#half);
    this.#input = Array.from({ length: channels }, () => new Float64Array(this.#half));
    this.#whole = this.#half;
  }

  /** Takes samples of the first rate; returns those of the other that are now complete. */
  push(samples: Int16Array): Int16Array {
    if (this.#from === this.#to) return samples.slice();
    this.#append(samples);
    const length = this.#input[0]?.length ?? 0;
    const out: number[] = [];
    while (this.#whole + this.#half < length) {
      for (const input of this.#input) out.push(this.#at(input));
      this.#part += this.#from;
      this.#whole += Math.floor(this.#part / this.#to);
      this.#part %= this.#to;
    }
    const done = Math.max(0, this.#whole - this.#half);
    this.#input = this.#input.map((input) => input.slice(done));
    this.#whole -= done;
    return Int16Array.from(out, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value))));
  }

  #append(samples: Int16Array): void {
    const added = Math.floor(samples.length / this.#channels);
    this.#input = this.#input.map((before, channel) => {
      const joined = new Float64Array(before.length + added);
      joined.set(before);
      for (let i = 0; i < added; i++) joined[before.length + i] = samples[i * this.#channels + channel] ?? 0;
      return joined;
    });
  }

  /** One output sample: the input around its place, weighted. */
  #at(input: Float64Array): number {
    const place = (this.#part / this.#to) * PHASES;
    const phase = Math.floor(place);
    const between = place - phase;
    let sum = 0;
    for (let k = -this.#half + 1; k <= this.#half; k++) {
      // The table holds the weights of distances -half..half in steps of 1 / PHASES.
      const entry = (k + this.#half) * PHASES - phase;
      const weight = (this.#table[entry] ?? 0) * (1 - between) + (this.#table[entry - 1] ?? 0) * between;
      sum += weight * (input[this.#whole + k] ?? 0);
    }
    return sum;
  }
}

/** Weights of distances from -half to half, in steps of 1 / PHASES. */
function sincTable(narrow: number, half: number): Float64Array {
  const table = new Float64Array(2 * half * PHASES + 1);
  for (let i = 0; i < table.length; i++) {
    const distance = i / PHASES - half;
    const x = Math.PI * distance * narrow;
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    table[i] = narrow * sinc * (bessel(BETA * Math.sqrt(1 - (distance / half) ** 2)) / bessel(BETA));
  }
  return table;
}

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Mono becomes both sides, stereo their mean, and what fits stays. */
export function withChannels(samples: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return samples;
  if (to === 2) return Int16Array.from({ length: samples.length * 2 }, (_, i) => samples[i >> 1] ?? 0);
  return Int16Array.from({ length: samples.length >> 1 }, (_, i) =>
    Math.round(((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) / 2),
  );
}
