/** Left and right, put together and taken apart, and how much of a tone is on a side. Pure. */

export function interleaved(left: Int16Array, right: Int16Array): Int16Array {
  return Int16Array.from({ length: left.length * 2 }, (_, i) => (i % 2 === 0 ? left : right)[i >> 1]!);
}

/** Left and right of interleaved samples. */
export function sidesOf(samples: Int16Array): [left: Int16Array, right: Int16Array] {
  return [samples.filter((_, i) => i % 2 === 0), samples.filter((_, i) => i % 2 === 1)];
}

/** Amplitude of a tone in samples at 48 kHz: one bin of a Fourier transform with a Hann window. */
export function amplitudeOf(hz: number, samples: Int16Array): number {
  let [re, im] = [0, 0];
  for (const [n, sample] of samples.entries()) {
    const turn = 2 * Math.PI * n;
    const weighted = sample * (1 - Math.cos(turn / samples.length));
    re += weighted * Math.cos((turn * hz) / 48_000);
    im += weighted * Math.sin((turn * hz) / 48_000);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}
