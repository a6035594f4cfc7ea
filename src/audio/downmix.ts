/** Both channels of stereo as one. Pure. */

/** The mean of left and right; a single channel as it is. */
export function downmix(samples: Int16Array, channels: 1 | 2): Int16Array {
  if (channels === 1) return samples;
  return Int16Array.from({ length: samples.length / 2 }, (_, i) => {
    return Math.round(((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) / 2);
  });
}
