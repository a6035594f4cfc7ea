/**
 * Where to splice speech so that it lasts shorter or longer at the same pitch: WSOLA (Verhelst and Roelands, 1993). A
 * splice leaves out, or repeats, a stretch after which the sound is most like itself: for a voice, some periods of it.
 * Stereo is spliced on both sides at once, at the stretch after which both together are: their mean would do for most
 * sound, but not for what stands out of phase on the two sides. Pure.
 */
import { msToSamples } from './frame.ts';

/** Over which a splice fades: half a period of a deep voice, samples. */
export const OVERLAP = msToSamples(5);
/** The shortest stretch that is worth a splice, samples. */
export const MIN_PERIOD = msToSamples(2.5);
/** The longest: a period of a voice at 80 Hz, samples. */
export const MAX_PERIOD = msToSamples(12.5);
/** From this likeness on a splice is not heard, 0..1. */
export const ALIKE = 0.8;
/** Root mean square of what counts as a pause, in which any splice will do: -50 dB of full scale. */
const QUIET_RMS = 100;
/** The coarse search looks at one in so many lags and samples. */
const COARSE = 4;
/** How much longer stretches are preferred at the same likeness: fewer splices are better. */
const LENGTH_BONUS = 0.05;

/** A stretch to leave out or to repeat. */
export interface Splice {
  /** Samples. */
  readonly period: number;
  /** Normalised cross-correlation of what the splice joins, -1..1; 1 in a pause. */
  readonly likeness: number;
}

/** The samples of each channel: one array, or those of left and right. */
type Planes = readonly Int16Array[];

/**
 * Finds the best stretch of at most `most` samples to leave out (`direction` 1) or to repeat (-1) at the position `at`.
 * Undefined if there are not enough samples for one. Preconditions, in each plane: from `at` to `at + most + OVERLAP` are
 * samples (direction 1), or from `at - most` to `at + OVERLAP` (direction -1).
 */
export function findSplice(planes: Planes, at: number, direction: 1 | -1, most: number): Splice | undefined {
  const longest = Math.min(MAX_PERIOD, most);
  if (longest < MIN_PERIOD) return undefined;
  if (isQuiet(planes, at) && isQuiet(planes, at + direction * longest))
    return { period: longest, likeness: 1 };
  let best = MIN_PERIOD;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let period = MIN_PERIOD; period <= longest; period += COARSE) {
    const bonus = (LENGTH_BONUS * period) / MAX_PERIOD;
    const score = likeness(planes, at, at + direction * period, COARSE) + bonus;
    if (score <= bestScore) continue;
    best = period;
    bestScore = score;
  }
  return refine(planes, at, direction, best, longest);
}

function refine(planes: Planes, at: number, direction: 1 | -1, coarse: number, longest: number): Splice {
  let splice: Splice = { period: coarse, likeness: -1 };
  const from = Math.max(MIN_PERIOD, coarse - COARSE + 1);
  const to = Math.min(longest, coarse + COARSE - 1);
  for (let period = from; period <= to; period++) {
    const score = likeness(planes, at, at + direction * period, 1);
    if (score > splice.likeness) splice = { period, likeness: score };
  }
  return splice;
}

/** Normalised cross-correlation over the overlap at two positions, of all channels together. */
function likeness(planes: Planes, a: number, b: number, step: number): number {
  let products = 0;
  let energyA = 1; // so that digital silence is not divided by
  let energyB = 1;
  for (const data of planes) {
    for (let i = 0; i < OVERLAP; i += step) {
      const x = data[a + i] ?? 0;
      const y = data[b + i] ?? 0;
      products += x * y;
      energyA += x * x;
      energyB += y * y;
    }
  }
  return products / Math.sqrt(energyA * energyB);
}

/** Whether there is a pause, on both sides if there are two. */
function isQuiet(planes: Planes, at: number): boolean {
  return planes.every((data) => {
    let energy = 0;
    for (let i = 0; i < OVERLAP; i++) energy += (data[at + i] ?? 0) ** 2;
    return energy < OVERLAP * QUIET_RMS ** 2;
  });
}
