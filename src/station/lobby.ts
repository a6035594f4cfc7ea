/** What all members of a station share: its rooms, its store, its datagrams, and how notifications reach members. */
import { randomInt } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { notificationLine } from '../net/control/rpc.ts';
import type { Message, StationNotification } from '../net/control/schema.ts';
import type { Suite } from '../net/protocol/constants.ts';
import type { StationStore, StoredMessage } from '../store/station.ts';
import type { Counters } from './counters.ts';
import { FIRST_MEMBER_ID } from './echo.ts';
import { type Committed, PostBatch } from './posts.ts';
import type { Delivery, Rooms } from './rooms.ts';
import type { UdpFront } from './udp-front.ts';

export interface LobbyOptions {
  /** What the station calls itself. */
  readonly name: string;
  /** AEAD suites that it allows. */
  readonly suites: readonly Suite[];
  readonly udpPort: number;
  /** Rooms that are listed even while nobody is in them and nothing was said there. */
  readonly standingRooms: readonly string[];
  readonly rooms: Rooms;
  readonly store: StationStore;
  readonly datagrams: UdpFront;
  readonly counters: Counters;
  readonly log: Logger;
  /** The last member has left. */
  readonly onIdle?: (() => void) | undefined;
}

/** Where a member's lines go. */
type SendLine = (line: string) => void;

export class Lobby {
  readonly options: LobbyOptions;
  readonly rooms: Rooms;
  readonly posts: PostBatch;
  #members = new Map<number, SendLine>();
  #closing = false;

  constructor(options: LobbyOptions) {
    this.options = options;
    this.rooms = options.rooms;
    this.posts = new PostBatch(
      (posts) => this.storage(() => options.store.postAll(posts)),
      (committed) => this.#announce(committed),
    );
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** Lets a member in; returns its id, which is also its RTP SSRC. */
  enter(name: string, send: SendLine): number {
    let id = randomInt(FIRST_MEMBER_ID, 2 ** 32);
    while (this.#members.has(id)) id = randomInt(FIRST_MEMBER_ID, 2 ** 32);
    this.#members.set(id, send);
    this.rooms.enter(id, name);
    return id;
  }

  /** Takes a member out of everything and tells the others. */
  leave(id: number): void {
    if (!this.#members.delete(id)) return;
    this.options.datagrams.closeMember(id);
    this.deliver(this.rooms.disconnect(id));
    if (this.#members.size === 0) this.options.onIdle?.();
  }

  /** Sends notifications; each is written out once, however many it is for. */
  deliver(deliveries: readonly Delivery[]): void {
    for (const { to, notification } of deliveries) {
      const line = notificationLine(notification);
      for (const id of to) this.#members.get(id)?.(line);
    }
  }

  /** Commits what waits, refuses what comes, and tells everybody. */
  startClosing(): void {
    this.#closing = true;
    this.posts.flush();
    const notice: StationNotification = {
      method: 'notice',
      params: { code: 'control.closing', text: 'The station is shutting down.' },
    };
    this.deliver([{ to: [...this.#members.keys()], notification: notice }]);
  }

  /**
   * Does something with the store. Its own complaints ('control.limit') pass; for the rest the asker learns that it
   * did not work and the station's log why: file names are none of a member's business.
   */
  storage<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof VoiptermError && error.code.startsWith('control.')) throw error;
      this.options.log.error('the store failed', {
        error: error instanceof Error ? error.message : 'unknown',
      });
      throw new VoiptermError(
        'control.storage',
        'The station cannot use its disk and kept nothing of this; try again, or tell who runs it to read its log.',
      );
    }
  }

  #announce(committed: readonly Committed[]): void {
    this.deliver(
      committed.map((message) => ({
        to: this.rooms.idsIn(message.room),
        notification: { method: 'room.message', params: toMessage(message) },
      })),
    );
  }
}

/** A stored message as the control protocol writes it. */
export function toMessage({ room, seq, id, from, at, type, body }: StoredMessage): Message {
  return { room, seq, id, from, at, type, body: Buffer.from(body).toString('base64') };
}
