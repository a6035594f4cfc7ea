/** How much of what was said is in what was heard: normalised cross-correlation at the best alignment, by FFT. Pure. */

export interface Correlation {
  /** -1..1: 1 is the same sound at any volume. */
  readonly peak: number;
  /** Where the reference begins in what was heard, samples. */
  readonly lagSamples: number;
}

/**
 * Finds the reference in `heard`. The peak is the correlation coefficient over the reference's length at the best
 * lag, normalised by the energy of just that part of `heard`; what else was heard does not count.
 */
export function bestCorrelation(
  reference: Int16Array | Float32Array,
  heard: Int16Array | Float32Array,
): Correlation {
  const size = 2 ** Math.ceil(Math.log2(reference.length + heard.length));
  const products = crossCorrelate(reference, heard, size);
  const energyBefore = prefixEnergy(heard);
  const referenceEnergy = prefixEnergy(reference)[reference.length] ?? 0;
  let peak = 0;
  let lagSamples = 0;
  for (let lag = -reference.length + 1; lag < heard.length; lag++) {
    const from = Math.max(0, lag);
    const to = Math.min(heard.length, lag + reference.length);
    // A part of the reference that falls outside counts as heard silence: it lowers the peak.
    const energy = (energyBefore[to] ?? 0) - (energyBefore[from] ?? 0);
    if (energy <= referenceEnergy * 1e-6) continue;
    const value = (products[(lag + size) % size] ?? 0) / Math.sqrt(energy * referenceEnergy);
    if (value > peak) {
      peak = value;
      lagSamples = lag;
    }
  }
  return { peak, lagSamples };
}

function prefixEnergy(samples: Int16Array | Float32Array): Float64Array {
  const sums = new Float64Array(samples.length + 1);
  for (let i = 0; i < samples.length; i++) sums[i + 1] = (sums[i] ?? 0) + (samples[i] ?? 0) ** 2;
  return sums;
}

/** Sums of reference[i] * heard[i + lag], for lag modulo `size`. */
function crossCorrelate(
  reference: Int16Array | Float32Array,
  heard: Int16Array | Float32Array,
  size: number,
): Float64Array {
  const aRe = new Float64Array(size);
  const aIm = new Float64Array(size);
  const bRe = new Float64Array(size);
  const bIm = new Float64Array(size);
  aRe.set(reference);
  bRe.set(heard);
  fft(aRe, aIm);
  fft(bRe, bIm);
  for (let i = 0; i < size; i++) {
    const re = aRe[i]! * bRe[i]! + aIm[i]! * bIm[i]!;
    // Conjugated, so that a second forward transform is the inverse one.
    bIm[i] = -(aRe[i]! * bIm[i]! - aIm[i]! * bRe[i]!);
    bRe[i] = re;
  }
  fft(bRe, bIm);
  return bRe.map((value) => value / size);
}

/** In-place radix-2 FFT (Cooley and Tukey); the length is a power of two. */
function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  const { cos, sin } = turns(n);
  for (let length = 2; length <= n; length *= 2) butterflies(re, im, length, cos, sin);
}

interface Turns {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Of each length that was used: they take longer to make than to use. */
const known = new Map<number, Turns>();

/** The first half of the n-th roots of unity. */
function turns(n: number): Turns {
  const made = known.get(n) ?? {
    cos: new Float64Array(n / 2).map((_, k) => Math.cos((-2 * Math.PI * k) / n)),
    sin: new Float64Array(n / 2).map((_, k) => Math.sin((-2 * Math.PI * k) / n)),
  };
  known.set(n, made);
  return made;
}

function butterflies(
  re: Float64Array,
  im: Float64Array,
  length: number,
  cos: Float64Array,
  sin: Float64Array,
): void {
  const half = length / 2;
  const stride = re.length / length;
  for (let start = 0; start < re.length; start += length) {
    for (let k = 0; k < half; k++) {
      const i = start + k;
      const j = i + half;
      const wRe = cos[k * stride]!;
      const wIm = sin[k * stride]!;
      const tRe = re[j]! * wRe - im[j]! * wIm;
      const tIm = re[j]! * wIm + im[j]! * wRe;
      re[j] = re[i]! - tRe;
      im[j] = im[i]! - tIm;
      re[i] = re[i]! + tRe;
      im[i] = im[i]! + tIm;
    }
  }
}
