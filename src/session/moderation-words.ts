/** What moderators did and what rooms are like, in words for a notice. Pure. */
import type { Answer, Measure, RoomSettings, StationNotification } from '../net/control/schema.ts';
import { withArticle } from '../net/control/roles.ts';
import { durationWords } from './durations.ts';

type Moderated = Extract<StationNotification, { method: 'room.moderated' }>['params'];

/** "2026-11-22 10:00 UTC", or "for good". */
export function untilWords(until: number | null): string {
  return until === null ? 'for good' : `until ${timeWords(until)} UTC`;
}

export function timeWords(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

/** "#lobby", or "the station". */
export function whereWords(room: string | null): string {
  return room === null ? 'the station' : `#${room}`;
}

/** One sentence about what was done, for those who are there. */
export function moderatedWords({
  room,
  what,
  by,
  name,
  key,
  role,
  until,
  reason,
  settings,
}: Moderated): string {
  const whom = name === undefined ? (key ?? 'an address') : `@${name}`;
  const why = reason === undefined || reason === '' ? '' : `: ${reason}`;
  const where = whereWords(room);
  switch (what) {
    case 'kicked':
      return `${whom} was kicked out of ${where} by ${by}${why}`;
    case 'banned':
      return `${whom} was banned from ${where} ${untilWords(until ?? null)} by ${by}${why}`;
    case 'unbanned':
      return `${whom} may come to ${where} again, says ${by}`;
    case 'silenced':
      return `${whom} was silenced in ${where} ${untilWords(until ?? null)} by ${by}${why}`;
    case 'heard':
      return `${whom} may speak and write in ${where} again, says ${by}`;
    case 'role':
      return `${whom} is ${role == null ? 'without a role of its own' : `${role} of`} ${role == null ? 'in ' : ''}${where} now, by ${by}`;
    case 'settings':
      return `the rules of ${where} were changed by ${by}${settings ? ` (${settingsWords(settings)})` : ''}`;
  }
}

/** "open, no slow mode": what a newcomer should know. */
export function settingsWords({ private: hidden, slowS, maxMembers, post, speak }: RoomSettings): string {
  return [
    hidden ? 'private' : 'open',
    slowS === 0 ? 'no slow mode' : `a message every ${durationWords(slowS)}`,
    ...(maxMembers === null ? [] : [`at most ${maxMembers} members`]),
    ...(post === 'guest' ? [] : [`${post}s and above write`]),
    ...(speak === 'guest' ? [] : [`${speak}s and above speak`]),
  ].join(', ');
}

/** All rules of a room and who has a role there, a line each. */
export function roomLines(info: Answer<'room.info'>): string[] {
  const { room, role, read, post, speak, topic, invite, roles } = info;
  const rules = Object.entries({ read, post, speak, topic, invite }).map(
    ([what, least]) => `${what}: ${least}`,
  );
  const holders = roles.map((each) => `${each.role} ${each.name === null ? each.key : `@${each.name}`}`);
  return [
    `#${room}: ${settingsWords(info)}; you are ${withArticle(role)} there`,
    `least role to ${rules.join(', ')}`,
    ...(holders.length === 0 ? [] : [`with a role of their own: ${holders.join(', ')}`]),
  ];
}

export function measureLine(what: string, { room, name, key, address, until, by, reason }: Measure): string {
  const whom = name === null ? (key ?? address ?? '?') : `@${name}`;
  return `${what} ${whom}${room === null ? '' : ` in #${room}`} ${untilWords(until)}, by ${by}${reason === '' ? '' : `: ${reason}`}`;
}
