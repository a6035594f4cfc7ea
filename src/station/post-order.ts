/**
 * Keeps a member's posts in the order in which they were sent when one of them is refused for now (too fast, disk
 * full): those sent behind it are refused too until it comes again, else they would be kept before it. Pure.
 */

/** How long the others wait for the refused one, ms: ours tries again after 1 s; one that never does may go on.  */
export const HOLD_MS = 3000;

export class PostOrder {
  /** The oldest post that was refused for now. */
  #refused: { readonly id: string; readonly until: number } | undefined;

  /**
   * Whether this post may be kept now: it is its turn, and `allowed` (asked only then) has no objection.
   * `now` in ms, any monotonic clock.
   */
  take(id: string, now: number, allowed: () => boolean): boolean {
    if (this.#waitsForAnother(id, now)) return false;
    this.#refused = undefined;
    if (allowed()) return true;
    this.refused(id, now);
    return false;
  }

  /** A post that was taken could not be kept for now. */
  refused(id: string, now: number): void {
    if (!this.#waitsForAnother(id, now)) this.#refused = { id, until: now + HOLD_MS };
  }

  #waitsForAnother(id: string, now: number): boolean {
    return this.#refused !== undefined && this.#refused.id !== id && now < this.#refused.until;
  }
}
