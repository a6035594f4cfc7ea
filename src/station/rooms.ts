/**
 * Who is in which room, where each member's voice goes, who is talking, and who keeps what is said. Pure.
 *
 * Every change returns the notifications that it calls for; who makes the change sends them. A member is one
 * connection: a person with two terminals is two members with one name.
 */
import { assertNever, VoiptermError } from '../errors.ts';
import type { Role } from '../net/control/roles.ts';
import {
  type LoopbackMode,
  MAX_ROOMS_PER_MEMBER,
  type Member,
  type StationNotification,
} from '../net/control/schema.ts';
import { ECHO_MEMBER, ECHO_ROOM } from './echo.ts';
import { Hushed } from './hushed.ts';
import { Presence } from './presence.ts';

/** Most members in one room: the answer to a join, which lists them, stays under 50 KB. */
export const MAX_MEMBERS_PER_ROOM = 500;

/** A notification and the members that it is for. */
export interface Delivery {
  readonly to: readonly number[];
  readonly notification: StationNotification;
}

/** What shows of a member in its voice room, and nowhere else. */
export type Lamp = 'talking' | 'recording' | 'replay';

interface Occupant {
  readonly id: number;
  name: string;
  /** Fingerprint of its key, as the others are told it. */
  readonly key: string | undefined;
  readonly rooms: Set<string>;
  voiceRoom: string | null;
  readonly lamps: Set<Lamp>;
}

/** Tells a key's role in a room; null for none. */
export type RoleOf = (key: string, room: string) => Role | null;

interface Room {
  readonly members: Map<number, Occupant>;
  /** Ids of those whose voice is here. Replaced, never changed, so that a relay may hold it. */
  voices: readonly number[];
}

const NOBODY: readonly number[] = [];

export class Rooms {
  /** Whose role is another than a member's shows in the lists of members. */
  roleOf: RoleOf = () => 'member';
  /** Who may not speak where. */
  readonly hushed = new Hushed();
  /** The same members by key. */
  readonly presence = new Presence();
  #occupants = new Map<number, Occupant>();
  #rooms = new Map<string, Room>();
  /** Who hears itself instead of being heard. */
  #loopbacks = new Map<number, LoopbackMode>();

  /** Members in all, in a room or not. */
  get size(): number {
    return this.#occupants.size;
  }

