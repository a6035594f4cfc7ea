/** The audio level that travels in every voice frame's header, as RFC 6464 defines it. Pure. */

/** The level of digital silence, and of anything quieter than -126.5 dBov. */
export const SILENCE_LEVEL = 127;

/** RMS of a full-scale square wave, the overload point that dBov is measured from (RFC 6464, section 3). */
const OVERLOAD = 32_768;

/** Level of 16-bit samples in -dBov: 0 is the loudest possible, 127 is silence. An empty frame is silent. */
export function audioLevel(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (energy === 0) return SILENCE_LEVEL;
  const rms = Math.sqrt(energy / samples.length);
  const dbov = 20 * Math.log10(rms / OVERLOAD);
  return Math.min(SILENCE_LEVEL, Math.max(0, Math.round(-dbov)));
}
