/** Keeps sentences to the user few: a browser that meets a closed port tries again and again. Pure. */

/** The same sentence is worth saying again after so long, ms. */
const REPEAT_MS = 30_000;
/** Different sentences in that time: what still fits on a screen. */
const MAX_SENTENCES = 10;

export class NoticeLimit {
  readonly #said = new Map<string, number>();

  /** Whether to say it now; `now` in ms of any monotonic clock. */
  allows(sentence: string, now: number): boolean {
    for (const [old, at] of this.#said) if (now - at >= REPEAT_MS) this.#said.delete(old);
    if (this.#said.has(sentence) || this.#said.size >= MAX_SENTENCES) return false;
    this.#said.set(sentence, now);
    return true;
  }
}
