/** One member's posts: how many it may make, in which order they are kept, and what cannot be a message. */
import { VoiptermError } from '../errors.ts';
import { type Answer, type Ask, MAX_BODY_BYTES } from '../net/control/schema.ts';
import { POSTS, TokenBucket } from './limits.ts';
import type { Lobby } from './lobby.ts';
import { PostOrder } from './post-order.ts';

/** Who posts. */
export interface Author {
  readonly id: number;
  readonly name: string;
  readonly fingerprint: string;
}

export class Posting {
  readonly #lobby: Lobby;
  readonly #allowance: TokenBucket;
  readonly #order = new PostOrder();

  constructor(lobby: Lobby) {
    this.#lobby = lobby;
    this.#allowance = new TokenBucket(POSTS, performance.now());
  }

  /** Resolves once the message is committed. Rejects with 'control.limit' and the like, and then nothing was kept. */
  async post(author: Author, { room, id, type, body }: Ask<'room.post'>): Promise<Answer<'room.post'>> {
    const now = performance.now();
    if (!this.#order.take(id, now, () => this.#allowance.take(1, now))) throw this.#lobby.tooMuch();
    const bytes = this.#checked(author, room, body);
    const { name: from, fingerprint } = author;
    const { counters } = this.#lobby.options;
    try {
      const posted = await this.#lobby.posts.add({
        room,
        id,
        from,
        fingerprint,
        type,
        body: bytes,
        at: Date.now(),
      });
      counters.posts += 1;
      if (posted.duplicate) counters.duplicatePosts += 1;
      return posted;
    } catch (error) {
      counters.failedPosts += 1;
      this.#order.refused(id, performance.now());
      throw error;
    }
  }

  /** The bytes of a body that may be posted to that room. */
  #checked(author: Author, room: string, body: string): Buffer {
    if (this.#lobby.closing) {
      throw new VoiptermError('control.closing', 'The station is shutting down and kept nothing of this.');
    }
    this.#lobby.rooms.requireIn(author.id, room);
    const bytes = Buffer.from(body, 'base64');
    if (bytes.length > MAX_BODY_BYTES) {
      throw new VoiptermError(
        'control.limit',
        `A message has at most ${MAX_BODY_BYTES} bytes: send it in parts.`,
      );
    }
    if (!this.#lobby.storage(() => this.#lobby.options.store.roomFits(room))) {
      throw new VoiptermError(
        'control.limit',
        'This station keeps no more rooms: post to one that has messages.',
      );
    }
    return bytes;
  }
}
