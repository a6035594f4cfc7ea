/**
 * Loss of one direction over the last probes. Pure.
 *
 * A receiver reports how many packets it authenticated and the highest counter among them; since counters have
 * no gaps where the sender stands, the share missing between two reports is the loss. A window of reports forgets
 * old trouble, which a total since the start would not.
 */

/** Reports in the window: some ten seconds at a probe a second. */
const WINDOW_REPORTS = 10;

interface Report {
  readonly received: number;
  readonly highest: number;
}

export class LossWindow {
  readonly #reports: Report[] = [];

  /** Takes a receiver's totals. A report older than the newest (reordered) is ignored. */
  report(received: number, highest: number): void {
    const newest = this.#reports.at(-1);
    if (newest && (highest < newest.highest || received < newest.received)) return;
    this.#reports.push({ received, highest });
    if (this.#reports.length > WINDOW_REPORTS) this.#reports.shift();
  }

  /** Share of packets lost in the window, 0..1; null until something was sent between two reports. */
  loss(): number | null {
    const first = this.#reports[0];
    const last = this.#reports.at(-1);
    if (!first || !last || last.highest === first.highest) return null;
    const arrived = (last.received - first.received) / (last.highest - first.highest);
    return Math.min(1, Math.max(0, 1 - arrived));
  }
}
