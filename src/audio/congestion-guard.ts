/**
 * Notices when what is sent against loss causes it: on a link that is too narrow, more bytes are more loss. Pure: told
 * the time, ms.
 *
 *   watching --sent more, and the loss became much worse--> held back --loss stays as bad--> immune
 *                                                           held back --its time is over--> watching
 */

/** Loss is compared when it has been reported this often and for this long after a growth. */
const MIN_REPORTS = 2;
const TRIAL_MS = 2500;
/** Much worse: by this much, and by this factor. */
const WORSE_BY = 0.2;
const WORSE_TIMES = 1.5;
/** Reports are smoothed over this time, ms: a quarter of a second of losses in runs says little. */
const SMOOTH_MS = 1200;
/** A smaller growth is not looked at. */
const GROWTH = 1.15;
/** How long one is held back at first, ms; twice as long each time, up to the second. */
const HOLD_MS = 20_000;
const LONGEST_HOLD_MS = 160_000;
/** When being held back must have helped, ms, and how much of the loss may be left then. */
const HELP_MS = 3000;
const HELPED = 0.7;
/** After it did not help the growth is not held back for this long, ms. */
const IMMUNE_MS = 60_000;

interface Held {
  readonly to: number;
  readonly since: number;
  readonly loss: number;
  helped: boolean;
}

export class CongestionGuard {
  /** Share of packets lost: the last report, and smoothed. */
  #last = 0;
  #recent = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #trial:
    | { readonly from: number; readonly before: number; readonly at: number; reports: number }
    | undefined;
  #held: Held | undefined;
  #holdMs = HOLD_MS;
  #immuneUntil = Number.NEGATIVE_INFINITY;

  /** Most that may be sent now, bit/s; Infinity when nothing is known against it. */
  cap(now: number): number {
    if (this.#held && now >= this.#held.since + this.#holdMs) {
      this.#held = undefined;
      this.#holdMs = Math.min(LONGEST_HOLD_MS, this.#holdMs * 2);
    }
    return this.#held?.to ?? Number.POSITIVE_INFINITY;
  }

  /** What is sent goes from one bandwidth to another, bit/s. */
  changed(from: number, to: number, now: number): void {
    if (to < from * GROWTH || now < this.#immuneUntil || this.#held) return;
    this.#trial ??= { from, before: Math.max(this.#last, this.#recent), at: now, reports: 0 };
  }

  /** The share of packets that was lost since the last report, as the worst listener sees it. */
  report(fractionLost: number, now: number): void {
    this.#last = fractionLost;
    this.#recent += (fractionLost - this.#recent) * (1 - Math.exp((this.#reportedAt - now) / SMOOTH_MS));
    this.#reportedAt = now;
    this.#judgeTrial(now);
    this.#judgeHold(now);
  }

  #judgeTrial(now: number): void {
    const trial = this.#trial;
    if (!trial) return;
    trial.reports++;
    if (trial.reports < MIN_REPORTS || now - trial.at < TRIAL_MS) return;
    this.#trial = undefined;
    const worse = Math.max(trial.before + WORSE_BY, trial.before * WORSE_TIMES);
    if (this.#recent > worse) this.#held = { to: trial.from, since: now, loss: this.#recent, helped: false };
  }

  #judgeHold(now: number): void {
    const held = this.#held;
    if (!held || held.helped || now - held.since < HELP_MS) return;
    if (this.#recent < held.loss * HELPED) {
      held.helped = true;
    } else {
      this.#held = undefined;
      this.#immuneUntil = now + IMMUNE_MS;
    }
  }
}
