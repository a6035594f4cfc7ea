/**
 * Spreads frames that come in lumps out over time, one every 20 ms: a lump sent at once would look like jitter to
 * everybody who listens, and their playout delay is made for less.
 */
import { FRAME_MS } from '../frame.ts';

/** Frames that may wait: arecord's buffer of half a second. Beyond it the oldest are dropped. */
const MAX_WAITING = 25;

export class Smoother<F> {
  #release: (frame: F) => void;
  #waiting: F[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the next frame may go, ms of performance.now(). */
  #nextMs = 0;

  constructor(release: (frame: F) => void) {
    this.#release = release;
  }

  push(frames: readonly F[]): void {
    this.#waiting.push(...frames);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
    if (!this.#timer) this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #run(): void {
    const nowMs = performance.now();
    // After a pause the clock starts anew, at the latest lump.
    if (nowMs > this.#nextMs + FRAME_MS) this.#nextMs = nowMs;
    while (this.#nextMs <= nowMs) {
      const frame = this.#waiting.shift();
      if (frame === undefined) break;
      this.#nextMs += FRAME_MS;
      this.#release(frame);
    }
    const more = this.#waiting.length > 0;
    this.#timer = more ? setTimeout(() => this.#run(), this.#nextMs - nowMs) : undefined;
  }
}
