/** The delay in the sound itself: where pieces of what was said are in what was heard, by correlation. */
import { bestCorrelation } from '../../test/audio/correlation.ts';

/** Length of a piece, and how far the ear is searched on both sides, ms. */
const PIECE_MS = 400;
const BEFORE_MS = 50;
const AFTER_MS = 600;
/** A piece quieter than this says nothing of where it is: root mean square. */
const AUDIBLE = 500;
/** A piece that was concealed in part correlates less, and may be found anywhere. */
const FOUND = 0.7;

const PER_MS = 48;

/** A sound and the moment of its first sample, ns. */
export interface Timed {
  readonly samples: Int16Array;
  readonly beginNs: bigint;
}

/** Delays from mouth to ear of the pieces that were found, ms. */
export function soundDelays(mouth: Timed, ear: Timed): number[] {
  const found: number[] = [];
  const shift = Number(mouth.beginNs - ear.beginNs) / 1e6;
  for (let atMs = 0; atMs + PIECE_MS < mouth.samples.length / PER_MS; atMs += PIECE_MS) {
    const piece = slice(mouth.samples, atMs, PIECE_MS);
    if (rms(piece) < AUDIBLE) continue;
    const fromMs = shift + atMs - BEFORE_MS;
    if (fromMs < 0) continue;
    const { peak, lagSamples } = bestCorrelation(
      piece,
      slice(ear.samples, fromMs, BEFORE_MS + PIECE_MS + AFTER_MS),
    );
    const begin = Math.floor(fromMs * PER_MS);
    if (peak > FOUND) found.push((begin + lagSamples) / PER_MS - shift - atMs);
  }
  return found;
}

function slice(samples: Int16Array, fromMs: number, ms: number): Int16Array {
  const from = Math.floor(fromMs * PER_MS);
  return samples.subarray(from, from + ms * PER_MS);
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
