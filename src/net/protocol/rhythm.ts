/**
 * Whether a session rests: nothing but probes flows, and they are answered. Then they come seldom. Pure.
 *
 *   lively --no payload, no trouble for 10 s--> resting --a payload either way, a miss, another network--> lively
 *
 * The client decides and tells the station in every ping. At rest a long silence is no sign of anything, so neither end takes a
 * route for down: the client alone, who asks, finds out. After a rest silence counts from its end.
 */

/** Without payloads and without trouble for so long a client rests: longer than the pauses of a talk. */
const REST_AFTER_MS = 10_000;
/** Between pings of a route in use at rest: twice within the 30 s after which a NAT box may forget (RFC 4787 asks for 120 s). */
export const REST_INTERVAL_MS = 15_000;

export class Rhythm {
  #resting = false;
  #stirredAt: number;
  /** When the last rest ended; before the first one, when the session began. */
  #livelySince: number;

  constructor(now: number) {
    this.#stirredAt = now;
    this.#livelySince = now;
  }

  get resting(): boolean {
    return this.#resting;
  }

  /** Something happened after which probes have to come often; true if that ended a rest. */
  stir(now: number): boolean {
    this.#stirredAt = now;
    if (!this.#resting) return false;
    this.#resting = false;
    this.#livelySince = now;
    return true;
  }

  /** Begins a rest if nothing happened for long enough; true if it began. */
  rest(now: number): boolean {
    if (this.#resting || now - this.#stirredAt < REST_AFTER_MS) return false;
    this.#resting = true;
    return true;
  }

  /** The station does as the client says. */
  follow(resting: boolean, now: number): void {
    if (resting) this.#resting = true;
    else this.stir(now);
  }

  /** From when on a silence counts, ms; Infinity at rest. */
  get countsFrom(): number {
    return this.#resting ? Number.POSITIVE_INFINITY : this.#livelySince;
  }

  /** For how long nothing was heard although something was due, ms, if `at` was the last time. */
  silence(at: number, now: number): number {
    return this.#resting ? Math.max(0, now - at - REST_INTERVAL_MS) : now - Math.max(at, this.#livelySince);
  }
}
