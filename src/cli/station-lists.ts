/** `voipterm station status|users|rooms|bans|invites|audit|reload`: what a running station says of itself. */
import { asker, placeOf, roomOf, type StationCommandOptions, show } from './station-asking.ts';
import { table, until, when } from './table.ts';

export interface AuditOptions extends StationCommandOptions {
  readonly limit?: number;
}

const AUDIT_ENTRIES = 50;

export async function stationStatus(options: StationCommandOptions): Promise<void> {
  const status = await asker(options)('station.status', {});
  const { name, pid, host, port, fingerprint, members, uptimeS, publicName } = status;
  await show(options, status, () =>
    table(
      ['NAME', 'PID', 'LISTENS ON', 'OUTSIDE', 'MEMBERS', 'UP (S)', 'HOST KEY'],
      [
        [
          name,
          String(pid),
          `${host}:${port}`,
          publicName ? `${publicName.host}:${publicName.port}` : '-',
          String(members),
          String(uptimeS),
          fingerprint,
        ],
      ],
    ),
  );
}

export async function stationUsers(options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('station.users', {});
  await show(options, answer, () =>
    table(
      ['NAME', 'ROLE', 'FROM', 'VOICE', 'ROOMS', 'KEY'],
      answer.users.map(({ name, role: is, address, voice, rooms, key }) => [
        name,
        is,
        address || '-',
        voice === null ? '-' : `#${voice}`,
        rooms.map((room) => `#${room}`).join(' ') || '-',
        key,
      ]),
    ),
  );
}

export async function stationRooms(options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('station.rooms', {});
  await show(options, answer, () =>
    table(
      ['ROOM', 'MEMBERS', 'MESSAGES', 'PRIVATE', 'SLOW (S)', 'MOST'],
      answer.rooms.map(({ room, members, messages, private: hidden, slowS, maxMembers }) => [
        `#${room}`,
        String(members),
        String(messages),
        hidden ? 'yes' : 'no',
        slowS === 0 ? '-' : String(slowS),
        maxMembers === null ? '-' : String(maxMembers),
      ]),
    ),
  );
}

export async function stationBans(options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('moderate.list', { room: roomOf(options) });
  const rows = [
    ...answer.bans.map((row) => ({ ...row, what: 'ban' })),
    ...answer.silences.map((row) => ({ ...row, what: 'silence' })),
  ];
  await show(options, answer, () =>
    table(
      ['WHAT', 'WHERE', 'WHO', 'KEY OR ADDRESS', 'UNTIL (UTC)', 'BY', 'REASON'],
      rows.map(({ what, room, name, key, address, until: end, by, reason }) => [
        what,
        placeOf(room),
        name ?? '-',
        key ?? address ?? '-',
        until(end),
        by,
        reason,
      ]),
    ),
  );
}

export async function stationInvites(options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('invite.list', {});
  await show(options, answer, () =>
    table(
      ['ID', 'STATE', 'WHERE', 'ROLE', 'LEFT', 'EXPIRES (UTC)', 'BY'],
      answer.invites.map(({ id, state, room, role: gives, left, uses, expires, by }) => [
        id,
        state,
        placeOf(room),
        gives,
        `${left}/${uses}`,
        expires === null ? 'never' : when(expires),
        by,
      ]),
    ),
  );
}

export async function stationAudit(options: AuditOptions): Promise<void> {
  const limit = options.limit ?? AUDIT_ENTRIES;
  const answer = await asker(options)('audit.list', { room: roomOf(options), limit });
  await show(options, answer, () =>
    table(
      ['WHEN (UTC)', 'BY', 'DID', 'WHERE', 'TO', 'DETAIL'],
      answer.entries.map(({ at, by, action, room, target, detail }) => [
        when(at),
        by,
        action,
        placeOf(room),
        target,
        detail,
      ]),
    ),
  );
}

export async function stationReload(options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('station.reload', {});
  await show(options, answer, () => [
    answer.changed.length === 0
      ? 'Nothing changed that counts now.'
      : `Counts now: ${answer.changed.join(', ')}`,
    ...(answer.later.length === 0 ? [] : [`Counts after a restart: ${answer.later.join(', ')}`]),
  ]);
}
