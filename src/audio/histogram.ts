/** Percentiles of durations in bounded memory: counts in buckets of 0.5 ms. Pure. */

/** Width of a bucket, ms: finer than any delay that a listener can tell apart. */
const BUCKET_MS = 0.5;
/** Delays beyond this share the last bucket, ms: twice the largest playout delay that can be set. */
const MAX_MS = 1000;

export class DelayHistogram {
  #counts = new Uint32Array(MAX_MS / BUCKET_MS + 1);
  #total = 0;

  /** Counts one duration, ms. A negative one counts as 0. */
  add(ms: number): void {
    const bucket = Math.min(this.#counts.length - 1, Math.max(0, Math.round(ms / BUCKET_MS)));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
  }

  /** The duration that the fraction `p` (0..1) of all do not exceed, ms to half a one; null if none was added. */
  percentile(p: number): number | null {
    if (this.#total === 0) return null;
    const wanted = Math.max(1, Math.ceil(p * this.#total));
    let seen = 0;
    let bucket = 0;
    for (const count of this.#counts) {
      seen += count;
      if (seen >= wanted) break;
      bucket++;
    }
    return bucket * BUCKET_MS;
  }
}
