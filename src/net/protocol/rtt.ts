/** Smoothed round-trip time, RFC 6298 section 2. Pure. */

const ALPHA = 1 / 8;
const BETA = 1 / 4;

export class RttEstimator {
  #smoothed: number | null = null;
  #variation = 0;

  /** Smoothed round trip in ms; null before the first sample. */
  get smoothedMs(): number | null {
    return this.#smoothed;
  }

  /** Mean deviation of the round trip in ms. */
  get variationMs(): number {
    return this.#variation;
  }

  /** Adds one measured round trip in ms (>= 0). */
  sample(ms: number): void {
    if (this.#smoothed === null) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
      return;
    }
    this.#variation += BETA * (Math.abs(this.#smoothed - ms) - this.#variation);
    this.#smoothed += ALPHA * (ms - this.#smoothed);
  }
}
