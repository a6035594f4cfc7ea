/** One member's posts: how many it may make, in which order they are kept, and what cannot be a message. */
import { VoiptermError } from '../errors.ts';
import { type Answer, type Ask, MAX_BODY_BYTES } from '../net/control/schema.ts';
import { POSTS, TokenBucket } from './limits.ts';
import type { Lobby } from './lobby.ts';
import { type Place, requireMay } from './places.ts';
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
  async post(author: Author, ask: Ask<'room.post'>): Promise<Answer<'room.post'>> {
    const { id, type, body, replyTo } = ask;
    const now = performance.now();
    if (!this.#order.take(id, now, () => this.#allowance.take(1, now))) throw this.#lobby.tooMuch();
    const place = this.#placeFor(author, ask.room);
    const bytes = bodyBytes(body);
    const { name: from, fingerprint } = author;
    const { counters } = this.#lobby.options;
    try {
      const posted = await this.#lobby.posts.add({
        room: place.row,
        to: place.to,
        id,
        from,
        fingerprint,
        type,
        body: bytes,
        at: Date.now(),
        replyTo,
      });
      counters.posts += 1;
      if (place.to === undefined) this.#lobby.textRules.wrote(fingerprint, place.row);
      if (posted.duplicate) counters.duplicatePosts += 1;
      return posted;
    } catch (error) {
      counters.failedPosts += 1;
      this.#order.refused(id, performance.now());
      throw error;
    }
  }

  /** Where it goes, if this author may write there and it would be kept. */
  #placeFor(author: Author, named: string): Place {
    const lobby = this.#lobby;
    const { store } = lobby.options;
    lobby.requireOpen();
    const place = lobby.storage(() => lobby.places.resolve(author, named));
    const { row, to } = place;
    if (to === undefined) lobby.rooms.requireIn(author.id, row);
    requireMay(lobby.textRules, author, place, 'post');
    const fits = lobby.storage(() =>
      to === undefined ? store.roomFits(row) : store.directFits(row, author.fingerprint),
    );
    if (fits) return place;
    throw new VoiptermError(
      'control.limit',
      to === undefined
        ? 'This station keeps no more rooms: post to one that has messages.'
        : 'This station keeps no more conversations of yours: write to somebody with whom you have one.',
    );
  }
}

/** The bytes of a message. Throws 'control.limit' for too many. */
export function bodyBytes(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length <= MAX_BODY_BYTES) return bytes;
  throw new VoiptermError(
    'control.limit',
    `A message has at most ${MAX_BODY_BYTES} bytes: send it in parts.`,
  );
}
