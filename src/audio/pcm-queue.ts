/**
 * One speaker's decoded samples on their way to the output: read tick by tick, at a rate that may be some parts per
 * million off, and cut or stretched by splices. What was read stays for a while, as material to stretch with. Pure.
 *
 * Stereo comes in and goes out interleaved, and waits as two planes at one reading position: whatever is done to one side
 * is done to the other, at the same places. Counts are of samples a channel.
 */
import { msToSamples } from './frame.ts';

/** Samples kept behind the reading position: the longest period that a splice repeats (time-scale.ts), and to spare. */
const HISTORY_SAMPLES = msToSamples(20);
/** Room for the history, the longest Opus frame (60 ms) on top of a started one, and what splices add. */
const CAPACITY = msToSamples(200);
/** Samples that interpolation looks ahead. */
const LOOK_AHEAD = 2;

export class PcmQueue {
  /** One for each channel. */
  readonly #planes: readonly Int16Array[];
  #read = 0;
  #end = 0;
  /** Part of a sample by which the reading position is beyond #read, 0..1. */
  #fraction = 0;

  /** @param channels 1, or 2 interleaved. */
  constructor(channels = 1) {
    this.#planes = Array.from({ length: channels }, () => new Int16Array(CAPACITY + LOOK_AHEAD));
  }

  /** Samples that wait. */
  get available(): number {
    return this.#end - this.#read;
  }

