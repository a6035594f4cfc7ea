/**
 * Loss of one direction over the last probes. Pure.
 *
 * A receiver reports how many packets it took of those that the sender had sent by its last probe; the share missing
 * between two reports is the loss. A window of reports forgets old trouble, which a total since the start would not.
 */

/** Reports in the window: some ten seconds at a probe a second. */
const WINDOW_REPORTS = 10;

interface Report {
  readonly received: number;
  readonly of: number;
}

export class LossWindow {
  readonly #reports: Report[] = [];

  /** Takes a receiver's totals. A report that is no newer than the newest is ignored. */
  report(received: number, of: number): void {
    const newest = this.#reports.at(-1);
    if (newest && (of <= newest.of || received < newest.received)) return;
    this.#reports.push({ received, of });
    if (this.#reports.length > WINDOW_REPORTS) this.#reports.shift();
  }

  /** Share of packets lost in the window, 0..1; null until something was sent between two reports. */
  loss(): number | null {
    const first = this.#reports[0];
    const last = this.#reports.at(-1);
    if (!first || !last || last.of === first.of) return null;
    const arrived = (last.received - first.received) / (last.of - first.of);
    return Math.min(1, Math.max(0, 1 - arrived));
  }
}
