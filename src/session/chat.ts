/**
 * A session's text: what is said, heard and kept. Nothing said is lost: a post is in the outbox on disk until the
 * station acknowledged it, and what a room said while we were away is read before anything newer is taken.
 */
import { randomUUID } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Answer, MAX_BODY_BYTES, type Message } from '../net/control/schema.ts';
import type { ClientStore } from '../store/client.ts';
import type { Archive } from './archive.ts';
import type { Changes } from './changes.ts';
import type { Caller } from './history.ts';
import type { MessageLine } from './lines.ts';
import type { LiveState } from './live-state.ts';
import { keptOf, typeOf } from './message-lines.ts';
import { type Ack, Outbox, type Post } from './outbox.ts';
import { isDirect } from './places.ts';
import type { Paging } from './paging.ts';
import type { Reading } from './reading.ts';
import { RoomSync } from './room-sync.ts';
import { Unsent } from './unsent.ts';

/**
 * Hears why the station did not take a post: `refused` is one that it never will, which is in the outbox no longer;
 * without one, what is in the outbox waits and is tried again.
 */
export type OnUnsent = (error: VoiptermError, refused?: Post) => void;

/** How far a place is, as the station says when it is entered. */
export type Progress = Pick<Answer<'room.join'>, 'lastSeq' | 'revision' | 'readUpTo'>;

export interface ChatOptions {
  readonly store: ClientStore;
  readonly archive: Archive;
  readonly call: Caller;
  readonly live: LiveState;
  readonly log: Logger;
  readonly paging: () => Paging;
  readonly changes: () => Changes;
  readonly reading: () => Reading;
  readonly onUnsent?: OnUnsent | undefined;
}

/** What a message is besides its text. */
export interface Manner {
  readonly action?: true | undefined;
  readonly replyTo?: MessageLine | undefined;
}

