/**
 * Who has which role, and what each room's rules are: kept in memory, written through to the store. What a role may do is
 * permissions.ts's business.
 */
import { z } from 'zod';
import { isDirect } from '../store/direct-name.ts';
import { VoiptermError } from '../errors.ts';
import { type Role, role, withArticle } from '../net/control/roles.ts';
import type { RoomSettings } from '../net/control/schema.ts';
import { roomSettingsSchema } from '../net/control/schema-moderation.ts';
import { MAX_PEOPLE, type PersonRow, type StationPeople } from '../store/station-people.ts';
import {
  DEFAULT_ROOM_RULES,
  DEFAULT_STATION_RULES,
  leastFor,
  may,
  mayAtStation,
  type RoomAction,
  roleIn,
  type StationAction,
  type StationRules,
} from './permissions.ts';

export interface RoleOptions {
  /** Keys ("SHA256:...") that are owners whatever is stored. */
  readonly owners: readonly string[];
  readonly rules: StationRules;
  /** What a key without a role of its own is. */
  readonly usual: (fingerprint: string) => Role;
}

const DEFAULT_ROLES: RoleOptions = {
  owners: [],
  rules: DEFAULT_STATION_RULES,
  usual: () => 'member',
};

/** What a room is without rules of its own. */
const PLAIN_ROOM: RoomSettings = {
  private: false,
  maxMembers: null,
  slowS: 0,
  ...DEFAULT_ROOM_RULES,
};

/** Rooms in which nothing was said yet whose makers are remembered; of more, the oldest belong to nobody. */
const MAX_FOUNDERS = 1000;

/** Rules as they were stored, perhaps by a version that knew fewer of them. */
const storedRules = z.preprocess(
  (text) => ({ ...PLAIN_ROOM, ...(typeof text === 'string' ? (JSON.parse(text) as object) : {}) }),
  roomSettingsSchema,
);

export class Roles {
  options: RoleOptions = DEFAULT_ROLES;
  readonly #store: StationPeople;
  readonly #people = new Map<string, PersonRow>();
  /** Roles at the station that were given to keys: each post and each list of members asks. */
  readonly #given = new Map<string, Role>();
  readonly #inRooms = new Map<string, Map<string, Role>>();
  readonly #rules = new Map<string, RoomSettings>();
  /** Who made a room in which nothing was said yet. */
  readonly #founders = new Map<string, string>();

  constructor(store: StationPeople) {
    this.#store = store;
    this.reload();
  }

