/** When the station is told the round trip that a client measured, for others to read in /whois. Pure. */

/** Least time between two reports, ms: it is read by people, now and then. */
const REPORT_EVERY_MS = 10_000;
/** Changes smaller than this share of what was said are not worth a report. */
const CHANGE = 0.2;
/** Nor are those under it, ms. */
const CHANGE_MS = 2;

export class RttReport {
  #said: number | null = null;
  #at = Number.NEGATIVE_INFINITY;

  /** A new connection: the station knows nothing yet. */
  reset(): void {
    this.#said = null;
    this.#at = Number.NEGATIVE_INFINITY;
  }

  /** What to report of a measured round trip in ms (null: none); undefined for nothing. */
  take(rttMs: number | null, now: number): number | undefined {
    if (rttMs === null || now - this.#at < REPORT_EVERY_MS) return undefined;
    const said = this.#said;
    if (said !== null && Math.abs(rttMs - said) < Math.max(CHANGE_MS, said * CHANGE)) return undefined;
    this.#said = rttMs;
    this.#at = now;
    return Math.round(rttMs * 10) / 10;
  }
}
