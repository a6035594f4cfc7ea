/**
 * What is asked before a member enters, reads, writes or speaks in a room: roles, bans, silences, the room's bound and its
 * slow mode together. Every refusal is a VoiptermError whose sentence the member reads.
 */
import { isDirect } from '../store/direct-name.ts';
import { VoiptermError } from '../errors.ts';
import type { Role } from '../net/control/roles.ts';
import { ECHO_ROOM } from './echo.ts';
import type { Lobby } from './lobby.ts';
import { bannedWords, silencedWords, slowWords } from './moderation-words.ts';
import { SlowMode } from './slow-mode.ts';
import type { TextRules } from './text-rules.ts';

/** Who asks. */
export interface Asking {
  readonly id: number;
  readonly fingerprint: string;
}

export class Guard implements TextRules {
  readonly #lobby: Lobby;
  readonly #slow = new SlowMode();

  constructor(lobby: Lobby) {
    this.#lobby = lobby;
  }

  /** Before a join. Throws 'control.banned', 'control.forbidden' or 'control.limit'; harmless where the member is in already. */
  enter({ id, fingerprint: key }: Asking, room: string): void {
    if (room === ECHO_ROOM) return;
    const { roles, rooms } = this.#lobby;
    this.#notBanned(key, room);
    roles.require(key, room, 'read');
    const { maxMembers } = roles.rulesOf(room);
    const inside = rooms.idsIn(room);
    const full = maxMembers !== null && inside.length >= maxMembers && !inside.includes(id);
    if (full && !roles.may(key, room, 'kick')) {
      throw new VoiptermError('control.limit', `#${room} is full: it takes ${maxMembers} members.`);
    }
    if (this.exists(room)) return;
    roles.requireAtStation(key, 'make');
    roles.founded(room, key);
  }

  /** Before anything of a room is told: who is in it, what was said. */
  read(key: string, room: string): void {
    if (isDirect(room)) return;
    this.#notBanned(key, room);
    this.#lobby.roles.require(key, room, 'read');
  }

  /** Whether a room is listed for a key. */
  mayRead(key: string, room: string): boolean {
    if (room === ECHO_ROOM || isDirect(room)) return true;
    const { roles, bans } = this.#lobby;
    return roles.may(key, room, 'read') && bans.banOf({ key }, room, Date.now()) === undefined;
  }

  /** Before a post. 'control.limit' is slow mode: the same post may be kept later. */
  post(key: string, room: string): void {
    if (isDirect(room)) return;
    const { roles, bans } = this.#lobby;
    roles.require(key, room, 'post');
    const silence = bans.silenceOf(key, room, Date.now());
    if (silence) {
      throw new VoiptermError('control.forbidden', silencedWords(room, silence.until, silence.reason));
    }
    const left = this.#slow.leftMs(room, key, this.#slowFor(key, room), performance.now());
    if (left > 0) throw new VoiptermError('control.limit', slowWords(room, left));
  }

  /** After a post was taken. */
  wrote(key: string, room: string): void {
    if (this.#slowFor(key, room) > 0) this.#slow.wrote(room, key, performance.now());
  }

  require(key: string, room: string, action: 'post' | 'topic' | 'delete'): void {
    this.#lobby.roles.require(key, room, action);
  }

  isBanned(key: string): boolean {
    return this.#lobby.bans.banOf({ key }, null, Date.now()) !== undefined;
  }

  roleOf(key: string): Role {
    return this.#lobby.roles.atStation(key);
  }

  /** Says anew whose voice is carried in a room: after a role, a rule, a silence, or the join of one member. */
  voices(room: string, ids: readonly number[] = this.#lobby.rooms.idsIn(room)): void {
    const { rooms, roles, bans } = this.#lobby;
    const now = Date.now();
    for (const id of ids) {
      const key = this.#lobby.keyOf(id);
      const silence = bans.silenceOf(key, room, now);
      const may = roles.may(key, room, 'speak');
      const until = !may || silence?.until === null ? Number.POSITIVE_INFINITY : (silence?.until ?? 0) - now;
      rooms.hushed.set(id, room, until > 0 ? performance.now() + until : 0);
      if (until > 0 && rooms.voiceRoomOf(id) === room) this.#lobby.deliver(rooms.talk(id, false));
    }
  }

  /** Whether somebody made something of a room, is in it, or the operator named it. */
  exists(room: string): boolean {
    const { roles, rooms, options } = this.#lobby;
    return (
      room === ECHO_ROOM ||
      options.standingRooms.includes(room) ||
      rooms.idsIn(room).length > 0 ||
      roles.knows(room) ||
      this.#lobby.storage(() => options.store.lastSeq(room)) > 0
    );
  }

  #slowFor(key: string, room: string): number {
    if (isDirect(room)) return 0;
    const { slowS } = this.#lobby.roles.rulesOf(room);
    return slowS > 0 && !this.#lobby.roles.may(key, room, 'slow') ? slowS : 0;
  }

  #notBanned(key: string, room: string): void {
    const ban = this.#lobby.bans.banOf({ key }, room, Date.now());
    if (ban) throw new VoiptermError('control.banned', bannedWords(room, ban.until, ban.reason));
  }
}
