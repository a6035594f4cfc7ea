/**
 * The watchdog of an open microphone: it closes one that was left open, and says why. Pure: time comes in.
 *
 * A key that is held is the user interface's business (ui/talk-key.ts); this one is for what stays open by itself: a
 * latched key, a command, a pedal whose release never came.
 */

/** Who opened it. A key and a command come from the terminal, the socket from anywhere. */
export type TalkOpener = 'key' | 'command' | 'socket';

export interface TalkLimits {
  /** Closes so long after the terminal lost the focus, ms; 0 for never. */
  readonly unfocusedMs: number;
  /** Closes after so long in any case, ms; 0 for never. */
  readonly openMs: number;
}

export class TalkWatch {
  #limits: TalkLimits;
  #open: { readonly by: TalkOpener; readonly since: number } | undefined;
  /** When the terminal lost the focus. A terminal that does not tell has it. */
  #unfocusedSince: number | undefined;

  constructor(limits: TalkLimits) {
    this.#limits = limits;
  }

  /** They hold for a microphone that is open already, too. */
  setLimits(limits: TalkLimits): void {
    this.#limits = limits;
  }

  /** The microphone is open from now on, or still is and somebody says so again. */
  opened(by: TalkOpener, now: number): void {
    // A key that is pressed here says that the focus is here, whatever the terminal told of it.
    if (by !== 'socket') this.#unfocusedSince = undefined;
    this.#open = { by, since: now };
  }

  closed(): void {
    this.#open = undefined;
  }

  focus(gained: boolean, now: number): void {
    this.#unfocusedSince = gained ? undefined : (this.#unfocusedSince ?? now);
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    return Math.min(this.#focusDeadline(), this.#limitDeadline());
  }

  /** Why the microphone is to be closed now, as a sentence; undefined while it may stay open. */
  tick(now: number): string | undefined {
    if (now < this.nextDeadline()) return undefined;
    const why =
      this.#limitDeadline() <= now
        ? `after ${inWords(this.#limits.openMs)} (ui.talk_limit_min)`
        : `as the terminal has not had the focus for ${inWords(this.#limits.unfocusedMs)} (ui.talk_unfocused_s)`;
    this.#open = undefined;
    return `microphone closed ${why}`;
  }

  #focusDeadline(): number {
    const { unfocusedMs } = this.#limits;
    const watched = this.#open && this.#open.by !== 'socket' && unfocusedMs > 0;
    return watched && this.#unfocusedSince !== undefined
      ? Math.max(this.#unfocusedSince, this.#open?.since ?? 0) + unfocusedMs
      : Number.POSITIVE_INFINITY;
  }

  #limitDeadline(): number {
    const { openMs } = this.#limits;
    return this.#open && openMs > 0 ? this.#open.since + openMs : Number.POSITIVE_INFINITY;
  }
}

function inWords(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${Math.round(ms / 6000) / 10} min`;
}
