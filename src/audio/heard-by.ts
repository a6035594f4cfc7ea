/** What listeners say of our voice, from their reports. Pure: told the time, ms. */
import { decodeReports } from '../net/protocol/rtcp.ts';
import type { HeardBy } from './messages.ts';

/** A report tells nothing of the present after this time, ms; they come every second while we speak. */
export const REPORT_LIFE_MS = 6000;
/** Listeners remembered: as many as a room has voices. */
const MAX_LISTENERS = 256;

export class Listeners {
  readonly #listeners = new Map<number, { readonly lossPct: number; readonly atMs: number }>();

  /** Takes a compound packet: anything at all. What it says of others than `self` is none of ours. */
  reported(packet: Uint8Array, self: number | null, nowMs: number): void {
    const decoded = decodeReports(packet);
    const report = decoded?.reports.find(({ ssrc }) => ssrc === self);
    if (!decoded || !report) return;
    this.#listeners.delete(decoded.reporter);
    this.#listeners.set(decoded.reporter, { lossPct: report.metrics.lossRate * 100, atMs: nowMs });
    const [oldest] = this.#listeners.keys();
    if (this.#listeners.size > MAX_LISTENERS && oldest !== undefined) this.#listeners.delete(oldest);
  }

  /** Those who have said something lately. */
  list(nowMs: number): HeardBy[] {
    return [...this.#listeners]
      .filter(([, { atMs }]) => nowMs - atMs < REPORT_LIFE_MS)
      .map(([ssrc, { lossPct }]) => ({ ssrc, lossPct }));
  }
}
