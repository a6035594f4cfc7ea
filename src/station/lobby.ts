/** What all members of a station share: its rooms, its store, its datagrams, and how notifications reach members. */
import { randomBytes, randomInt } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { notificationLine } from '../net/control/rpc.ts';
import type { StationNotification } from '../net/control/schema.ts';
import type { Suite } from '../net/protocol/constants.ts';
import type { StationStore } from '../store/station.ts';
import type { Counters } from './counters.ts';
import { Bans } from './bans.ts';
import { FIRST_MEMBER_ID } from './echo.ts';
import { Files } from './files.ts';
import { Guard } from './guard.ts';
import { Invites } from './invites.ts';
import { Moderation } from './moderation.ts';
import { Roles } from './roles.ts';
import type { Forwards } from './forwards.ts';
import { Places, toMessage } from './places.ts';
import { type Committed, PostBatch } from './posts.ts';
import type { Delivery, Rooms } from './rooms.ts';
import { isAlive, type Seat, type SeatHolder, Seats } from './seats.ts';
import { ShellShares } from './shell-shares.ts';
import type { TextRules } from './text-rules.ts';
import type { UdpFront } from './udp-front.ts';
import { WriteBatch } from './writes.ts';

/** Where people reach a station from outside. */
export interface PublicAddress {
  readonly host: string;
  readonly port: number;
}

export interface LobbyOptions {
  /** What the station calls itself. */
  readonly name: string;
  /** AEAD suites that it allows. */
  readonly suites: readonly Suite[];
  readonly udpPort: number;
  /** Further UDP ports of the station, best first. */
  readonly furtherUdpPorts: readonly number[];
  /** False where members may not record, nor keep the last seconds. */
  readonly allowRecording: boolean;
  /** Most that a member's voice may take, bit/s; 0 for no bound. */
  readonly maxVoiceBitrate: number;
  /** Largest file that is passed on from one member to others, bytes; 0 for none at all. */
  readonly maxFileBytes: number;
  /** Rooms that are listed even while nobody is in them and nothing was said there. */
  readonly standingRooms: readonly string[];
  /** What the outside calls it, where the operator said so. */
  readonly publicAddress?: PublicAddress | undefined;
  readonly rooms: Rooms;
  readonly store: StationStore;
  readonly datagrams: UdpFront;
  readonly forwards: Forwards;
  readonly counters: Counters;
  readonly log: Logger;
  /** What a key may do with shells; nothing by default. */
  readonly shellRights?: (fingerprint: string) => { readonly tunnel: boolean; readonly station: boolean };
  /** The last member has left. */
  readonly onIdle?: (() => void) | undefined;
}

/** Enough that a token is never guessed, bytes. */
const TOKEN_BYTES = 16;
/** As the schema has it. */
const MAX_NOTICE_CHARS = 500;
/** How often it is looked after members who have lost their connection. */
const PARKED_CHECK_MS = 1_000;

