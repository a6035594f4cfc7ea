/** One member's requests about roles, rooms' rules, bans and invitations: what each of those methods does. */
import { VoiptermError } from '../errors.ts';
import type { ControlHandlers } from '../net/control/rpc.ts';
import type { Answer, Ask } from '../net/control/schema.ts';
import { MAX_MODERATION_PAGE, type moderationRequests } from '../net/control/schema-moderation.ts';
import type { MeasureRow } from '../store/station-people.ts';
import type { Lobby } from './lobby.ts';
import { type Actor, atLeast } from './moderation.ts';

export type ModerationHandlers = Pick<ControlHandlers, keyof typeof moderationRequests>;

/** @param actor who asks; it throws unless hello was said, and when the member asks too much. */
export function moderationHandlers(lobby: Lobby, actor: () => Actor): ModerationHandlers {
  const { moderation } = lobby;
  return {
    'room.info': ({ room }) => info(lobby, actor(), room),
    'room.configure': (ask) => moderation.configure(actor(), ask),
    'moderate.kick': (ask) => moderation.kick(actor(), ask),
    'moderate.ban': (ask) => moderation.ban(actor(), ask),
    'moderate.unban': (ask) => moderation.unban(actor(), ask),
    'moderate.mute': (ask) => moderation.silence(actor(), ask),
    'moderate.role': (ask) => moderation.role(actor(), ask),
    'moderate.list': ({ room }) => measures(lobby, actor(), room),
    'invite.create': (ask) => invite(lobby, actor(), ask),
    'invite.list': () => invitations(lobby, actor()),
    'invite.revoke': ({ id }) => revoke(lobby, actor(), id),
    'invite.redeem': ({ token }) => redeem(lobby, actor(), token),
    'audit.list': (ask) => audit(lobby, actor(), ask),
  };
}

function info(lobby: Lobby, { key }: Actor, room: string): Answer<'room.info'> {
  if (key !== null) lobby.guard.read(key, room);
  const { roles, moderation, options } = lobby;
  const held = roles.holders(room).slice(0, MAX_MODERATION_PAGE);
  const named = lobby.storage(() =>
    held.map((each) => ({ ...each, name: options.store.namesOf(each.key).at(-1) ?? null })),
  );
  return { room, role: moderation.roleOf(key, room) ?? 'guest', ...roles.rulesOf(room), roles: named };
}

function measures(lobby: Lobby, actor: Actor, room: string | null): Answer<'moderate.list'> {
  lobby.moderation.require(actor, room, 'ban');
  const now = Date.now();
  const where = room ?? 'all';
  const page = (kind: MeasureRow['kind']): Answer<'moderate.list'>['bans'] =>
    lobby.bans
      .list(kind, where, now)
      .slice(-MAX_MODERATION_PAGE)
      .map(({ kind: _, ...row }) => row);
  return { bans: page('ban'), silences: page('silence') };
}

/** Letting strangers in takes the right at the station; to a room, the right there as well. */
function invite(lobby: Lobby, actor: Actor, ask: Ask<'invite.create'>): Answer<'invite.create'> {
  const { room, role, uses, seconds } = ask;
  const { moderation, roles, options } = lobby;
  moderation.require(actor, null, 'invite');
  if (room !== null) moderation.require(actor, room, 'invite');
  if (role === 'member' && moderation.roleOf(actor.key, null) === 'guest') {
    throw new VoiptermError('control.forbidden', 'A guest invites guests.');
  }
  if (room !== null && !lobby.guard.exists(room)) {
    if (actor.key !== null) roles.requireAtStation(actor.key, 'make');
    lobby.storage(() => roles.setRules(room, roles.rulesOf(room))); // else a guest could not make it by coming
  }
  const offer = { room, role, uses, seconds, by: actor.name, byKey: actor.key ?? '' };
  const { id, token, expires } = lobby.storage(() => lobby.invites.create(offer, Date.now()));
  moderation.audit(actor, 'invite', room, id, `${role}, ${uses} uses, ${seconds} s`);
  return { id, token, expires, ...(options.publicAddress ?? {}) };
}

function invitations(lobby: Lobby, actor: Actor): Answer<'invite.list'> {
  const all = actor.key === null || lobby.roles.mayAtStation(actor.key, 'ban');
  return { invites: lobby.storage(() => lobby.invites.list(all ? null : actor.key, Date.now())) };
}

function revoke(lobby: Lobby, actor: Actor, id: string): Record<string, never> {
  const row = lobby.storage(() => lobby.invites.find(id));
  if (actor.key === null || row?.byKey !== actor.key) lobby.moderation.require(actor, null, 'ban');
  if (!lobby.storage(() => lobby.invites.revoke(id))) {
    throw new VoiptermError('control.not-found', `There is no open invitation ${id}.`);
  }
  lobby.moderation.audit(actor, 'uninvite', row?.room ?? null, id, '');
  return {};
}

/** What an invitation gives to a key that is in already. */
function redeem(lobby: Lobby, actor: Actor, token: string): Answer<'invite.redeem'> {
  const { key } = actor;
  if (key === null) throw new VoiptermError('control.forbidden', 'The operator needs no invitation.');
  const { invites, roles, moderation, guard } = lobby;
  if (!invites.knows(token, key, Date.now())) {
    throw new VoiptermError(
      'control.auth-refused',
      'This station knows no such invitation: ask for a new one.',
    );
  }
  const row = lobby.storage(() =>
    invites.redeem(token, key, Date.now(), ({ room, role }) => {
      if (room !== null) roles.setInRoom(key, room, atLeast(roles.inRoom(key, room), role));
    }),
  );
  moderation.audit(actor, 'redeem', row.room, row.id, row.role);
  if (row.room !== null) guard.voices(row.room);
  return { room: row.room, role: row.role };
}

function audit(lobby: Lobby, actor: Actor, ask: Ask<'audit.list'>): Answer<'audit.list'> {
  const { room, before = Number.MAX_SAFE_INTEGER, limit } = ask;
  lobby.moderation.require(actor, room, 'audit');
  const { people } = lobby.options.store;
  const found = lobby.storage(() => people.audits({ room, before, limit: limit + 1 }));
  return { entries: found.slice(0, limit), more: found.length > limit };
}
