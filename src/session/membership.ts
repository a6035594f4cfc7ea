/** The rooms that we are in, also while offline: enters, leaves and shows them, and enters all anew on a new link. */
import { VoiptermError } from '../errors.ts';
import { roomName } from '../net/control/schema.ts';
import type { Chat } from './chat.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';

export interface MembershipOptions {
  readonly live: LiveState;
  readonly chat: Chat;
  readonly call: Caller;
  /** Keeps the list for the next start. */
  readonly remember: (rooms: readonly string[]) => void;
}

export class Membership {
  readonly #options: MembershipOptions;
  #rooms: readonly string[];

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
    for (const room of this.#rooms) await this.#enter(room);
  }

  /** Leaves rooms that the station has us in and we know nothing of: the answers to their joins were lost. */
  async leaveUnknown(rooms: readonly string[]): Promise<void> {
    const unknown = rooms.filter((room) => !this.#rooms.includes(room));
    await Promise.all(unknown.map((room) => this.#options.call('room.leave', { room })));
  }

  /** Throws 'usage.invalid' for what is no room's name. */
  async join(name: string): Promise<void> {
    const room = validRoom(name);
    if (!this.#rooms.includes(room)) {
      await this.#enter(room);
      this.#become([...this.#rooms, room]);
    }
    await this.show(room);
  }

  /** Throws 'usage.invalid' for a room that we are not in, and for the only one. */
  async leave(name: string): Promise<void> {
    const { live, chat, call } = this.#options;
    const room = validRoom(name);
    if (!this.#rooms.includes(room)) throw new VoiptermError('usage.invalid', `you are not in #${room}`);
    if (this.#rooms.length === 1) {
      throw new VoiptermError('usage.invalid', 'this is your only room: /join another first, or /quit');
    }
    await call('room.leave', { room });
    this.#become(this.#rooms.filter((other) => other !== room));
    chat.forget(room);
    live.apply({ kind: 'left', room });
    if (live.now.current) await this.show(live.now.current);
  }

  /** Shows a room, marks it read, and moves voice there. */
  async show(room: string): Promise<void> {
    const { live, chat, call } = this.#options;
    live.apply({ kind: 'shown', room });
    chat.markRead(room);
    if (live.now.link.at === 'online') await call('voice.room', { room });
  }

  /** Tells the user of the station's rooms. */
  async listRooms(): Promise<void> {
    const { rooms } = await this.#options.call('room.list', {});
    const list = rooms.map(({ room, members }) => `#${room} (${members})`).join('  ');
    this.#options.live.notice(`Rooms: ${list || 'none'}`);
  }

  /** Tells the user who is in a room. */
  async listMembers(name: string): Promise<void> {
    const room = validRoom(name);
    const { members } = await this.#options.call('room.who', { room });
    this.#options.live.notice(`#${room}: ${unique(members.map((m) => m.name)).join(', ') || 'nobody'}`);
  }

  async #enter(room: string): Promise<void> {
    const { members, lastSeq } = await this.#options.call('room.join', { room });
    this.#options.live.apply({ kind: 'joined', room, members });
    await this.#options.chat.joined(room, lastSeq);
  }

  #become(rooms: readonly string[]): void {
    this.#rooms = rooms;
    this.#options.remember(rooms);
  }
}

function validRoom(name: string): string {
  const parsed = roomName.safeParse(name.replace(/^#/, '').toLowerCase());
  if (parsed.success) return parsed.data;
  throw new VoiptermError('usage.invalid', parsed.error.issues[0]?.message ?? 'not a room name');
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
