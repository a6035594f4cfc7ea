/**
 * Whether one route is heard on. Pure.
 *
 *   down --enough hearings in a row--> up --nothing within the window--> down
 *
 * A new route is up with the first packet. One that went down has to be heard several times before it counts again,
 * and the more often the sooner it had failed: a route that comes and goes must not drag a call to and fro.
 */

/** For the best route, which is probed every second and four times a second once an answer is overdue. */
export const HEARD_WINDOW_MS = 2000;
/** For routes kept in reserve, which are probed every two and a half seconds. */
export const STANDBY_WINDOW_MS = 6000;
/** Hearings that count as separate are this far apart. */
const SPACING_MS = 200;
/** And not in a row when they are further apart than this: three probes of a route that climbs. */
const IN_A_ROW_MS = 1500;
/** To come back, a route is heard so often in a row. */
const RETURN_AFTER = 3;
/** And twice as often each time that it fails sooner than this, at most so often: half a minute of good answers is proof. */
const STEADY_MS = 60_000;
const RETURN_AFTER_MOST = 24;

export class Hearing {
  #at = Number.NEGATIVE_INFINITY;
  #up = false;
  #upAt = 0;
  #needed = 1;
  #good = 0;
  #goodAt = Number.NEGATIVE_INFINITY;

  /** When something was heard last, ms; -Infinity before the first. */
  get at(): number {
    return this.#at;
  }

  /** It is down, and was heard lately. */
  climbing(now: number): boolean {
    return !this.#up && this.#good > 0 && now - this.#at <= IN_A_ROW_MS;
  }

  /** Takes note of an authentic packet that was not seen before. */
  heard(now: number): void {
    const before = this.#at;
    this.#at = now;
    if (this.#up) return;
    if (now - before > IN_A_ROW_MS) this.#good = 0;
    if (now - this.#goodAt < SPACING_MS) return;
    this.#goodAt = now;
    this.#good += 1;
    if (this.#good < this.#needed) return;
    this.#up = true;
    this.#upAt = now;
    this.#good = 0;
  }

  /** Whether it is up; it goes down here when nothing was heard for `windowMs`. No silence before `from` counts, ms. */
  isUp(now: number, windowMs: number, from: number): boolean {
    if (this.#up && now - Math.max(this.#at, from) > windowMs) {
      this.#up = false;
      const steady = this.#at - this.#upAt >= STEADY_MS || this.#needed === 1;
      this.#needed = steady ? RETURN_AFTER : Math.min(this.#needed * 2, RETURN_AFTER_MOST);
    }
    return this.#up;
  }
}
