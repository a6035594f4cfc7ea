/**
 * A session's text: what is said, heard and kept. Nothing said is lost: a post is in the outbox on disk until the
 * station acknowledged it, and what a room said while we were away is read before anything newer is taken.
 */
import { randomUUID } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { MAX_BODY_BYTES, type Message, TEXT_TYPE } from '../net/control/schema.ts';
import type { ClientMessage, ClientStore } from '../store/client.ts';
import { type Caller, lastPage, lineOf, textOf } from './history.ts';
import { type Ack, Outbox, type Post } from './outbox.ts';
import type { Event, MessageLine } from './reduce.ts';
import { RoomSync } from './room-sync.ts';
import type { State } from './state.ts';

/** Lines of a room that are shown from the store at the start. */
const SHOWN_AT_START = 200;
/** Lines that one step back in history loads. */
const OLDER_PAGE = 64;

/**
 * Hears why the station did not take a post: `refused` is one that it never will, which is in the outbox no longer;
 * without one, what is in the outbox waits and is tried again.
 */
export type OnUnsent = (error: VoiptermError, refused?: Post) => void;

export interface ChatOptions {
  readonly store: ClientStore;
  readonly call: Caller;
  readonly state: () => State;
  readonly apply: (event: Event) => void;
  readonly notice: (text: string) => void;
  readonly log: Logger;
  readonly onUnsent?: OnUnsent | undefined;
}

export class Chat {
  readonly #options: ChatOptions;
  readonly #store: ClientStore;
  readonly #outbox: Outbox;
  readonly #syncs = new Map<string, RoomSync>();
  /** The station's host key: what its messages are filed under. Undefined until the first connection. */
  #station: string | undefined;

