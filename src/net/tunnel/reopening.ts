/**
 * When a client should open its UDP sockets anew, on other local ports. Pure.
 *
 * A NAT box that restarted, a box that lets UDP through for half a minute, another network: the old port is dead and a
 * new one may work. So after 5 s without an answer by UDP, then after 10, 20, ... 60 s more; at once when the machine slept.
 */
const FIRST_MS = 5000;
const LONGEST_MS = 60_000;
/** A timer that is so late, or a wall clock that is so far ahead of the monotonic one, means sleep. */
export const SLEPT_MS = 5000;

export class Reopening {
  #since: number;
  #waitMs = FIRST_MS;
  #answeredAt: number | null = null;

  constructor(now: number) {
    this.#since = now;
  }

  /** When it is due next, ms. */
  get dueAt(): number {
    return this.#since + this.#waitMs;
  }

  /** True if the sockets should be opened anew now; the next time is then later. */
  due(answeredAt: number | null, now: number): boolean {
    if (answeredAt !== null && answeredAt !== this.#answeredAt) {
      this.#answeredAt = answeredAt;
      this.#since = Math.max(this.#since, answeredAt);
      this.#waitMs = FIRST_MS;
    }
    if (now < this.dueAt) return false;
    this.#since = now;
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_MS);
    return true;
  }
}
