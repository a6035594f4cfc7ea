/**
 * The last seconds of every voice, in memory, to be heard again. Pure.
 *
 * What is older than REPLAY_MS is forgotten as soon as anything is pushed or asked for; nothing is ever written
 * anywhere. Ticks of all voices stand in one queue, oldest first, which bounds the memory whoever talks. Stereo is kept
 * and given interleaved.
 */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** How long anything is kept, ms. */
export const REPLAY_MS = 30_000;
/** Most samples kept, of all voices: six people who talk without a pause for all of the time, three in stereo (17 MB). */
export const MAX_REPLAY_SAMPLES = 6 * 30 * SAMPLE_RATE;
/** Silence of everybody is replayed at most this long, ms: who asks for the last words is in a hurry. */
export const MAX_PAUSE_MS = 300;

/** Entries closer together than this are of one tick, ms. */
const SAME_TICK_MS = 1;
/** Ticks that are further apart than they are long, but by less than this, follow one another, ms. */
const JITTER_MS = 40;

interface Kept {
  readonly ssrc: number;
  readonly atMs: number;
  readonly samples: Int16Array;
}

export class ReplayMemory {
  readonly #channels: number;
  #kept: Kept[] = [];
  /** Entries before this one are forgotten; they are removed now and then, not one by one. */
  #first = 0;
  #samples = 0;

  constructor(channels = 1) {
    this.#channels = channels;
  }

  /** Samples kept now. */
  get size(): number {
    return this.#samples;
  }

  /** Keeps a copy of what a voice said in the tick that was heard at `atMs`. Ticks come in order of time. */
  push(ssrc: number, samples: Int16Array, atMs: number): void {
    this.#kept.push({ ssrc, atMs, samples: samples.slice() });
    this.#samples += samples.length;
    this.#forgetBefore(atMs - REPLAY_MS);
    while (this.#samples > MAX_REPLAY_SAMPLES) this.#drop();
  }

  forget(): void {
    this.#kept = [];
    this.#first = 0;
    this.#samples = 0;
  }

  /** What was heard in the last `ms` before `nowMs`, of one voice or (null) of all, at their gains, with short pauses. */
  take(
    ms: number,
    ssrc: number | null,
    nowMs: number,
    gainOf: (ssrc: number) => number = () => 1,
  ): Int16Array {
    this.#forgetBefore(nowMs - REPLAY_MS);
    const from = nowMs - ms;
    const wanted = this.#kept
      .slice(this.#first)
      .filter((kept) => kept.atMs >= from && (ssrc === null || kept.ssrc === ssrc));
    return render(wanted, gainOf, this.#channels);
  }

  #forgetBefore(ms: number): void {
    while ((this.#kept[this.#first]?.atMs ?? Number.POSITIVE_INFINITY) < ms) this.#drop();
  }

  #drop(): void {
    this.#samples -= this.#kept[this.#first]?.samples.length ?? 0;
    this.#first++;
    if (this.#first * 2 < this.#kept.length) return;
    this.#kept.splice(0, this.#first);
    this.#first = 0;
  }
}

/** Lays ticks out by their time, with pauses shortened; ticks of one time are added up. */
function render(kept: readonly Kept[], gainOf: (ssrc: number) => number, channels: number): Int16Array {
  const places: number[] = [];
  let end = 0;
  let last: Kept | undefined;
  let place = 0;
  for (const one of kept) {
    if (last) place += channels * step(last.samples.length / channels, one.atMs - last.atMs);
    places.push(place);
    end = Math.max(end, place + one.samples.length);
    last = one;
  }
  const sum = new Float32Array(end);
  for (const [n, { ssrc, samples }] of kept.entries()) add(sum, places[n] ?? 0, samples, gainOf(ssrc));
  return Int16Array.from(sum, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample))));
}

function add(sum: Float32Array, place: number, samples: Int16Array, gain: number): void {
  for (let i = 0; i < samples.length; i++) sum[place + i] = (sum[place + i] ?? 0) + (samples[i] ?? 0) * gain;
}

/**
 * Samples a channel from an entry of `length` to the next. A sound device tells times that are off by some ms, which must
 * not click.
 */
function step(length: number, ms: number): number {
  if (ms < SAME_TICK_MS) return 0;
  const pauseMs = ms - (length * 1000) / SAMPLE_RATE;
  if (pauseMs < JITTER_MS) return length;
  return length + Math.round((Math.min(pauseMs, MAX_PAUSE_MS) * SAMPLE_RATE) / 1000);
}
