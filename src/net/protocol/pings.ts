/** Pings of one route and what their answers tell: the round trip, and whether an answer is overdue. Pure. */
import { RttEstimator } from './rtt.ts';

/** Pings whose answer still counts: with one a second, a round trip of half a minute is measured. */
const MAX_OUTSTANDING = 32;
/** An answer is overdue after twice the round trip, but not before a loaded machine would give it. */
const OVERDUE_AT_LEAST_MS = 400;

export class Pings {
  readonly rtt = new RttEstimator();
  /** When each one that waits for its answer was sent, by id. */
  readonly #outstanding = new Map<number, number>();
  #sentAt = Number.NEGATIVE_INFINITY;
  #answered = false;
  #unanswered = 0;
  /** When the first of those that have no answer went out. */
  #unansweredSince = 0;

  /** When the last one went out, ms. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** Something was answered some time. */
  get answered(): boolean {
    return this.#answered;
  }

  /** For how long there is no answer, ms; 0 if none is waited for. */
  unansweredMs(now: number): number {
    return this.#unanswered === 0 ? 0 : now - this.#unansweredSince;
  }

  /** Since when there is no answer, ms: since the first ping without one, or `now` if there is none. Null before the first answer. */
  answeredAt(now: number): number | null {
    if (!this.#answered) return null;
    return this.#unanswered === 0 ? now : this.#unansweredSince;
  }

  /** Sent in a row since the last answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  sent(id: number, now: number): void {
    for (const oldest of this.#outstanding.keys()) {
      if (this.#outstanding.size < MAX_OUTSTANDING) break;
      this.#outstanding.delete(oldest);
    }
    this.#outstanding.set(id, now);
    this.#sentAt = now;
    if (this.#unanswered === 0) this.#unansweredSince = now;
    this.#unanswered += 1;
  }

  /**
   * Takes an answer; false for one to a ping that is not outstanding. `sameWay`: it came by this route, so that its time is the
   * route's round trip.
   */
  take(id: number, sameWay: boolean, now: number): boolean {
    const sentAt = this.#outstanding.get(id);
    if (sentAt === undefined) return false;
    for (const older of this.#outstanding.keys()) {
      this.#outstanding.delete(older);
      if (older === id) break;
    }
    this.#answered = true;
    this.#unanswered = 0;
    if (sameWay) this.rtt.sample(now - sentAt);
    return true;
  }

  /** When the oldest unanswered ping becomes overdue, ms; Infinity if none waits, or nothing was ever answered. */
  overdueAt(): number {
    const rtt = this.rtt.smoothedMs;
    if (rtt === null) return Number.POSITIVE_INFINITY;
    for (const sentAt of this.#outstanding.values()) return sentAt + Math.max(OVERDUE_AT_LEAST_MS, 2 * rtt);
    return Number.POSITIVE_INFINITY;
  }

  /** Forgets what waits: nothing of it will be answered. */
  forget(): void {
    this.#outstanding.clear();
  }
}
