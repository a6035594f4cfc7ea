/**
 * The places that are open, also while offline: enters, leaves and shows them, and enters the rooms anew on a new link.
 * Conversations need not be entered (directs.ts).
 */
import { toWireError, VoiptermError, type WireError } from '../errors.ts';
import { roomName } from '../net/control/schema.ts';
import type { Chat } from './chat.ts';
import { isDirect, placeWords } from './places.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';

/** Rooms that /rooms tells: two screens of them. */
const MAX_LISTED = 100;

export interface MembershipOptions {
  readonly live: LiveState;
  readonly chat: Chat;
  readonly call: Caller;
  /** Keeps the list for the next start. */
  readonly remember: (rooms: readonly string[]) => void;
  readonly onTopic?: (room: string, topic: string) => void;
}

export class Membership {
  readonly #options: MembershipOptions;
  #rooms: readonly string[];
  /** Of these, where the station put us out. */
  readonly #out = new Set<string>();

  /** @param rooms those to be in from the start; the first is shown. */
  constructor(options: MembershipOptions, rooms: readonly string[]) {
    this.#options = options;
    this.#rooms = unique(rooms);
  }

  get rooms(): readonly string[] {
    return this.#rooms;
  }

  /** Enters every room on a link that just came up. */
  async enterAll(): Promise<void> {
    this.#options.remember(this.#rooms);
    for (const room of this.#rooms) {
      if (isDirect(room)) continue;
      try {
        await this.#enter(room);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#putOut(room, toWireError(error));
      }
    }
  }

  /** Leaves rooms that the station has us in and we know nothing of: the answers to their joins were lost. */
  async leaveUnknown(rooms: readonly string[]): Promise<void> {
    const unknown = rooms.filter((room) => !this.#rooms.includes(room));
    await Promise.all(unknown.map((room) => this.#options.call('room.leave', { room })));
  }

  /** A conversation is open from now on. */
  adopt(place: string): void {
    if (!this.#rooms.includes(place)) this.#become([...this.#rooms, place]);
  }

  /** Throws 'usage.invalid' for what is no room's name. */
  async join(name: string): Promise<void> {
    const room = validRoom(name);
    if (!this.#rooms.includes(room) || this.#out.has(room)) {
      await this.#enter(room);
      this.#become(unique([...this.#rooms, room]));
    }
    await this.show(room);
  }

  /** Throws 'usage.invalid' for a room that we are not in, and for the only one. */
  async leave(name: string): Promise<void> {
    const { live, chat, call } = this.#options;
    const room = isDirect(name) ? this.#conversation(name) : validRoom(name);
    if (!this.#rooms.includes(room))
      throw new VoiptermError('usage.invalid', `you are not in ${placeWords(room)}`);
    if (!isDirect(room)) {
      if (this.#rooms.filter((other) => !isDirect(other)).length === 1)
        throw new VoiptermError('usage.invalid', 'this is your only room: /join another first, or /quit');
      await call('room.leave', { room });
    }
    this.#become(this.#rooms.filter((other) => other !== room));
    chat.forget(room);
    live.apply({ kind: 'left', room });
    if (live.now.current) await this.show(live.now.current);
  }

  /** The station took us out of a room. The only one stays on the screen, so that there is something to read. */
  async removed(room: string, text: string): Promise<void> {
    const { live, chat } = this.#options;
    const others = this.#rooms.filter((other) => other !== room);
    if (!this.#rooms.includes(room)) return;
    if (!others.some((other) => !isDirect(other))) {
      return this.#putOut(room, { code: 'control.kicked', message: text });
    }
    this.#become(others);
    chat.forget(room);
    live.apply({ kind: 'left', room });
    live.notice(text);
    if (live.now.current) await this.show(live.now.current);
  }

  #putOut(room: string, refusal: WireError): void {
    this.#out.add(room);
    this.#options.live.apply({ kind: 'put-out', room, refusal });
    this.#options.live.notice(refusal.message, { room });
  }

  /** Shows a place, marks it read, and moves voice there; a conversation has none, so voice stays where it is. */
  async show(room: string): Promise<void> {
    this.#options.live.apply({ kind: 'shown', room });
    if (!isDirect(room)) await this.speakIn(room);
  }

  /** Voice goes to a room and comes from there; nowhere if the station has not let us in: not on to where it went before. */
  async speakIn(room: string): Promise<void> {
    const { live, call } = this.#options;
    const joined = live.now.rooms.some((one) => one.name === room && one.joined);
    if (live.now.link.at === 'online') await call('voice.room', { room: joined ? room : null });
  }

  /** Tells the user of the station's rooms. */
  async listRooms(): Promise<void> {
    const { rooms, more } = await this.#options.call('room.list', { limit: MAX_LISTED });
    const list = rooms.slice(0, MAX_LISTED).map(({ room, members }) => `#${room} (${members})`);
    const rest = more || rooms.length > MAX_LISTED ? '  and others: these are the fullest' : '';
    this.#options.live.notice(`Rooms: ${list.join('  ') || 'none'}${rest}`);
  }

  /** Tells the user who is in a room. */
  async listMembers(name: string): Promise<void> {
    if (isDirect(name)) return this.#options.live.notice(`${name} and you`);
    const room = validRoom(name);
    const { members } = await this.#options.call('room.who', { room });
    this.#options.live.notice(`#${room}: ${unique(members.map((m) => m.name)).join(', ') || 'nobody'}`);
  }

  async #enter(room: string): Promise<void> {
    const { live, call, chat, onTopic } = this.#options;
    const { members, topic, ...progress } = await call('room.join', { room });
    this.#out.delete(room);
    live.apply({ kind: 'joined', room, members });
    if (topic !== undefined) onTopic?.(room, topic);
    await chat.joined(room, progress);
  }

  /** Names compare without case. */
  #conversation(name: string): string {
    return this.#rooms.find((room) => room.toLowerCase() === name.toLowerCase()) ?? name;
  }

  #become(rooms: readonly string[]): void {
    this.#rooms = rooms;
    this.#options.remember(rooms);
  }
}

/** The station does not let us into that room: the others are as good as before. */
function isRefusal(error: unknown): error is VoiptermError {
  return error instanceof VoiptermError && REFUSALS.has(error.code);
}

const REFUSALS = new Set(['control.forbidden', 'control.banned', 'control.limit']);

function validRoom(name: string): string {
  const parsed = roomName.safeParse(name.replace(/^#/, '').toLowerCase());
  if (parsed.success) return parsed.data;
  throw new VoiptermError('usage.invalid', parsed.error.issues[0]?.message ?? 'not a room name');
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
