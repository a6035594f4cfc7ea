/**
 * Who may do what: from a role and a room's rules to yes or no. Pure; roles.ts knows who has which role.
 *
 * Rights only grow with the role: what a guest may, a member may, and so on. A test holds every table to it.
 */
import { higher, type Role, rank } from '../net/control/roles.ts';

/** What is asked before it is done in a room. */
export const ROOM_ACTIONS = [
  'read', // join it, see who is in it, its history, search it
  'post',
  'speak',
  'topic', // set the topic
  'invite', // make invitations to it
  'delete', // delete what others wrote
  'slow', // switch slow mode
  'kick',
  'silence', // take voice and text from a member
  'ban',
  'role', // give roles in it
  'configure', // who may do what, private, most members
  'audit',
] as const;
export type RoomAction = (typeof ROOM_ACTIONS)[number];

/** What is asked of the station as a whole. */
export const STATION_ACTIONS = ['make', 'forward', 'invite', 'kick', 'ban', 'role', 'audit', 'keys'] as const;
/** `make` rooms, `forward` ports; `keys` are those that are admitted. */
export type StationAction = (typeof STATION_ACTIONS)[number];

/** The least role for each of these; what is not said is DEFAULT_ROOM_RULES. */
export interface RoomRules {
  readonly read: Role;
  readonly post: Role;
  readonly speak: Role;
  readonly topic: Role;
  readonly invite: Role;
}

/** The least role for each of these. */
export interface StationRules {
  readonly make: Role;
  readonly forward: Role;
  readonly invite: Role;
}

/** As it was before there were roles, for members; an invitation lets a stranger in, so it takes more. */
export const DEFAULT_ROOM_RULES: RoomRules = {
  read: 'guest',
  post: 'guest',
  speak: 'guest',
  topic: 'member',
  invite: 'moderator',
};
export const DEFAULT_STATION_RULES: StationRules = {
  make: 'member',
  forward: 'member',
  invite: 'moderator',
};

const ROOM_LEAST: Readonly<Record<Exclude<RoomAction, keyof RoomRules>, Role>> = {
  delete: 'moderator',
  slow: 'moderator',
  kick: 'moderator',
  silence: 'moderator',
  ban: 'moderator',
  role: 'moderator',
  audit: 'moderator',
  configure: 'owner',
};
const STATION_LEAST: Readonly<Record<Exclude<StationAction, keyof StationRules>, Role>> = {
  kick: 'moderator',
  ban: 'moderator',
  role: 'moderator',
  audit: 'moderator',
  keys: 'owner',
};

/** Whether a role may do something in a room with these rules. Null is somebody whom a private room does not know. */
export function may(role: Role | null, rules: RoomRules, action: RoomAction): boolean {
  return role !== null && rank(role) >= rank(leastFor(rules, action));
}

/** The least role for an action in a room with these rules. */
export function leastFor(rules: RoomRules, action: RoomAction): Role {
  return isRule(rules, action) ? rules[action] : ROOM_LEAST[action];
}

/** Whether a station's role may do something that is no single room's matter. */
export function mayAtStation(role: Role, rules: StationRules, action: StationAction): boolean {
  return rank(role) >= rank(isStationRule(rules, action) ? rules[action] : STATION_LEAST[action]);
}

/**
 * What somebody is in a room. A station's owners are owners everywhere. A private room knows those who have a role in
 * it and nobody else. Elsewhere a role in the room goes before the station's, but takes nothing from its moderators.
 */
export function roleIn(
  atStation: Role,
  inRoom: Role | null,
  room: { readonly private: boolean },
): Role | null {
  if (atStation === 'owner') return 'owner';
  if (room.private && inRoom === null) return null;
  return atStation === 'moderator' ? higher(atStation, inRoom) : (inRoom ?? atStation);
}

/** Whether one may kick, ban, silence or degrade the other: those below, and an owner everybody but owners. */
export function outranks(actor: Role | null, target: Role | null): boolean {
  return rank(actor) >= rank('moderator') && rank(actor) > rank(target);
}

/** Whether `actor` may make somebody who is `from` a `to`: below itself both, but an owner may make owners and unmake them. */
export function mayGive(actor: Role | null, from: Role | null, to: Role | null): boolean {
  return actor === 'owner' || (outranks(actor, from) && rank(to) < rank(actor));
}

function isRule(rules: RoomRules, action: RoomAction): action is keyof RoomRules {
  return Object.hasOwn(rules, action);
}

function isStationRule(rules: StationRules, action: StationAction): action is keyof StationRules {
  return Object.hasOwn(rules, action);
}