  /** Reads everything anew: what was said here last was not kept. */
  reload(): void {
    const store = this.#store;
    for (const map of [this.#people, this.#given, this.#inRooms, this.#rules]) map.clear();
    for (const row of store.people()) this.#know(row);
    for (const { room, fingerprint, role: stored } of store.roomRoles()) {
      const parsed = role.safeParse(stored);
      if (parsed.success) this.#roomOf(room).set(fingerprint, parsed.data);
    }
    for (const { room, rules } of store.roomRules()) this.#rules.set(room, storedRules.parse(rules));
  }

  /** What a key is at the station as a whole. */
  atStation(key: string): Role {
    if (this.options.owners.includes(key)) return 'owner';
    return this.#given.get(key) ?? this.options.usual(key);
  }

  /** What a key is in a room; null where a private room does not know it. */
  inRoom(key: string, room: string): Role | null {
    const own = this.#inRooms.get(room)?.get(key) ?? (this.#founders.get(room) === key ? 'owner' : null);
    return roleIn(this.atStation(key), own, this.rulesOf(room));
  }

  rulesOf(room: string): RoomSettings {
    return this.#rules.get(room) ?? PLAIN_ROOM;
  }

  /** Whether a key may do something in a room. Among two nobody has a say: a direct conversation ("@bob") has no rules. */
  may(key: string, room: string, action: RoomAction): boolean {
    return isDirect(room) || may(this.inRoom(key, room), this.rulesOf(room), action);
  }

  mayAtStation(key: string, action: StationAction): boolean {
    return mayAtStation(this.atStation(key), this.options.rules, action);
  }

  /** Throws 'control.forbidden' with a sentence that says who may. */
  require(key: string, room: string, action: RoomAction): void {
    if (this.may(key, room, action)) return;
    const is = this.inRoom(key, room);
    const why =
      is === null
        ? `#${room} is private: ask somebody in it to invite you.`
        : `Only ${leastFor(this.rulesOf(room), action)}s and above may ${ROOM_WORDS[action]} in #${room}, and you are ${withArticle(is)} there.`;
    throw new VoiptermError('control.forbidden', why);
  }

  requireAtStation(key: string, action: StationAction): void {
    if (this.mayAtStation(key, action)) return;
    const is = this.atStation(key);
    throw new VoiptermError(
      'control.forbidden',
      `${is.charAt(0).toUpperCase()}${is.slice(1)}s of this station may not ${STATION_WORDS[action]}: ask one of its owners or moderators.`,
    );
  }

  /** Whether the station lets a key in besides those of authorized_keys. */
  isAdmitted(key: string): boolean {
    return this.#people.get(key)?.admitted === 1;
  }

  personOf(key: string): PersonRow | undefined {
    return this.#people.get(key);
  }

  /** Keys that are admitted besides authorized_keys. */
  admitted(): PersonRow[] {
    return [...this.#people.values()].filter((row) => row.admitted === 1);
  }

  /** Who has a role in a room (or at the station, for null) other than the usual one. */
  holders(room: string | null): { key: string; role: Role }[] {
    if (room !== null) {
      const founder = this.#founders.get(room);
      const held = [...(this.#inRooms.get(room) ?? [])].map(([key, is]) => ({ key, role: is }));
      return founder === undefined ? held : [{ key: founder, role: 'owner' }, ...held];
    }
    const stored = [...this.#people.values()]
      .filter((row) => row.role !== null)
      .map((row) => row.fingerprint);
    return [...new Set([...this.options.owners, ...stored])].map((key) => ({
      key,
      role: this.atStation(key),
    }));
  }

  /** Writes what is known of keys. Throws 'control.limit' if there would be too many. */
  savePeople(rows: readonly PersonRow[]): void {
    const fresh = rows.filter((row) => !this.#people.has(row.fingerprint)).length;
    if (this.#people.size + fresh > MAX_PEOPLE) {
      throw new VoiptermError(
        'control.limit',
        `The station knows ${MAX_PEOPLE} keys, the most: remove some.`,
      );
    }
    this.#store.savePeople(rows);
    for (const row of rows) this.#know(row);
  }

  setAtStation(key: string, to: Role | null, now: number): void {
    const before = this.#people.get(key);
    const row = before ?? { ...NOBODY, fingerprint: key, at: now };
    this.savePeople([{ ...row, role: to }]);
  }

  setInRoom(key: string, room: string, to: Role | null): void {
    this.#store.setRoomRole(room, key, to);
    if (to === null) this.#inRooms.get(room)?.delete(key);
    else this.#roomOf(room).set(key, to);
  }

  setRules(room: string, rules: RoomSettings): void {
    this.#store.setRoomRules(room, JSON.stringify(rules));
    this.#rules.set(room, rules);
  }

  /** A key's admission and all its roles. */
  forget(key: string): void {
    this.#store.forget(key);
    this.#people.delete(key);
    this.#given.delete(key);
    for (const roles of this.#inRooms.values()) roles.delete(key);
  }

  /** A room that nobody knew until this key came into it is its own, once it stays. */
  founded(room: string, key: string): void {
    this.#founders.delete(room);
    this.#founders.set(room, key);
    for (const [oldest] of this.#founders) {
      if (this.#founders.size <= MAX_FOUNDERS) return;
      this.#founders.delete(oldest);
    }
  }

  /** The room has its first message or rule: who made it is its owner from now on. */
  settled(room: string): void {
    const founder = this.#founders.get(room);
    if (founder === undefined) return;
    this.setInRoom(founder, room, 'owner');
    this.#founders.delete(room);
  }

  /** Whether somebody made something of this room. */
  knows(room: string): boolean {
    return this.#rules.has(room) || (this.#inRooms.get(room)?.size ?? 0) > 0;
  }

  /** Rooms that have rules of their own. */
  ruled(): string[] {
    return [...this.#rules.keys()];
  }

  #know(row: PersonRow): void {
    this.#people.set(row.fingerprint, row);
    const given = role.safeParse(row.role);
    if (given.success) this.#given.set(row.fingerprint, given.data);
    else this.#given.delete(row.fingerprint);
  }

  #roomOf(room: string): Map<string, Role> {
    const known = this.#inRooms.get(room);
    if (known) return known;
    const made = new Map<string, Role>();
    this.#inRooms.set(room, made);
    return made;
  }
}

/** A key of which nothing is known. */
export const NOBODY: PersonRow = {
  fingerprint: '',
  admitted: 0,
  role: null,
  key: '',
  comment: '',
  via: '',
  at: 0,
};

const ROOM_WORDS: Readonly<Record<RoomAction, string>> = {
  read: 'read',
  post: 'write',
  speak: 'speak',
  topic: 'set the topic',
  invite: 'invite',
  delete: 'delete what others wrote',
  slow: 'switch slow mode',
  kick: 'kick',
  silence: 'silence others',
  ban: 'ban',
  role: 'give roles',
  configure: 'change the rules',
  audit: 'read the audit log',
};

const STATION_WORDS: Readonly<Record<StationAction, string>> = {
  make: 'make rooms: join one that exists',
  forward: 'forward ports',
  invite: 'invite people who are not here yet',
  kick: 'kick off it',
  ban: 'ban from it',
  role: 'give roles at it',
  audit: 'read its audit log',
  keys: 'change who is admitted',
};
