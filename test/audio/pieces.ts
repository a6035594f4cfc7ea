/**
 * Speech piece by piece: where each piece of what was said is in what was heard, by correlation. A gap or a repetition of
 * a device costs the piece that it is in, and moves the others. Pure.
 */
import { bestCorrelation } from './correlation.ts';

/** Length of a piece, and how far the ear is searched on both sides, ms. */
const PIECE_MS = 400;
const BEFORE_MS = 50;
const AFTER_MS = 1500;
/** A piece quieter than this says nothing of where it is: root mean square. */
const AUDIBLE = 500;
/** A piece that was concealed in part correlates less, and may be found anywhere. */
const FOUND = 0.7;

const PER_MS = 48;

/** A sound and the moment of its first sample, ms of any clock. */
export interface Timed {
  readonly samples: Int16Array;
  readonly beginMs: number;
}

/** From mouth to ear of each audible piece, ms; undefined for one that was not heard. */
export function pieceDelays(mouth: Timed, ear: Timed): (number | undefined)[] {
  const delays: (number | undefined)[] = [];
  const shift = mouth.beginMs - ear.beginMs;
  for (let atMs = 0; atMs + PIECE_MS < mouth.samples.length / PER_MS; atMs += PIECE_MS) {
    const piece = slice(mouth.samples, atMs, PIECE_MS);
    const fromMs = shift + atMs - BEFORE_MS;
    if (rms(piece) < AUDIBLE || fromMs < 0) continue;
    const { peak, lagSamples } = bestCorrelation(
      piece,
      slice(ear.samples, fromMs, BEFORE_MS + PIECE_MS + AFTER_MS),
    );
    const found = (Math.floor(fromMs * PER_MS) + lagSamples) / PER_MS - shift - atMs;
    delays.push(peak > FOUND ? found : undefined);
  }
  return delays;
}

/** The share of the audible pieces that were heard, 0..1. */
export function understood(mouth: Timed, ear: Timed): number {
  const delays = pieceDelays(mouth, ear);
  return delays.filter((delay) => delay !== undefined).length / Math.max(1, delays.length);
}

/** Averages of so many samples are looked through for where the speech is: 6 kHz is enough of it. */
const COARSE = 8;
/** How much earlier or later than most of it a piece may be, ms: what adapts to a busy machine moves them. */
const LEEWAY_MS = 700;

/**
 * The same where no clock tells when the recording began: the moment at which most of the speech fits is looked for first.
 * What stands before the beginning or behind the end was not heard.
 */
export function understoodSomewhere(said: Int16Array, heard: Int16Array): number {
  const ahead = said.length + (LEEWAY_MS + BEFORE_MS) * PER_MS;
  const ear = new Int16Array(ahead + heard.length + said.length + AFTER_MS * PER_MS);
  ear.set(heard, ahead);
  const { lagSamples } = bestCorrelation(coarse(said), coarse(heard));
  const beginMs = (ahead + lagSamples * COARSE) / PER_MS - LEEWAY_MS;
  return understood({ samples: said, beginMs }, { samples: ear, beginMs: 0 });
}

function coarse(samples: Int16Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / COARSE) }, (_, i) =>
    samples.subarray(i * COARSE, (i + 1) * COARSE).reduce((sum, sample) => sum + sample, 0),
  );
}

function slice(samples: Int16Array, fromMs: number, ms: number): Int16Array {
  const from = Math.floor(fromMs * PER_MS);
  return samples.subarray(from, from + ms * PER_MS);
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