export class Chat {
  readonly #options: ChatOptions;
  readonly #outbox: Outbox;
  readonly #unsent: Unsent;
  readonly #syncs = new Map<string, RoomSync>();

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#unsent = new Unsent(options);
    this.#outbox = new Outbox({
      send: (post) => this.#send(post),
      ready: ({ room }) => isDirect(room) || this.#isJoined(room),
      onAcknowledged: (post, ack) => this.#acknowledged(post, ack),
      onRefused: (post, error) => this.#refused(post, error),
      onDelayed: (error) => {
        options.live.notice(`not delivered yet: ${error.message.replace(/\.$/, '')}; trying again`);
        options.onUnsent?.(error);
      },
    });
  }

  /** Posts that no station has acknowledged, oldest first. */
  get unacknowledged(): readonly Post[] {
    return this.#outbox.pending;
  }

  /** Keeps and sends a message; throws 'control.limit' if it is too long. Blank text is nothing. */
  post(room: string, text: string, { action, replyTo }: Manner = {}): void {
    if (text.trim() === '') return;
    checkLength(text);
    const post: Post = {
      id: randomUUID(),
      room,
      text,
      ...(action ? { action } : {}),
      ...(replyTo?.seq ? { replyTo: replyTo.seq } : {}),
    };
    const at = Date.now();
    this.#unsent.keep(post, at);
    this.#show(post, at);
    this.#outbox.add(post);
    this.#tellUnsent();
    // Whoever writes looks at what is newest.
    this.#options
      .paging()
      .newest(room)
      .catch(() => undefined);
  }

  /** Gives a message that waits another text, or takes it back (null); false if it is on its way already. */
  amend(id: string, text: string | null): boolean {
    if (text !== null) checkLength(text);
    const post = this.#outbox.amend(id, text);
    if (!post) return false;
    if (text === null) {
      this.#unsent.remove(id);
      this.#options.live.apply({ kind: 'unposted', room: post.room, id });
    } else {
      this.#unsent.change(id, text);
      this.#show(post, Date.now());
    }
    this.#tellUnsent();
    return true;
  }

  /** What the store holds is on the screen before the station answers. */
  showStored(rooms: readonly string[]): void {
    const { live } = this.#options;
    for (const room of rooms) {
      this.#options.reading().stored(room);
      const { messages, older } = this.#options.paging().newestStored(room);
      live.apply({ kind: 'messages', room, messages, older });
      this.#options.reading().count(room);
    }
    for (const { post, at } of this.#unsent.list()) {
      if (rooms.includes(post.room)) this.#show(post, at);
      this.#outbox.add(post);
    }
    this.#tellUnsent();
  }

  /** A connection stands. What was said before the station was known gets its place in the store. */
  adopt(station: string): void {
    const { archive } = this.#options;
    if (archive.station === station) return;
    archive.adopt(station);
    this.#unsent.adopt(station);
    this.#syncs.clear();
    for (const post of this.#outbox.pending) this.#unsent.keep(post, Date.now());
  }

  /** The room is joined on this connection: reads what was missed, and what became of what is kept. */
  async joined(room: string, progress: Progress): Promise<void> {
    const { archive, reading, changes, live } = this.#options;
    const known = live.now.rooms.find(({ name }) => name === room)?.lastSeq ?? 0;
    if (progress.lastSeq < known) live.apply({ kind: 'emptied', room });
    const held = archive.lastSeq(room);
    reading().entered(room, progress, held);
    // Both at once: what is said from now on must find somebody who takes it.
    const caughtUp = this.#sync(room).joined(progress.lastSeq);
    await changes().entered(room, progress.revision, held);
    await caughtUp;
    reading().count(room);
    this.#outbox.wake();
  }

  /** All rooms are joined: what waits goes out. */
  up(): void {
    this.#outbox.up();
  }

  down(): void {
    this.#outbox.down();
  }

  /** A live message from the station. */
  heard(message: Message): void {
    this.#syncs.get(message.room)?.live(message);
  }

  forget(room: string): void {
    this.#syncs.delete(room);
  }

  /** Shows again what waits for the station, at the end of the lines. */
  showWaiting(room: string): void {
    for (const post of this.#outbox.pending) if (post.room === room) this.#show(post, Date.now());
  }

  #isJoined(room: string): boolean {
    return this.#options.live.now.rooms.some(({ name, joined }) => name === room && joined);
  }

  #show(post: Post, at: number): void {
    this.#options.live.apply({ kind: 'posted', room: post.room, line: this.#ownLine(post, null, at) });
  }

  #send({ room, id, text, action, replyTo }: Post): Promise<Ack> {
    const body = Buffer.from(text, 'utf8').toString('base64');
    const ask = { room, id, type: typeOf(action), body };
    return this.#options.call('room.post', replyTo === undefined ? ask : { ...ask, replyTo });
  }

  #acknowledged(post: Post, { seq, at }: Ack): void {
    const { archive, live } = this.#options;
    const { id, room, text, action, replyTo } = post;
    const line = this.#ownLine(post, seq, at);
    live.apply({ kind: 'posted', room, line });
    // Else it comes back with the history that it follows.
    if (this.#syncs.get(room)?.acknowledged(seq)) {
      const body = Buffer.from(text, 'utf8');
      const key = live.now.self.key ?? null;
      const kept = { room, seq, id, from: line.from, at, type: typeOf(action), body, key };
      archive.keep([replyTo === undefined ? kept : { ...kept, replyTo }]);
      this.#unsent.forget(id);
    } else this.#unsent.remove(id);
    this.#tellUnsent();
  }

  /** It stands where it was said, marked, so that it can be said in another way. */
  #refused(post: Post, error: VoiptermError): void {
    const { live, onUnsent } = this.#options;
    this.#unsent.remove(post.id);
    const line = this.#ownLine(post, null, Date.now());
    live.apply({ kind: 'posted', room: post.room, line: { ...line, state: 'refused' } });
    live.notice(`not sent: ${error.message}`);
    onUnsent?.(error, post);
    this.#tellUnsent();
  }

  #tellUnsent(): void {
    const { live } = this.#options;
    const unsent = this.#outbox.pending.length;
    if (unsent !== live.now.text.unsent) live.apply({ kind: 'text', change: { unsent } });
  }

  #took(room: string, messages: readonly Message[], older: boolean | undefined, now: boolean): void {
    const { archive, changes, live } = this.#options;
    const current = messages.map((message) => changes().latest(message));
    archive.keep(current.map(keptOf));
    const event = {
      kind: 'messages',
      room,
      messages: current.map((m) => archive.line(m)),
      live: now,
    } as const;
    live.apply(older === undefined ? event : { ...event, older });
  }

  #sync(room: string): RoomSync {
    const known = this.#syncs.get(room);
    if (known) return known;
    const sync = new RoomSync({
      room,
      held: this.#options.archive.lastSeq(room),
      call: this.#options.call,
      onMessages: (messages, older, live) => this.#took(room, messages, older, live === true),
      onError: (error) =>
        this.#options.log.warn('history could not be read', { room, reason: String(error) }),
    });
    this.#syncs.set(room, sync);
    return sync;
  }

  #ownLine({ id, room, text, action, replyTo }: Post, seq: number | null, at: number): MessageLine {
    const { self } = this.#options.live.now;
    const line: MessageLine = {
      kind: 'message',
      id,
      seq,
      from: self.name,
      at,
      text,
      state: seq === null ? 'pending' : 'sent',
      ...(self.key === undefined ? {} : { key: self.key }),
      ...(action ? { action } : {}),
    };
    if (replyTo === undefined) return line;
    const quote = this.#options.archive.quote(room, replyTo);
    return { ...line, replyTo, ...(quote ? { quote } : {}) };
  }
}

function checkLength(text: string): void {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > MAX_BODY_BYTES) {
    throw new VoiptermError(
      'control.limit',
      `a message is at most ${MAX_BODY_BYTES} bytes and this one has ${bytes}: send it in parts`,
    );
  }
}
