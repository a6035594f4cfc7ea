/**
 * Between the proof of a key and a seat: who is banned is told so, and who comes with an invitation is admitted by it. Until
 * then a connection may do nothing but say hello.
 */
import { VoiptermError } from '../errors.ts';
import type { InviteRow } from '../store/station-invites.ts';
import type { Lobby } from './lobby.ts';
import { atLeast } from './moderation.ts';
import { bannedWords } from './moderation-words.ts';
import { NOBODY } from './roles.ts';

/** Who stands there. */
export interface Arrival {
  readonly fingerprint: string;
  /** '' if that is not known. */
  readonly address?: string;
  /** Token of an invitation. */
  readonly invite?: string | undefined;
  /** False for a key that only an invitation can admit. */
  readonly admitted?: boolean;
  /** "ssh-ed25519 AAAA...", to be shown in lists. */
  readonly key?: string;
}

/** The ban that keeps somebody out of the station. Owners may come from anywhere, else one would lock oneself out. */
export function banOf(
  lobby: Lobby,
  key: string,
  address: string | undefined,
): ReturnType<Lobby['bans']['banOf']> {
  const from = lobby.roles.atStation(key) === 'owner' ? undefined : address;
  return lobby.bans.banOf({ key, address: from }, null, Date.now());
}

/** Before a name is taken. Throws 'control.banned' or 'control.auth-refused' with the reason. */
export function checkIn(lobby: Lobby, { fingerprint, address, invite, admitted = true }: Arrival): void {
  const ban = banOf(lobby, fingerprint, address);
  if (ban) {
    lobby.options.counters.banned += 1;
    throw new VoiptermError('control.banned', bannedWords(null, ban.until, ban.reason));
  }
  if (admitted) return;
  if (invite === undefined) {
    throw new VoiptermError('control.auth-refused', 'This station does not admit your key.');
  }
  lobby.storage(() => lobby.invites.usable(invite, fingerprint, Date.now()));
}

/** What an invitation gives: the station to a key that is not in, and a role in its room. Throws 'control.auth-refused'. */
export function letIn(lobby: Lobby, arrival: Arrival, name: string): void {
  const { fingerprint, invite, admitted = true } = arrival;
  if (invite === undefined) return;
  if (admitted && !gains(lobby, fingerprint, invite)) return;
  const row = redeem(lobby, arrival, invite, name);
  lobby.moderation.audit({ name, key: fingerprint }, 'redeem', row.room, row.id, `${row.role}, by ${row.by}`);
}

function redeem(lobby: Lobby, arrival: Arrival, token: string, name: string): InviteRow {
  const { roles, invites } = lobby;
  const { fingerprint: key, admitted = true } = arrival;
  const now = Date.now();
  const give = ({ id, room, role }: InviteRow): void => {
    if (!admitted) {
      const before = roles.personOf(key) ?? { ...NOBODY, fingerprint: key, role, at: now };
      roles.savePeople([{ ...before, admitted: 1, key: arrival.key ?? '', comment: name, via: id }]);
    }
    if (room !== null) roles.setInRoom(key, room, atLeast(roles.inRoom(key, room), role));
  };
  return lobby.storage(() => {
    try {
      return invites.redeem(token, key, now, give);
    } catch (error) {
      roles.reload(); // what was given in memory is not on disk
      throw error;
    }
  });
}

/** Whether a key that is in already would get something: one that comes by the same line again uses nothing up. */
function gains(lobby: Lobby, key: string, token: string): boolean {
  const { invites, roles } = lobby;
  try {
    const { room, role } = lobby.storage(() => invites.usable(token, key, Date.now()));
    if (room === null) return false;
    const has = roles.inRoom(key, room);
    return has === null || atLeast(has, role) !== has;
  } catch (error) {
    if (error instanceof VoiptermError && error.code === 'control.auth-refused') return false;
    throw error;
  }
}
