/** What a running station does for its operator, who is an owner everywhere. */
import { VoiptermError } from '../errors.ts';
import { parseAuthorizedKeys } from '../store/authorized-keys.ts';
import type { PersonRow } from '../store/station-people.ts';
import type { AdminAnswer, AdminAsk, AdminHandlers } from './admin-schema.ts';
import type { Lobby } from './lobby.ts';
import { OPERATOR } from './moderation.ts';
import { moderationHandlers } from './moderation-handlers.ts';
import { NOBODY } from './roles.ts';
import type { Station } from './station.ts';
import { personOf } from './targets.ts';

export interface AdminOptions {
  /** Reads the configuration anew and applies what can be applied. */
  readonly reload: () => AdminAnswer<'station.reload'>;
  /** Ms, any monotonic clock. */
  readonly startedAt: number;
}

export function adminHandlers(station: Station, { reload, startedAt }: AdminOptions): AdminHandlers {
  const { lobby } = station;
  return {
    ...moderationHandlers(lobby, () => OPERATOR),
    'station.status': () => ({
      name: lobby.options.name,
      pid: process.pid,
      host: station.address.host,
      port: station.address.port,
      fingerprint: station.address.fingerprint,
      members: station.memberCount,
      uptimeS: Math.round((performance.now() - startedAt) / 1000),
      publicName: lobby.options.publicAddress ?? null,
    }),
    'station.users': () => ({ users: users(lobby) }),
    'station.rooms': () => ({ rooms: rooms(lobby) }),
    'station.reload': () => reload(),
    'keys.list': () => ({ keys: keys(lobby) }),
    'keys.import': (ask) => importKeys(lobby, ask),
    'keys.remove': ({ who }) => removeKey(lobby, who),
  };
}

function users(lobby: Lobby): AdminAnswer<'station.users'>['users'] {
  return lobby.seats().map(({ id, fingerprint, address }) => ({
    name: lobby.rooms.nameOf(id) ?? '',
    key: fingerprint,
    role: lobby.roles.atStation(fingerprint),
    address,
    rooms: lobby.rooms.roomsOf(id),
    voice: lobby.rooms.voiceRoomOf(id),
  }));
}

function rooms(lobby: Lobby): AdminAnswer<'station.rooms'>['rooms'] {
  const { store, standingRooms } = lobby.options;
  const inUse = lobby.rooms.list().map(({ room }) => room);
  const stored = lobby.storage(() => store.rooms());
  const all = [...new Set([...inUse, ...standingRooms, ...stored, ...lobby.roles.ruled()])].sort();
  return all.map((room) => {
    const { private: isPrivate, slowS, maxMembers } = lobby.roles.rulesOf(room);
    const messages = lobby.storage(() => store.lastSeq(room));
    return { room, members: lobby.rooms.idsIn(room).length, messages, private: isPrivate, slowS, maxMembers };
  });
}

function keys(lobby: Lobby): AdminAnswer<'keys.list'>['keys'] {
  const { store } = lobby.options;
  return lobby.storage(() =>
    lobby.roles.admitted().map(({ fingerprint, comment, via, at }) => ({
      key: fingerprint,
      name: store.namesOf(fingerprint).at(-1) ?? null,
      role: lobby.roles.atStation(fingerprint),
      comment,
      via,
      at,
    })),
  );
}

function importKeys(lobby: Lobby, { text, role }: AdminAsk<'keys.import'>): AdminAnswer<'keys.import'> {
  const { keys: found, warnings, limited } = parseAuthorizedKeys(text);
  const at = Date.now();
  const rows = [...found]
    .filter(([key]) => !lobby.roles.isAdmitted(key) && !limited.has(key))
    .map(([fingerprint, comment]): PersonRow => {
      const before = lobby.roles.personOf(fingerprint) ?? { ...NOBODY, fingerprint, role };
      return { ...before, admitted: 1, comment: comment.slice(0, 128), via: 'import', at };
    });
  lobby.storage(() => lobby.roles.savePeople(rows));
  lobby.moderation.audit(OPERATOR, 'import', null, `${rows.length} keys`, role);
  const kept = [...limited].map(
    (key) => `${key} is not imported: its options limit it, which only the authorized_keys file can say`,
  );
  return {
    added: rows.length,
    known: found.size - rows.length - limited.size,
    warnings: [...warnings, ...kept],
  };
}

function removeKey(lobby: Lobby, who: string): AdminAnswer<'keys.remove'> {
  const { key, name } = lobby.storage(() => personOf(lobby.options.store, who));
  if (!lobby.roles.isAdmitted(key)) {
    throw new VoiptermError(
      'control.not-found',
      `${who} was neither imported nor invited: if the key is in authorized_keys, remove its line there.`,
    );
  }
  lobby.storage(() => lobby.roles.forget(key));
  const text = 'Your key was removed from this station.';
  const connections = lobby.moderation.sendAway((theirs) => theirs === key, text);
  lobby.moderation.audit(OPERATOR, 'remove', null, name ?? key, '');
  return { key, connections };
}