  /** Samples behind the reading position. */
  get history(): number {
    return Math.min(this.#read, HISTORY_SAMPLES);
  }

  /** Samples that wait, without the part of one that interpolation has already used. */
  get exact(): number {
    return this.available - this.#fraction;
  }

  /** Whether samples are interpolated between two of what was decoded. */
  get between(): boolean {
    return this.#fraction !== 0;
  }

  /**
   * The memory of each channel, in which `position` is the next sample to be read. Valid until the next call that changes
   * anything.
   */
  get planes(): readonly Int16Array[] {
    return this.#planes;
  }

  get position(): number {
    return this.#read;
  }

  /** Samples that must wait for `samples` to be read at `ratio`, with or without those that interpolation looks ahead. */
  needed(samples: number, ratio: number, lookAhead: boolean): number {
    if (ratio === 1 && this.#fraction === 0) return samples;
    return Math.ceil(this.#fraction + samples * ratio) + (lookAhead ? LOOK_AHEAD : 0);
  }

  /** Appends decoded samples. What does not fit is left out: no caller decodes so far ahead. */
  push(samples: Int16Array): void {
    const channels = this.#planes.length;
    const length = samples.length / channels;
    if (this.#end + length > CAPACITY) this.#compact();
    const fitting = Math.min(length, CAPACITY - this.#end);
    for (const [channel, data] of this.#planes.entries()) {
      if (channels === 1) data.set(samples.subarray(0, fitting), this.#end);
      else for (let i = 0; i < fitting; i++) data[this.#end + i] = samples[i * channels + channel] ?? 0;
    }
    this.#end += fitting;
  }

  /**
   * Fills `out`, reading `ratio` decoded samples for each of its own. Precondition: as many wait as `needed` says. A ratio
   * of 1 copies, or interpolates all at the same fraction.
   */
  read(out: Int16Array, ratio: number): void {
    const channels = this.#planes.length;
    const length = out.length / channels;
    if (ratio === 1 && this.#fraction === 0) {
      this.#copyOut(out, length);
      return;
    }
    const from = this.#read + this.#fraction;
    for (const [channel, data] of this.#planes.entries()) {
      guessAhead(data, this.#end);
      for (let i = 0; i < length; i++) out[i * channels + channel] = interpolated(data, from + i * ratio);
    }
    const to = from + length * ratio;
    // Sums of fractions that are meant to end on a sample do so but for rounding.
    const near = Math.round(to);
    const whole = Math.abs(to - near) < 1e-6 ? near : Math.floor(to);
    this.#fraction = whole === near && Math.abs(to - near) < 1e-6 ? 0 : to - whole;
    this.#read = whole;
  }

  /** The ratio at which reading `samples` ends exactly on a decoded sample, the next one that comes at about 1. */
  landing(samples: number): number {
    return this.#fraction === 0 ? 1 : (samples + 1 - this.#fraction) / samples;
  }

  /** Reads what is left and fills `out` up with silence. */
  readRest(out: Int16Array): void {
    const channels = this.#planes.length;
    const rest = Math.min(this.available, out.length / channels);
    this.#copyOut(out, rest);
    out.fill(0, rest * channels);
    this.#fraction = 0;
  }

  /** Takes `period` samples out: fades from what comes next to what comes a period later, over `overlap` samples. */
  cut(period: number, overlap: number): void {
    const at = this.#read;
    const kept = Math.min(at, HISTORY_SAMPLES);
    for (const data of this.#planes) {
      const next = data.slice(at, at + overlap);
      for (let i = 0; i < overlap; i++) {
        const later = at + period + i;
        data[later] = faded(next[i] ?? 0, data[later] ?? 0, i / overlap);
      }
      // What was read moves up to where reading goes on.
      data.copyWithin(at + period - kept, at - kept, at);
    }
    this.#read += period;
  }

  /** Repeats the last `period` samples: fades from what comes next to what was a period ago, over `overlap` samples. */
  repeat(period: number, overlap: number): void {
    if (this.#end + period > CAPACITY) this.#compact();
    const at = this.#read;
    for (const data of this.#planes) {
      const past = data.slice(at - period, at);
      data.copyWithin(at + period, at, this.#end);
      // What comes next now stands a period later. Before it comes the past, with a fade over to it.
      for (let i = 0; i < Math.max(period, overlap); i++) {
        const before = i < period ? (past[i] ?? 0) : (data[at + i] ?? 0);
        data[at + i] = i < overlap ? faded(data[at + period + i] ?? 0, before, i / overlap) : before;
      }
    }
    this.#end += period;
  }

  clear(): void {
    this.#read = 0;
    this.#end = 0;
    this.#fraction = 0;
  }

  /** Reads samples as they are. */
  #copyOut(out: Int16Array, length: number): void {
    const channels = this.#planes.length;
    for (const [channel, data] of this.#planes.entries()) {
      if (channels === 1) out.set(data.subarray(this.#read, this.#read + length));
      else for (let i = 0; i < length; i++) out[i * channels + channel] = data[this.#read + i] ?? 0;
    }
    this.#read += length;
  }

  #compact(): void {
    const from = Math.max(0, this.#read - HISTORY_SAMPLES);
    for (const data of this.#planes) data.copyWithin(0, from, this.#end);
    this.#read -= from;
    this.#end -= from;
  }
}

/** Puts a straight line behind the last sample, for want of what really follows. */
function guessAhead(data: Int16Array, end: number): void {
  const last = data[end - 1] ?? 0;
  const slope = last - (data[end - 2] ?? last);
  for (let i = 0; i < LOOK_AHEAD; i++) {
    data[end + i] = Math.max(-32_768, Math.min(32_767, last + slope * (i + 1)));
  }
}

/** `a` fading out and `b` fading in, `share` of the way. */
function faded(a: number, b: number, share: number): number {
  return Math.round(a * (1 - share) + b * share);
}

/** Cubic Hermite interpolation (Catmull and Rom): four samples around a place. */
function interpolated(data: Int16Array, place: number): number {
  const at = Math.floor(place);
  const t = place - at;
  const x1 = data[at] ?? 0;
  const x0 = at > 0 ? (data[at - 1] ?? 0) : x1;
  const x2 = data[at + 1] ?? 0;
  const x3 = data[at + 2] ?? 0;
  const c1 = (x2 - x0) / 2;
  const c2 = x0 - 2.5 * x1 + 2 * x2 - 0.5 * x3;
  const c3 = (x3 - x0) / 2 + 1.5 * (x1 - x2);
  return Math.max(-32_768, Math.min(32_767, Math.round(((c3 * t + c2) * t + c1) * t + x1)));
}
