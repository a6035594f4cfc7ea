/** `voipterm station kick|ban|unban|role|room`: what an operator does about people and rooms. */
import { VoiptermError } from '../errors.ts';
import { type Role, role } from '../net/control/roles.ts';
import type { AdminAnswer } from '../station/admin-schema.ts';
import { asker, roomOf, type StationCommandOptions, secondsOf, show } from './station-asking.ts';
import { table, when } from './table.ts';

export interface MeasureOptions extends StationCommandOptions {
  readonly for?: string;
  readonly reason?: string;
  readonly address?: boolean;
}

export interface RoomOptions extends StationCommandOptions {
  readonly private?: 'on' | 'off';
  readonly slow?: string;
  readonly max?: number;
  readonly read?: Role;
  readonly post?: Role;
  readonly speak?: Role;
  readonly topic?: Role;
  readonly invite?: Role;
}

export async function stationKick(who: string, options: MeasureOptions): Promise<void> {
  const room = roomOf(options);
  const { reason } = options;
  const answer = await asker(options)('moderate.kick', { room, who, ...(reason ? { reason } : {}) });
  await show(options, answer, () => [`${answer.name} was kicked (${answer.connections} connections).`]);
}

export async function stationBan(who: string, options: MeasureOptions): Promise<void> {
  const { reason, address } = options;
  const answer = await asker(options)('moderate.ban', {
    room: roomOf(options),
    who,
    ...(options.for === undefined ? {} : { seconds: secondsOf(options.for, '--for') }),
    ...(reason ? { reason } : {}),
    ...(address ? { address } : {}),
  });
  await show(options, answer, () => [
    `${who} is banned ${answer.until === null ? 'for good' : `until ${when(answer.until)} UTC`} (${answer.connections} connections ended).`,
  ]);
}

export async function stationUnban(who: string, options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('moderate.unban', { room: roomOf(options), who });
  await show(options, answer, () => [`${who} may come again.`]);
}

export async function stationRole(who: string, to: string, options: StationCommandOptions): Promise<void> {
  const gives = to === 'none' ? null : role.safeParse(to).data;
  if (gives === undefined) {
    throw new VoiptermError(
      'usage.invalid',
      'a role is owner, moderator, member, guest, or none for the usual one',
    );
  }
  const answer = await asker(options)('moderate.role', { room: roomOf(options), who, role: gives });
  await show(options, answer, () => [`${who} is ${answer.role ?? 'without a role of its own'} now.`]);
}

/** Without a change it shows the room's rules. */
export async function stationRoom(name: string, options: RoomOptions): Promise<void> {
  const ask = asker(options);
  const room = roomOf({ room: name }) ?? name;
  const { private: hidden, slow, max, read, post, speak, topic, invite } = options;
  const rules = Object.entries({ read, post, speak, topic, invite }).filter(
    ([, value]) => value !== undefined,
  );
  const change = {
    ...Object.fromEntries(rules),
    ...(hidden === undefined ? {} : { private: hidden === 'on' }),
    ...(slow === undefined ? {} : { slowS: slow === 'off' ? 0 : secondsOf(slow, '--slow') }),
    ...(max === undefined ? {} : { maxMembers: max === 0 ? null : max }),
  };
  if (Object.keys(change).length > 0) await ask('room.configure', { room, change });
  const info = await ask('room.info', { room });
  await show(options, info, () => roomLines(info));
}

function roomLines(info: AdminAnswer<'room.info'>): string[] {
  const { room, slowS, maxMembers, read, post, speak, topic, invite, roles } = info;
  const rules = Object.entries({ read, post, speak, topic, invite }).map(([what, least]) => [
    what,
    `${least}s and above`,
  ]);
  return [
    ...table(
      [`#${room}`, ''],
      [
        ['private', info.private ? 'yes' : 'no'],
        ['slow mode', slowS === 0 ? 'off' : `${slowS} s`],
        ['most members', maxMembers === null ? '-' : String(maxMembers)],
        ...rules,
      ],
    ),
    ...(roles.length === 0
      ? []
      : table(
          ['ROLE', 'NAME', 'KEY'],
          roles.map((row) => [row.role, row.name ?? '-', row.key]),
        )),
  ];
}
