/**
 * Group commit: the posts of one turn of the event loop go to disk in one transaction, since a flush costs the
 * same for one as for a hundred. Nothing is acknowledged or shown to others before it is committed.
 */
import type { Post, Posted } from '../store/station.ts';

/** A post that is committed, for those who are in its room. */
export type Committed = Post & Posted;

interface Waiting {
  readonly post: Post;
  resolve(posted: Posted): void;
  reject(error: unknown): void;
}

export class PostBatch {
  #commit: (posts: readonly Post[]) => Posted[];
  #onCommitted: (committed: readonly Committed[]) => void;
  #schedule: (flush: () => void) => void;
  #waiting: Waiting[] = [];

  /** `commit` keeps all posts or throws; `onCommitted` hears of those that were new. */
  constructor(
    commit: (posts: readonly Post[]) => Posted[],
    onCommitted: (committed: readonly Committed[]) => void,
    schedule: (flush: () => void) => void = setImmediate,
  ) {
    this.#commit = commit;
    this.#onCommitted = onCommitted;
    this.#schedule = schedule;
  }

  /** Resolves after the commit; rejects with what `commit` threw. */
  add(post: Post): Promise<Posted> {
    if (this.#waiting.length === 0) this.#schedule(() => this.flush());
    return new Promise((resolve, reject) => this.#waiting.push({ post, resolve, reject }));
  }

  /** Commits what waits, now. */
  flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    const outcome = this.#tryCommit(batch.map(({ post }) => post));
    if (!Array.isArray(outcome)) {
      for (const { reject } of batch) reject(outcome.error);
      return;
    }
    const committed: Committed[] = [];
    for (const [index, { post, resolve, reject }] of batch.entries()) {
      const posted = outcome[index];
      if (!posted) reject(new Error('the store forgot a post'));
      else {
        resolve(posted);
        if (!posted.duplicate) committed.push({ ...post, ...posted });
      }
    }
    this.#onCommitted(committed);
  }

  #tryCommit(posts: readonly Post[]): Posted[] | { error: unknown } {
    try {
      return this.#commit(posts);
    } catch (error) {
      return { error };
    }
  }
}
