/** Sounds of our own that are added to what is heard, one after the other. Pure. */

/** Most sounds that wait: when a crowd comes in at once, two tones say as much as fifty. */
export const MAX_WAITING_CLIPS = 2;

export class Clips {
  #clips: Int16Array[] = [];
  #at = 0;

  /** Whether something is played. */
  get active(): boolean {
    return this.#clips.length > 0;
  }

  /** Adds a sound at the end; false if too many wait. */
  play(samples: Int16Array): boolean {
    if (this.#clips.length > MAX_WAITING_CLIPS) return false;
    if (samples.length > 0) this.#clips.push(samples);
    return true;
  }

  /** Forgets what is played and what waits. */
  stop(): void {
    this.#clips = [];
    this.#at = 0;
  }

  /** Adds the next samples to a mix on the scale of 16 bit. */
  mixInto(sum: Float32Array): void {
    for (let i = 0; i < sum.length && this.#clips[0]; i++) {
      sum[i] = (sum[i] ?? 0) + (this.#clips[0][this.#at] ?? 0);
      this.#at++;
      if (this.#at >= this.#clips[0].length) {
        this.#clips.shift();
        this.#at = 0;
      }
    }
  }
}
