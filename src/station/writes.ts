/**
 * Group commit of everything that is written but posts (posts.ts): edits, deletions, markers, topics. What one turn of the
 * event loop brings goes to disk in one transaction, and nothing is answered before that.
 */
import type { Outcome, Write } from '../store/station.ts';

interface Waiting {
  readonly write: Write;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class WriteBatch {
  readonly #commit: (writes: readonly Write[]) => Outcome[];
  readonly #schedule: (flush: () => void) => void;
  #waiting: Waiting[] = [];

  /** `commit` does all, telling which were refused, or throws and has done nothing. */
  constructor(
    commit: (writes: readonly Write[]) => Outcome[],
    schedule: (flush: () => void) => void = setImmediate,
  ) {
    this.#commit = commit;
    this.#schedule = schedule;
  }

  /** Resolves with what `write` returned, after the commit. Rejects with what it or the commit threw. */
  add<T>(write: (...writer: Parameters<Write>) => T): Promise<T> {
    if (this.#waiting.length === 0) this.#schedule(() => this.flush());
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ write, resolve: (value) => resolve(value as T), reject });
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    let outcomes: Outcome[];
    try {
      outcomes = this.#commit(batch.map(({ write }) => write));
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome && 'value' in outcome) resolve(outcome.value);
      else reject(outcome?.refused ?? new Error('the store forgot a write'));
    }
  }
}
