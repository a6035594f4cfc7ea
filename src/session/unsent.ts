/**
 * The outbox on disk: what the user wrote is there before it is sent. A disk that does not take it (full, read-only) is
 * said, and the message waits in memory only; it is written with the next one that the disk takes.
 */
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { ME_TYPE } from '../net/control/schema.ts';
import type { ClientStore } from '../store/client.ts';
import type { Archive } from './archive.ts';
import type { LiveState } from './live-state.ts';
import { textOf, typeOf } from './message-lines.ts';
import type { Post } from './outbox.ts';

export interface UnsentOptions {
  readonly store: ClientStore;
  readonly archive: Archive;
  readonly live: LiveState;
  readonly log: Logger;
}

interface Written {
  readonly post: Post;
  /** Our clock, ms since 1970. */
  readonly at: number;
}

export class Unsent {
  readonly #options: UnsentOptions;
  /** What the disk did not take. */
  readonly #inMemory = new Map<string, Written>();

  constructor(options: UnsentOptions) {
    this.#options = options;
  }

  /** What waits for the station, in the order in which it was written. */
  list(): readonly Written[] {
    const { store, archive } = this.#options;
    if (archive.station !== undefined) this.adopt(archive.station);
    return store.outboxList(this.#station).map(({ id, room, type, body, at, replyTo }) => {
      const action = type === ME_TYPE ? { action: true as const } : {};
      return { post: { id, room, text: textOf(type, body), ...action, ...(replyTo ? { replyTo } : {}) }, at };
    });
  }

  /** The station at our target is known now: what was written for it before is its own. */
  adopt(station: string): void {
    this.#quietly(() => this.#options.store.outboxMove(this.#unknownStation, station));
  }

  /** Throws 'control.limit' if too many wait. */
  keep(post: Post, at: number): void {
    const failedBefore = this.#inMemory.size > 0;
    this.#inMemory.set(post.id, { post, at });
    try {
      for (const written of this.#inMemory.values()) this.#write(written);
    } catch (error) {
      if (error instanceof VoiptermError && error.code === 'control.limit') {
        this.#inMemory.delete(post.id);
        throw error;
      }
      if (!failedBefore) this.#options.live.notice(`${sentenceOf(error)} ${IN_MEMORY}`);
    }
  }

  change(id: string, text: string): void {
    this.#quietly(() => this.#options.store.outboxChange(id, Buffer.from(text, 'utf8')));
  }

  /** The station has it, and it leaves the disk with the write that keeps it. */
  forget(id: string): void {
    this.#inMemory.delete(id);
  }

  /** If the disk does not let it go, it is sent again at the next start: the station knows its id. */
  remove(id: string): void {
    this.#inMemory.delete(id);
    this.#quietly(() => this.#options.store.outboxRemove(id));
  }

  get #station(): string {
    return this.#options.archive.station ?? this.#unknownStation;
  }

  /** Before the first connection the station's key is not known, only where it is looked for. */
  get #unknownStation(): string {
    return `?${this.#options.live.now.target}`;
  }

  #write({ post, at }: Written): void {
    const { store } = this.#options;
    const { id, room, text, action, replyTo } = post;
    const body = Buffer.from(text, 'utf8');
    const message = { station: this.#station, room, id, type: typeOf(action), body, at };
    store.outboxAdd(replyTo === undefined ? message : { ...message, replyTo });
    this.#inMemory.delete(id);
  }

  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log.warn('the outbox could not be written', { reason: sentenceOf(error) });
    }
  }
}

const IN_MEMORY =
  'What you write waits in memory and is sent all the same, but would be lost if voipterm ended before.';
