/**
 * What the user said and no station has acknowledged yet. Kept in the store until then, resent in order under the
 * same ids: a resend of something that did arrive is harmless.
 */
import { VoiptermError } from '../errors.ts';

/** Posts on their way at once: hides the round trip when a page is pasted, stays under the station's bound. */
const WINDOW = 16;
/** Wait before trying again what the station could not take now (disk full, too fast). */
const RETRY_MS = 1000;

export interface Post {
  readonly id: string;
  readonly room: string;
  readonly text: string;
  /** It says what we do (/me). */
  readonly action?: true;
  /** The seq of the message that it answers. */
  readonly replyTo?: number;
}

export interface Ack {
  readonly seq: number;
  readonly at: number;
}

export interface OutboxOptions {
  /** Sends one post; rejects with a VoiptermError. */
  readonly send: (post: Post) => Promise<Ack>;
  /** Whether its place takes posts now; one that does not lets others go first. All do unless it is said. */
  readonly ready?: (post: Post) => boolean;
  readonly onAcknowledged: (post: Post, ack: Ack) => void;
  /** The station will never take this one. */
  readonly onRefused: (post: Post, error: VoiptermError) => void;
  /** The station cannot take it now; it will be tried again. Called once until something goes through. */
  readonly onDelayed: (error: VoiptermError) => void;
}

/** Errors after which the same post may go through later. All others are the post's own fault. */
const LATER = new Set([
  'control.unreachable',
  'control.timeout',
  'control.closing',
  'control.storage',
  'control.limit',
  'control.not-in-room',
  'tunnel.died',
  'tunnel.closed',
]);

export class Outbox {
  readonly #options: OutboxOptions;
  /** In the order in which the user said them. */
  readonly #waiting = new Map<string, Post>();
  readonly #flying = new Set<string>();
  #online = false;
  #delayed = false;
  /** The station refused one for now: nothing goes out until all that flew came back, and RETRY_MS passed. */
  #stalled = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Posts without an acknowledgement, oldest first. */
  get pending(): readonly Post[] {
    return [...this.#waiting.values()];
  }

  /** Takes a post; it goes out at once if the link is up. Taking an id twice does nothing. */
  add(post: Post): void {
    if (this.#waiting.has(post.id)) return;
    this.#waiting.set(post.id, post);
    this.#pump();
  }

  /** Gives a post that waits another text, or takes it back (null); returns it, or undefined if it is out already. */
  amend(id: string, text: string | null): Post | undefined {
    const post = this.#waiting.get(id);
    if (!post || this.#flying.has(id)) return undefined;
    const amended = { ...post, text: text ?? post.text };
    if (text === null) this.#waiting.delete(id);
    else this.#waiting.set(id, amended);
    return amended;
  }

  /** The rooms are joined: everything that waits goes out. */
  up(): void {
    this.#online = true;
    this.#pump();
  }

  /** A further place takes posts. */
  wake(): void {
    this.#pump();
  }

  down(): void {
    this.#online = false;
    this.#stalled = false;
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #pump(): void {
    if (!this.#online || this.#stalled) return;
    for (const post of this.#waiting.values()) {
      if (this.#flying.size >= WINDOW) return;
      if (!this.#flying.has(post.id) && this.#isReady(post)) void this.#send(post);
    }
  }

  #isReady(post: Post): boolean {
    return this.#options.ready?.(post) ?? true;
  }

  async #send(post: Post): Promise<void> {
    this.#flying.add(post.id);
    try {
      const ack = await this.#options.send(post);
      this.#waiting.delete(post.id);
      this.#delayed = false;
      this.#options.onAcknowledged(post, ack);
    } catch (error) {
      this.#failed(
        post,
        error instanceof VoiptermError ? error : new VoiptermError('internal', String(error)),
      );
    } finally {
      this.#flying.delete(post.id);
    }
    this.#retryLater();
    this.#pump();
  }

  #failed(post: Post, error: VoiptermError): void {
    if (!LATER.has(error.code)) {
      this.#waiting.delete(post.id);
      this.#options.onRefused(post, error);
      return;
    }
    if (!this.#online) return; // the next up() sends it
    if (!this.#delayed) this.#options.onDelayed(error);
    this.#delayed = true;
    this.#stalled = true;
  }

  /** Once nothing flies any more: a later post that is still out must not arrive between those that are resent. */
  #retryLater(): void {
    if (!this.#stalled || this.#retry || this.#flying.size > 0) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#stalled = false;
      this.#pump();
    }, RETRY_MS);
  }
}
