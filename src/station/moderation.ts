/**
 * What moderators do: kick, ban, silence, give roles, change a room's rules. Each looks whether the actor may, does it, tells
 * those whom it concerns, and writes it into the audit log.
 */
import { VoiptermError } from '../errors.ts';
import { higher, type Role } from '../net/control/roles.ts';
import type { Answer, Ask, RoomSettings, StationNotification } from '../net/control/schema.ts';
import { covers, type Subject } from './bans.ts';
import type { Lobby } from './lobby.ts';
import { bannedWords, kickedWords } from './moderation-words.ts';
import { labelOf, personOf, targetOf } from './targets.ts';
import { mayGive, outranks, type RoomAction, type StationAction } from './permissions.ts';

/** Who does it. Without a key it is the operator, who is at the station's own machine and may do everything. */
export interface Actor {
  readonly name: string;
  readonly key: string | null;
}

export const OPERATOR: Actor = { name: 'the operator', key: null };

export class Moderation {
  /** Ends the SSH connections of a key or from an address, also those that only forward; the station says how. */
  onExpel: (fits: (key: string, address: string) => boolean) => number = () => 0;
  readonly #lobby: Lobby;

  constructor(lobby: Lobby) {
    this.#lobby = lobby;
  }

  kick(actor: Actor, { room, who, reason }: Ask<'moderate.kick'>): Answer<'moderate.kick'> {
    this.require(actor, room, 'kick');
    const { key, name } = this.#lobby.storage(() => personOf(this.#lobby.options.store, who));
    this.#requireOver(actor, room, key);
    const there = this.#idsOf(key, room);
    if (there.length === 0 || name === null) {
      throw new VoiptermError(
        'control.not-found',
        `${who} is not ${room === null ? 'connected' : `in #${room}`}.`,
      );
    }
    const text = kickedWords(room, actor.name, reason);
    if (room === null)
      this.#lobby.expel(there, { method: 'removed', params: { code: 'control.kicked', text } });
    else this.#lobby.takeOut(there, room, text);
    this.#tell(room, { room, what: 'kicked', by: actor.name, name, key, ...(reason ? { reason } : {}) });
    this.audit(actor, 'kick', room, name, reason ?? '');
    return { name, connections: there.length };
  }