  /** Adds a member. Precondition: the id is not in use. */
  enter(id: number, name: string, key?: string): void {
    this.#occupants.set(id, {
      id,
      name,
      key,
      rooms: new Set(),
      voiceRoom: null,
      lamps: new Set(),
    });
    if (key !== undefined) this.presence.enter(key, id);
  }

  /** Removes a member from everything. */
  disconnect(id: number): Delivery[] {
    const occupant = this.#occupants.get(id);
    if (!occupant) return [];
    const deliveries = [...occupant.rooms].flatMap((room) => this.leave(id, room));
    this.#occupants.delete(id);
    this.#loopbacks.delete(id);
    if (occupant.key !== undefined) this.presence.leave(occupant.key, id);
    return deliveries;
  }

  /** Puts a member into a room; harmless when it is there. Throws 'control.limit'. */
  join(id: number, name: string): Delivery[] {
    const occupant = this.#occupant(id);
    if (occupant.rooms.has(name)) return [];
    if (occupant.rooms.size >= MAX_ROOMS_PER_MEMBER) {
      throw new VoiptermError(
        'control.limit',
        `You are in ${MAX_ROOMS_PER_MEMBER} rooms, the most at one time: leave one first.`,
      );
    }
    const room = this.#rooms.get(name) ?? { members: new Map(), voices: NOBODY };
    if (room.members.size >= MAX_MEMBERS_PER_ROOM) {
      throw new VoiptermError('control.limit', `The room has ${MAX_MEMBERS_PER_ROOM} members and is full.`);
    }
    this.#rooms.set(name, room);
    const others = [...room.members.keys()];
    room.members.set(id, occupant);
    occupant.rooms.add(name);
    const member = this.#memberOf(occupant, name);
    return deliver(others, { method: 'room.joined', params: { room: name, member } });
  }

  /** What a member is called now; undefined for one that is not there. */
  nameOf(id: number): string | undefined {
    return this.#occupants.get(id)?.name;
  }

  /** Calls a member by another name, and tells everybody in its rooms and its key's other connections. */
  rename(id: number, to: string): Delivery[] {
    const occupant = this.#occupant(id);
    const { name: from, key = '' } = occupant;
    if (from === to) return [];
    occupant.name = to;
    return deliver(this.#around([id, ...this.presence.idsOf(key)]), {
      method: 'member.renamed',
      params: { id, key, from, to },
    });
  }

  /** Notes why a member's key is away, or that it is back (null), and tells the same. */
  setAway(id: number, text: string | null): Delivery[] {
    const { key, name } = this.#occupant(id);
    if (key === undefined || this.presence.awayOf(key) === text) return [];
    this.presence.setAway(key, text);
    const params = { key, name, text };
    return deliver(this.#around(this.presence.idsOf(key)), { method: 'member.away', params });
  }

  /** These members and everybody who is in a room with one of them. */
  #around(ids: readonly number[]): number[] {
    const rooms = new Set(ids.flatMap((id) => [...(this.#occupants.get(id)?.rooms ?? [])]));
    return [...new Set([...ids, ...[...rooms].flatMap((room) => this.idsIn(room))])];
  }

  /** The rooms that a member is in. */
  roomsOf(id: number): string[] {
    return [...this.#occupant(id).rooms];
  }

  /** Takes a member, and its voice, out of a room; harmless when it is not there. */
  leave(id: number, name: string): Delivery[] {
    const occupant = this.#occupants.get(id);
    const room = this.#rooms.get(name);
    if (!occupant || !room?.members.delete(id)) return [];
    occupant.rooms.delete(name);
    this.hushed.leave(id, name);
    if (occupant.voiceRoom === name) {
      occupant.voiceRoom = null;
      room.voices = room.voices.filter((other) => other !== id);
    }
    if (room.members.size === 0) this.#rooms.delete(name);
    const params = { room: name, id, name: occupant.name };
    return deliver([...room.members.keys()], { method: 'room.left', params });
  }

  /** Moves a member's voice to a room that it is in, or nowhere (null). Throws 'control.not-in-room'. */
  setVoiceRoom(id: number, name: string | null): Delivery[] {
    const occupant = this.#occupant(id);
    if (occupant.voiceRoom === name) return [];
    if (name !== null) this.requireIn(id, name);
    const quiet = [...occupant.lamps].flatMap((lamp) => this.#tell(occupant, lamp, false));
    const before = occupant.voiceRoom === null ? undefined : this.#rooms.get(occupant.voiceRoom);
    if (before) before.voices = before.voices.filter((other) => other !== id);
    occupant.voiceRoom = name;
    const after = name === null ? undefined : this.#rooms.get(name);
    if (after) after.voices = [...after.voices, id];
    return [...quiet, ...[...occupant.lamps].flatMap((lamp) => this.#tell(occupant, lamp, true))];
  }

  /** Notes that a member talks or stops. It shows in its voice room only. */
  talk(id: number, talking: boolean): Delivery[] {
    return this.light(id, 'talking', talking);
  }

  /** Turns one of a member's lamps on or off. It shows in its voice room only, and moves along with its voice. */
  light(id: number, lamp: Lamp, on: boolean): Delivery[] {
    const occupant = this.#occupants.get(id);
    if (!occupant || occupant.lamps.has(lamp) === on) return [];
    if (on) occupant.lamps.add(lamp);
    else occupant.lamps.delete(lamp);
    return this.#tell(occupant, lamp, on);
  }

  /** Throws 'control.not-in-room' unless the member is in the room. */
  requireIn(id: number, name: string): void {
    if (this.#occupants.get(id)?.rooms.has(name)) return;
    throw new VoiptermError('control.not-in-room', `You are not in #${name}: join it first.`);
  }

  /** The members of a room; none for a room that nobody is in. */
  who(name: string): Member[] {
    const members = [...(this.#rooms.get(name)?.members.values() ?? [])].map((occupant) =>
      this.#memberOf(occupant, name),
    );
    return name === ECHO_ROOM ? [ECHO_MEMBER, ...members] : members;
  }

  /** Ids of a room's members. */
  idsIn(name: string): number[] {
    return [...(this.#rooms.get(name)?.members.keys() ?? [])];
  }

  /** Rooms that somebody is in, with how many. */
  list(): Array<{ room: string; members: number }> {
    return [...this.#rooms].map(([room, { members }]) => ({ room, members: members.size }));
  }

  /** Where a member's voice goes. */
  voiceRoomOf(id: number): string | null {
    return this.#occupants.get(id)?.voiceRoom ?? null;
  }

  /** Gives a member its own voice back instead of to the room, or ends that. */
  setLoopback(id: number, mode: LoopbackMode): void {
    if (mode === 'off') this.#loopbacks.delete(id);
    else this.#loopbacks.set(this.#occupant(id).id, mode);
  }

  loopbackOf(id: number): LoopbackMode {
    return this.#loopbacks.get(id) ?? 'off';
  }

  /** Ids of everybody whose voice is in a room. Do not change it. */
  voicesIn(name: string): readonly number[] {
    return this.#rooms.get(name)?.voices ?? NOBODY;
  }

  #memberOf(occupant: Occupant, room: string): Member {
    const { key } = occupant;
    const role = key === undefined ? null : this.roleOf(key, room);
    const shown = memberOf(occupant, room, this.presence);
    return role === null || role === 'member' ? shown : { ...shown, role };
  }

  #occupant(id: number): Occupant {
    const occupant = this.#occupants.get(id);
    if (!occupant) throw new VoiptermError('control.version', 'Say hello first.');
    return occupant;
  }

  #tell({ id, name, voiceRoom }: Occupant, lamp: Lamp, on: boolean): Delivery[] {
    if (voiceRoom === null) return [];
    const others = this.idsIn(voiceRoom).filter((other) => other !== id);
    return deliver(others, lampNotification(lamp, { room: voiceRoom, id, name }, on));
  }
}

function lampNotification(
  lamp: Lamp,
  who: { readonly room: string; readonly id: number; readonly name: string },
  on: boolean,
): StationNotification {
  switch (lamp) {
    case 'talking':
      return { method: 'member.talking', params: { ...who, talking: on } };
    case 'recording':
      return { method: 'voice.recording', params: { ...who, recording: on } };
    case 'replay':
      return { method: 'voice.replay', params: { ...who, replay: on } };
    default:
      return assertNever(lamp);
  }
}

/** A member as it shows in one of its rooms. What is not so is left out, but for `talking`, which was there first. */
function memberOf({ id, name, key, lamps, voiceRoom }: Occupant, room: string, presence: Presence): Member {
  const lit = (lamp: Lamp): boolean => voiceRoom === room && lamps.has(lamp);
  const away = key === undefined ? null : presence.awayOf(key);
  return {
    id,
    name,
    talking: lit('talking'),
    ...(key === undefined ? {} : { key }),
    ...(lit('recording') ? { recording: true } : {}),
    ...(lit('replay') ? { replay: true } : {}),
    ...(away === null ? {} : { away }),
  };
}

function deliver(to: readonly number[], notification: StationNotification): Delivery[] {
  return to.length === 0 ? [] : [{ to, notification }];
}