export class Lobby {
  options: LobbyOptions;
  readonly rooms: Rooms;
  readonly places: Places;
  readonly posts: PostBatch;
  readonly roles: Roles;
  readonly bans: Bans;
  readonly invites: Invites;
  readonly guard: Guard;
  readonly moderation: Moderation;
  readonly writes: WriteBatch;
  readonly shells = new ShellShares(this);
  readonly files = new Files(this);
  /** What roles and bans say of text. */
  readonly textRules: TextRules;
  /** Where SSH inside TLS is taken; null where it is not. */
  tlsPort: number | null = null;
  #seats = new Seats();
  #parkedCheck: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(options: LobbyOptions) {
    this.options = options;
    this.rooms = options.rooms;
    const { people, invites } = options.store;
    this.roles = new Roles(people);
    this.rooms.roleOf = (key, room) => this.roles.inRoom(key, room);
    this.bans = new Bans(people);
    this.invites = new Invites(invites, options.counters);
    this.guard = new Guard(this);
    this.textRules = this.guard;
    this.moderation = new Moderation(this);
    this.places = new Places(options.store, options.rooms);
    this.posts = new PostBatch(
      (posts) => this.storage(() => options.store.postAll(posts)),
      (committed) => this.#announce(committed),
    );
    this.writes = new WriteBatch((writes) => this.storage(() => options.store.together(writes)));
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** Lets a member in, at a seat of its own. */
  enter(name: string, fingerprint: string, holder: SeatHolder): Seat {
    let id = randomInt(FIRST_MEMBER_ID, 2 ** 32);
    while (this.#seats.has(id)) id = randomInt(FIRST_MEMBER_ID, 2 ** 32);
    const seat = { id, name, fingerprint, token: randomBytes(TOKEN_BYTES) };
    this.#seats.take(seat, holder);
    this.rooms.enter(id, name, fingerprint);
    return seat;
  }

  /** Lets a member sit down again where it was; false if it cannot. A connection that still holds the seat loses it. */
  resume(seat: Seat, holder: SeatHolder): boolean {
    const resumed = this.#seats.resume(seat, holder);
    if (resumed) this.options.counters.resumed += 1;
    return resumed;
  }

  /** A member's connection ended without goodbye: its seat is kept while its datagrams say that it lives. */
  lost(id: number): void {
    this.shells.left(id);
    this.files.left(id);
    const now = performance.now();
    const keep = !this.#closing && isAlive(this.options.datagrams.silenceMs(id));
    if (!keep || !this.#seats.park(id, now)) return this.leave(id);
    this.options.datagrams.rouse(id);
    this.#parkedCheck ??= setInterval(() => this.#checkParked(), PARKED_CHECK_MS);
  }

  /** Ids of everybody. */
  get allIds(): number[] {
    return this.#seats.ids;
  }

  /** Bytes that a member has not read yet. */
  unsent(id: number): number {
    return this.#seats.holderOf(id)?.unsent?.() ?? 0;
  }

  /** Everybody: whose connection it is and where it comes from. */
  seats(): { id: number; fingerprint: string; address: string }[] {
    return this.#seats.list();
  }

  /** Whose key a member proved. */
  keyOf(id: number): string {
    return this.#seats.keyOf(id) ?? '';
  }

  /** Members of a key, and of keys and addresses that fit. */
  idsWhere(fits: (key: string, address: string) => boolean): number[] {
    return this.#seats
      .list()
      .filter(({ fingerprint, address }) => fits(fingerprint, address))
      .map(({ id }) => id);
  }

  /** Where a key's connections come from. */
  addressesOf(key: string): string[] {
    const from = this.#seats.list().filter(({ fingerprint }) => fingerprint === key);
    return [...new Set(from.map(({ address }) => address).filter((address) => address !== ''))];
  }

  /** Sends members away: tells them why, takes them out of everything and ends their connections. */
  expel(ids: readonly number[], why: StationNotification): void {
    for (const id of ids) {
      this.deliver([{ to: [id], notification: why }]);
      const holder = this.#seats.holderOf(id);
      this.leave(id);
      holder?.taken();
    }
  }

  /** Takes members out of a room and tells them why. */
  takeOut(ids: readonly number[], room: string, text: string): void {
    for (const id of ids) {
      this.deliver(this.rooms.leave(id, room));
      this.deliver([{ to: [id], notification: { method: 'room.removed', params: { room, text } } }]);
    }
  }

  /** After roles or rules changed: who may not be in a room any more leaves it, and who may speak is said anew. */
  recheck(place: string | null): void {
    for (const room of place === null ? this.rooms.list().map((each) => each.room) : [place]) {
      const out = this.rooms.idsIn(room).filter((id) => !this.guard.mayRead(this.keyOf(id), room));
      this.takeOut(out, room, `#${room} is not open to you any more.`);
      this.guard.voices(room);
    }
  }

  /** Takes a member out of everything and tells the others. */
  leave(id: number): void {
    this.shells.left(id);
    this.files.left(id);
    if (!this.#seats.leave(id)) return;
    this.options.forwards.closeMember(id);
    this.options.datagrams.closeMember(id);
    this.deliver(this.rooms.disconnect(id));
    if (this.#seats.size === 0) this.options.onIdle?.();
  }

  #checkParked(): void {
    const silence = (id: number): number | null => this.options.datagrams.silenceMs(id);
    for (const id of this.#seats.expired(performance.now(), silence)) this.leave(id);
    if (this.#seats.parked > 0) return;
    clearInterval(this.#parkedCheck);
    this.#parkedCheck = undefined;
  }

  /** Sends notifications; each is written out once, however many it is for. */
  deliver(deliveries: readonly Delivery[]): void {
    for (const { to, notification } of deliveries) {
      const line = notificationLine(notification);
      for (const id of to) this.#seats.send(id, line);
    }
  }

  /** Shows one member a sentence; somebody without a seat has nowhere to read it. */
  notice(id: number, code: string, text: string): void {
    const params = { code, text: text.slice(0, MAX_NOTICE_CHARS) };
    this.deliver([{ to: [id], notification: { method: 'notice', params } }]);
  }

  /** Throws once the station is shutting down, which keeps nothing any more. */
  requireOpen(): void {
    if (!this.#closing) return;
    throw new VoiptermError('control.closing', 'The station is shutting down and kept nothing of this.');
  }

  /** Counts that a member asked for too much, and says so. */
  tooMuch(): VoiptermError {
    this.options.counters.limited += 1;
    return new VoiptermError('control.limit', 'That was too much at once: wait a few seconds and try again.');
  }

  /** Commits what waits, refuses what comes, and tells everybody. */
  startClosing(): void {
    this.#closing = true;
    this.posts.flush();
    this.writes.flush();
    const notice: StationNotification = {
      method: 'notice',
      params: { code: 'control.closing', text: 'The station is shutting down.' },
    };
    this.deliver([{ to: this.#seats.ids, notification: notice }]);
    clearInterval(this.#parkedCheck);
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
    for (const { room, seq } of committed) if (seq === 1) this.roles.settled(room);
    this.deliver(
      committed.flatMap((message) =>
        this.places.tell(message.room, (shown) => ({
          method: 'room.message',
          params: toMessage(message, shown),
        })),
      ),
    );
  }
}