  ban(
    actor: Actor,
    { room, who, seconds, reason = '', address = false }: Ask<'moderate.ban'>,
  ): Answer<'moderate.ban'> {
    this.require(actor, room, 'ban');
    const { subject, name } = this.#lobby.storage(() => targetOf(this.#lobby.options.store, who, room));
    if (subject.key !== null) this.#requireOver(actor, room, subject.key);
    const now = Date.now();
    const until = seconds === undefined ? null : now + seconds * 1000;
    const also = address && subject.key !== null && room === null ? this.#lobby.addressesOf(subject.key) : [];
    const subjects: Subject[] = [subject, ...also.map((each): Subject => ({ key: null, address: each }))];
    for (const each of subjects) {
      const row = { kind: 'ban' as const, room, ...each, name, reason, by: actor.name, at: now, until };
      this.#lobby.storage(() => this.#lobby.bans.add(row, now));
    }
    const text = bannedWords(room, until, reason);
    const connections = subjects.reduce((sum, each) => sum + this.#throwOut(each, room, text), 0);
    this.#tell(room, {
      room,
      what: 'banned',
      by: actor.name,
      until,
      ...(name === null ? {} : { name }),
      ...(subject.key === null ? {} : { key: subject.key }),
      ...(reason ? { reason } : {}),
    });
    const length = seconds === undefined ? 'for good' : `${seconds} s`;
    this.audit(
      actor,
      'ban',
      room,
      subjects.map((each) => labelOf(each, name)).join(' '),
      `${length} ${reason}`.trim(),
    );
    return { connections, until };
  }

  unban(actor: Actor, { room, who }: Ask<'moderate.unban'>): Answer<'moderate.unban'> {
    this.require(actor, room, 'ban');
    const { subject, name } = this.#lobby.storage(() => targetOf(this.#lobby.options.store, who, room));
    const lifted = this.#lobby.storage(() => this.#lobby.bans.lift('ban', room, subject));
    if (lifted === 0) throw new VoiptermError('control.not-found', `${who} is not banned there.`);
    this.#tell(room, { room, what: 'unbanned', by: actor.name, ...(name === null ? {} : { name }) });
    this.audit(actor, 'unban', room, labelOf(subject, name), '');
    return { lifted };
  }

  silence(actor: Actor, ask: Ask<'moderate.mute'>): Answer<'moderate.mute'> {
    const { room, who, on, seconds, reason = '' } = ask;
    this.require(actor, room, 'silence');
    const { key, name } = this.#lobby.storage(() => personOf(this.#lobby.options.store, who));
    this.#requireOver(actor, room, key);
    const now = Date.now();
    const until = on && seconds !== undefined ? now + seconds * 1000 : null;
    const { bans } = this.#lobby;
    const row = {
      kind: 'silence' as const,
      room,
      key,
      address: null,
      name,
      reason,
      by: actor.name,
      at: now,
      until,
    };
    this.#lobby.storage(() => {
      if (on) bans.add(row, now);
      else if (bans.lift('silence', room, { key, address: null }) === 0) {
        throw new VoiptermError('control.not-found', `${who} is not silenced in #${room}.`);
      }
    });
    this.#lobby.guard.voices(room);
    this.#tell(room, {
      room,
      what: on ? 'silenced' : 'heard',
      by: actor.name,
      key,
      ...(on ? { until } : {}),
      ...(name === null ? {} : { name }),
      ...(reason ? { reason } : {}),
    });
    this.audit(actor, on ? 'silence' : 'unsilence', room, name ?? key, reason);
    return { name, until };
  }

  role(actor: Actor, { room, who, role: to }: Ask<'moderate.role'>): Answer<'moderate.role'> {
    const { key, name } = this.#lobby.storage(() => personOf(this.#lobby.options.store, who));
    const from = this.roleOf(key, room);
    const isInvitation = room !== null && from === null && (to === 'guest' || to === 'member');
    this.require(
      actor,
      room,
      isInvitation && room !== null && this.#mayInvite(actor, room) ? 'invite' : 'role',
    );
    if (!isInvitation && !mayGive(this.roleOf(actor.key, room), from, to)) {
      throw new VoiptermError('control.forbidden', 'You give only roles below your own, to those below you.');
    }
    this.#lobby.storage(() => {
      if (room === null) this.#lobby.roles.setAtStation(key, to, Date.now());
      else {
        this.#lobby.roles.settled(room);
        this.#lobby.roles.setInRoom(key, room, to);
      }
    });
    this.#tell(room, {
      room,
      what: 'role',
      by: actor.name,
      key,
      role: to,
      ...(name === null ? {} : { name }),
    });
    this.audit(actor, 'role', room, name ?? key, to ?? 'none');
    this.#lobby.recheck(room);
    return { name, role: to };
  }

  configure(actor: Actor, { room, change }: Ask<'room.configure'>): RoomSettings {
    const { roles } = this.#lobby;
    const before = roles.rulesOf(room);
    const onlySlow = Object.keys(change).every((field) => field === 'slowS');
    this.require(actor, room, onlySlow ? 'slow' : 'configure');
    const after = { ...before, ...defined(change) };
    this.#lobby.storage(() => {
      roles.settled(room);
      if (after.private && !before.private) this.#keepThoseInside(room);
      roles.setRules(room, after);
    });
    this.#tell(room, { room, what: 'settings', by: actor.name, settings: after });
    this.audit(actor, 'configure', room, `#${room}`, JSON.stringify(change));
    this.#lobby.recheck(room);
    return after;
  }

  /** Ends the connections of whom the station does not want any more; answers how many. */
  sendAway(fits: (key: string, address: string) => boolean, text: string): number {
    const gone = this.#lobby.idsWhere(fits);
    this.#lobby.expel(gone, { method: 'removed', params: { code: 'control.banned', text } });
    return Math.max(gone.length, this.onExpel(fits));
  }

  /** Throws 'control.forbidden' unless the actor may. */
  require(actor: Actor, room: string | null, action: RoomAction & StationAction): void;
  require(actor: Actor, room: string, action: RoomAction): void;
  require(actor: Actor, room: string | null, action: RoomAction | StationAction): void {
    if (actor.key === null) return;
    if (room === null) this.#lobby.roles.requireAtStation(actor.key, action as StationAction);
    else this.#lobby.roles.require(actor.key, room, action as RoomAction);
  }

  /** The operator is an owner everywhere. */
  roleOf(key: string | null, room: string | null): Role | null {
    if (key === null) return 'owner';
    return room === null ? this.#lobby.roles.atStation(key) : this.#lobby.roles.inRoom(key, room);
  }

  audit(actor: Actor, action: string, room: string | null, target: string, detail: string): void {
    const entry = {
      at: Date.now(),
      by: actor.name,
      action,
      room,
      target: target.slice(0, 128),
      detail: detail.slice(0, 512),
    };
    this.#lobby.storage(() => this.#lobby.options.store.people.audit(entry));
    this.#lobby.options.log.info('moderation', { ...entry, room: room ?? '', byKey: actor.key ?? '' });
  }

  /** Whoever is in a room as it becomes private keeps the role that it has there. */
  #keepThoseInside(room: string): void {
    const { roles, rooms } = this.#lobby;
    for (const key of rooms.idsIn(room).map((id) => this.#lobby.keyOf(id))) {
      const is = roles.inRoom(key, room);
      if (is !== null) roles.setInRoom(key, room, is);
    }
  }

  #mayInvite(actor: Actor, room: string): boolean {
    return actor.key === null || this.#lobby.roles.may(actor.key, room, 'invite');
  }

  #requireOver(actor: Actor, room: string | null, key: string): void {
    if (actor.key === null || outranks(this.roleOf(actor.key, room), this.roleOf(key, room))) return;
    throw new VoiptermError(
      'control.forbidden',
      'You cannot do that to somebody whose role is as high as yours.',
    );
  }

  #idsOf(key: string, room: string | null): number[] {
    const ids = this.#lobby.idsWhere((theirs) => theirs === key);
    return room === null ? ids : ids.filter((id) => this.#lobby.rooms.idsIn(room).includes(id));
  }

  /** Answers how many connections it concerned. Owners stay where an address is banned, or one would lock oneself out. */
  #throwOut({ key, address }: Subject, room: string | null, text: string): number {
    if (room !== null) {
      const there = key === null ? [] : this.#idsOf(key, room);
      this.#lobby.takeOut(there, room, text);
      return there.length;
    }
    const fits = (theirs: string, from: string): boolean =>
      key === null
        ? address !== null && covers(address, from) && this.#lobby.roles.atStation(theirs) !== 'owner'
        : theirs === key;
    return this.sendAway(fits, text);
  }

  #tell(
    room: string | null,
    params: Extract<StationNotification, { method: 'room.moderated' }>['params'],
  ): void {
    const to = room === null ? this.#lobby.allIds : this.#lobby.rooms.idsIn(room);
    this.#lobby.deliver([{ to, notification: { method: 'room.moderated', params } }]);
  }
}

/** Without what is not said. */
function defined(change: Ask<'room.configure'>['change']): Partial<RoomSettings> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** The role that an invitation leaves somebody with who had one already. */
export function atLeast(has: Role | null, given: Role): Role {
  return higher(has, given) ?? given;
}
