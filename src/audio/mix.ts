/** Adds the speakers of one 20 ms tick up, with saturation: too loud clips, it never wraps around. Pure. */

const MAX_SAMPLE = 32_767;
const MIN_SAMPLE = -32_768;

/** Writes the saturated sum of `frames` to `out`. A frame shorter than `out` counts as silence at its end. */
export function mixFrames(frames: readonly Int16Array[], out: Int16Array): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (const frame of frames) sum += frame[i] ?? 0;
    out[i] = Math.min(MAX_SAMPLE, Math.max(MIN_SAMPLE, sum));
  }
}