  constructor(options: ChatOptions, station: string | undefined) {
    this.#options = options;
    this.#store = options.store;
    this.#station = station;
    this.#outbox = new Outbox({
      send: (post) => this.#send(post),
      onAcknowledged: (post, ack) => this.#acknowledged(post, ack),
      onRefused: (post, error) => this.#refused(post, error),
      onDelayed: (error) => {
        options.notice(`not delivered yet: ${error.message}; trying again`);
        options.onUnsent?.(error);
      },
    });
  }

  /** Posts that no station has acknowledged, oldest first. */
  get unacknowledged(): readonly Post[] {
    return this.#outbox.pending;
  }

  /** Keeps and sends a message; throws 'control.limit' if it is too long. Blank text is nothing. */
  post(room: string, text: string): void {
    if (text.trim() === '') return;
    const body = Buffer.from(text, 'utf8');
    if (body.length > MAX_BODY_BYTES) {
      throw new VoiptermError(
        'control.limit',
        `a message is at most ${MAX_BODY_BYTES} bytes and this one has ${body.length}: send it in parts`,
      );
    }
    const post = { id: randomUUID(), room, text };
    const at = Date.now();
    if (this.#station) this.#keepUnsent(this.#station, post, at);
    this.#options.apply({ kind: 'posted', room, line: this.#ownLine(post, null, at) });
    this.#outbox.add(post);
  }

  /** What the store holds is on the screen before the station answers. */
  showStored(rooms: readonly string[]): void {
    const station = this.#station;
    if (!station) return;
    for (const room of rooms) {
      const stored = this.#store.recent(station, room, SHOWN_AT_START);
      const older = stored.length === SHOWN_AT_START;
      this.#options.apply({ kind: 'messages', room, messages: stored.map(storedLine), older });
    }
    for (const { id, room, type, body, at } of this.#store.outboxList(station)) {
      const post = { id, room, text: textOf(type, body) };
      this.#options.apply({ kind: 'posted', room, line: this.#ownLine(post, null, at) });
      this.#outbox.add(post);
    }
  }

  /** A connection stands. What was said before the station was known gets its place in the store. */
  adopt(station: string): void {
    if (this.#station === station) return;
    this.#station = station;
    this.#syncs.clear();
    for (const post of this.#outbox.pending) this.#keepUnsent(station, post, Date.now());
  }

  /** The room is joined on this connection: reads what was missed. */
  joined(room: string, lastSeq: number): Promise<void> {
    return this.#sync(room).joined(lastSeq);
  }

  /** All rooms are joined: what waits goes out. */
  up(): void {
    this.#outbox.up();
  }

  down(): void {
    this.#outbox.down();
  }

  /** A live message from the station. */
  live(message: Message): void {
    this.#syncs.get(message.room)?.live(message);
  }

  forget(room: string): void {
    this.#syncs.delete(room);
  }

  /** Loads the page before the first line held, from the station or, offline, from the store. */
  async older(room: string): Promise<void> {
    const { rooms, link } = this.#options.state();
    const lines = rooms.find((r) => r.name === room)?.lines ?? [];
    const first = lines.find((line) => line.kind === 'message' && line.seq !== null);
    if (first?.kind !== 'message' || first.seq === null || first.seq <= 1) return;
    if (link.at !== 'online') return this.#olderFromStore(room, first.seq);
    const { messages, more } = await lastPage(this.#options.call, room, first.seq);
    this.#took(room, messages, more);
  }

  markRead(room: string): void {
    const seq = this.#options.state().rooms.find((r) => r.name === room)?.lastSeq ?? 0;
    if (this.#station && seq > 0) this.#store.markRead(this.#station, room, seq);
  }

  #olderFromStore(room: string, before: number): void {
    if (!this.#station) return;
    const stored = this.#store.recent(this.#station, room, OLDER_PAGE, before);
    const older = stored.length === OLDER_PAGE;
    this.#options.apply({ kind: 'messages', room, messages: stored.map(storedLine), older });
  }

  #keepUnsent(station: string, { id, room, text }: Post, at: number): void {
    this.#store.outboxAdd({ station, room, id, type: TEXT_TYPE, body: Buffer.from(text, 'utf8'), at });
  }

  #send(post: Post): Promise<Ack> {
    const body = Buffer.from(post.text, 'utf8').toString('base64');
    return this.#options.call('room.post', { room: post.room, id: post.id, type: TEXT_TYPE, body });
  }

  #acknowledged(post: Post, { seq, at }: Ack): void {
    const line = this.#ownLine(post, seq, at);
    this.#options.apply({ kind: 'posted', room: post.room, line });
    if (this.#syncs.get(post.room)?.acknowledged(seq)) {
      const body = Buffer.from(post.text, 'utf8');
      this.#save([
        { room: post.room, seq, id: post.id, from: line.from, at, type: TEXT_TYPE, body, key: null },
      ]);
      this.markRead(post.room);
    } else {
      this.#store.outboxRemove(post.id); // it comes back with the history that it follows
    }
  }

  #refused(post: Post, error: VoiptermError): void {
    this.#store.outboxRemove(post.id);
    this.#options.apply({ kind: 'unposted', room: post.room, id: post.id });
    this.#options.notice(`not sent: ${error.message}`);
    this.#options.onUnsent?.(error, post);
  }

  #took(room: string, messages: readonly Message[], older?: boolean): void {
    const event = { kind: 'messages', room, messages: messages.map(lineOf) } as const;
    this.#save(messages.map((m) => ({ ...m, body: Buffer.from(m.body, 'base64'), key: m.key ?? null })));
    this.#options.apply(older === undefined ? event : { ...event, older });
    if (this.#options.state().current === room) this.markRead(room);
  }

  /** A full disk must not stop the talk: what cannot be kept is shown all the same. */
  #save(messages: readonly ClientMessage[]): void {
    try {
      if (this.#station) this.#store.saveMessages(this.#station, messages);
    } catch (error) {
      this.#options.notice(`history is not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #sync(room: string): RoomSync {
    const known = this.#syncs.get(room);
    if (known) return known;
    const sync = new RoomSync({
      room,
      held: this.#station ? this.#store.lastSeq(this.#station, room) : 0,
      call: this.#options.call,
      onMessages: (messages, older) => this.#took(room, messages, older),
      onError: (error) =>
        this.#options.log.warn('history could not be read', { room, reason: String(error) }),
    });
    this.#syncs.set(room, sync);
    return sync;
  }

  #ownLine({ id, text }: Post, seq: number | null, at: number): MessageLine {
    const from = this.#options.state().self.name;
    return { kind: 'message', id, seq, from, at, text, state: seq === null ? 'pending' : 'sent' };
  }
}

function storedLine({ id, seq, from, at, type, body, key }: ClientMessage): MessageLine {
  return {
    kind: 'message',
    id,
    seq,
    from,
    at,
    text: textOf(type, body),
    state: 'sent',
    ...(key === null ? {} : { key }),
  };
}
