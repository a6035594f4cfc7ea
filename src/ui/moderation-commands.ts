/** The slash commands of moderators and of whoever invites. Pure: text in, what to do out. */
import { parseDuration } from '../session/durations.ts';
import type { ModerationCommand } from '../session/moderation-commands.ts';
import type { CommandContext, CommandRow, Entered } from './commands.ts';
import { does, words, wrong } from './entered.ts';

const ROLES = ['owner', 'moderator', 'member', 'guest'] as const;
type Role = (typeof ROLES)[number];
/** How long an invitation is good unless told otherwise, s. */
const INVITE_S = 7 * 86_400;

interface Said {
  /** Null for the station as a whole. */
  readonly room: string | null;
  readonly who: string;
  readonly seconds: number | null;
  readonly reason: string;
}

/** "[station] @NAME [DURATION] [REASON]": about the room shown unless the station is named. Undefined if nobody is. */
function said(argument: string, { current }: CommandContext, timed: boolean): Said | undefined {
  const all = words(argument);
  const atStation = all[0] === 'station';
  if (atStation) all.shift();
  const who = all.shift();
  if (who === undefined || (!atStation && !isRoom(current))) return undefined;
  const seconds = timed ? parseDuration(all[0] ?? '') : undefined;
  if (seconds !== undefined) all.shift();
  return { room: atStation ? null : current, who, seconds: seconds ?? null, reason: all.join(' ') };
}

function isRoom(place: string | null): place is string {
  return place !== null && !place.startsWith('@');
}

function measure(
  usage: string,
  timed: boolean,
  make: (said: Said) => ModerationCommand | undefined,
): CommandRow['run'] {
  return (argument, context) => {
    const found = said(argument, context, timed);
    const command = found && make(found);
    return command ? does(command) : wrong(`Whom? Write ${usage}, in a room`);
  };
}

function ban(argument: string, context: CommandContext): Entered {
  const address = /(^|\s)\+address(?=\s|$)/.test(argument);
  const found = said(argument.replace(/(^|\s)\+address(?=\s|$)/, ' '), context, true);
  if (!found) return wrong('Whom? Write /ban [station] @NAME [2h|7d] [REASON], in a room');
  if (address && found.room !== null)
    return wrong('Addresses are banned from the station: /ban station @NAME +address');
  return does({ do: 'ban', ...found, address });
}

function silence(on: boolean): CommandRow['run'] {
  const usage = on ? '/silence @NAME [10m] [REASON]' : '/unsilence @NAME';
  return measure(usage, on, ({ room, who, seconds, reason }) =>
    room === null ? undefined : { do: 'silence', room, who, on, seconds, reason },
  );
}

/** "@NAME [ROLE] [station]". */
function op(argument: string, { current }: CommandContext): Entered {
  const all = words(argument);
  const atStation = all.at(-1) === 'station';
  if (atStation) all.pop();
  const [who, to = 'moderator', ...rest] = all;
  const role = to === 'none' ? null : ROLES.find((each) => each === to);
  const room = atStation ? null : current;
  if (
    who === undefined ||
    role === undefined ||
    rest.length > 0 ||
    (room !== null && !isRoom(room)) ||
    (room === null && !atStation)
  ) {
    return wrong('Whom? Write /op @NAME [owner|moderator|member|guest|none] [station], in a room');
  }
  return does({ do: 'role', room, who, role });
}

function deop(argument: string, context: CommandContext): Entered {
  const [who, place] = words(argument);
  if (who === undefined) return wrong('Whom? Write /deop @NAME [station], in a room');
  return op(`${who} none ${place ?? ''}`, context);
}

/** "[station] [ROLE] [USES] [for DURATION]", or "@NAME" for somebody who is at the station already. */
function invite(argument: string, { current }: CommandContext): Entered {
  const all = words(argument.toLowerCase());
  const first = words(argument)[0];
  if (first?.startsWith('@')) {
    if (!isRoom(current)) return wrong('Into which room? Go there first, then write /invite @NAME');
    return does({ do: 'role', room: current, who: first, role: 'member' });
  }
  let offer: Offer = {
    room: isRoom(current) ? current : null,
    uses: 1,
    seconds: INVITE_S,
    role: 'member',
  };
  for (const word of all) {
    const change = offerChange(word);
    if (!change) return wrong('Write /invite, /invite 5x 2d guest, /invite station, or /invite @NAME');
    offer = { ...offer, ...change };
  }
  return does({ do: 'invite', ...offer });
}

type Offer = Omit<Extract<ModerationCommand, { do: 'invite' }>, 'do'>;

/** What a word of /invite says. */
function offerChange(word: string): Partial<Offer> | undefined {
  if (word === 'for') return {};
  if (word === 'station') return { room: null };
  if (word === 'guest' || word === 'member') return { role: word };
  if (/^[0-9]{1,4}x?$/.test(word)) return { uses: Number.parseInt(word, 10) };
  const seconds = parseDuration(word);
  return seconds === undefined ? undefined : { seconds };
}

function uninvite(argument: string): Entered {
  const [id, ...rest] = words(argument.toLowerCase());
  if (id === undefined || rest.length > 0) return wrong('Which? /invites lists them; write /uninvite ID');
  return does({ do: 'uninvite', id });
}

const LEAST = ['read', 'post', 'speak', 'topic', 'invite'] as const;
const ROOM_USAGE =
  'Write /room, /room private on, /room slow 30s, /room max 20, or /room read|post|speak|topic|invite owner|moderator|member|guest';

/** "[KEY VALUE]". */
function room(argument: string, { current }: CommandContext): Entered {
  if (!isRoom(current)) return wrong('Which room? Go there first');
  const [key, value, ...rest] = words(argument.toLowerCase());
  if (key === undefined) return does({ do: 'room-rules', room: current, change: {} });
  const change = rest.length === 0 && value !== undefined ? changeOf(key, value) : undefined;
  return change ? does({ do: 'room-rules', room: current, change }) : wrong(ROOM_USAGE);
}

function changeOf(
  key: string,
  value: string,
): Extract<ModerationCommand, { do: 'room-rules' }>['change'] | undefined {
  const role = ROLES.find((each): each is Role => each === value);
  const least = LEAST.find((each) => each === key);
  if (least) return role && { [least]: role };
  if (key === 'private' && (value === 'on' || value === 'off')) return { private: value === 'on' };
  if (key === 'max' && /^[0-9]{1,3}$/.test(value)) return { maxMembers: Number(value) || null };
  const seconds = value === 'off' ? 0 : parseDuration(value);
  return key === 'slow' && seconds !== undefined ? { slowS: seconds } : undefined;
}

/** About the room shown, or the station. */
function about(make: (room: string | null) => ModerationCommand): CommandRow['run'] {
  return (argument, { current }) => {
    if (argument !== '' && argument !== 'station')
      return wrong('Write it alone for this room, or with "station"');
    return does(make(argument === 'station' || !isRoom(current) ? null : current));
  };
}

export const MODERATION_COMMANDS: readonly CommandRow[] = [
  {
    name: 'invite',
    usage: '[station] [5x] [2d] [guest], @NAME',
    help: 'make a line that lets a friend in, or let somebody who is here into this private room',
    completes: ['member'],
    run: invite,
  },
  { name: 'invites', usage: '', help: 'list invitations', run: () => does({ do: 'invites' }) },
  { name: 'uninvite', usage: 'ID', help: 'withdraw an invitation', run: uninvite },
  {
    name: 'kick',
    usage: '[station] @NAME [REASON]',
    help: 'put somebody out of this room, or off the station; they may come back',
    completes: ['member'],
    run: measure('/kick [station] @NAME [REASON]', false, ({ room: where, who, reason }) => ({
      do: 'kick',
      room: where,
      who,
      reason,
    })),
  },
  {
    name: 'ban',
    usage: '[station] @NAME [2h] [REASON] [+address]',
    help: 'keep a key out of this room or off the station; there also an address, and their addresses now',
    completes: ['member'],
    run: ban,
  },
  {
    name: 'unban',
    usage: '[station] @NAME',
    help: 'lift a ban',
    completes: ['member'],
    run: measure('/unban [station] @NAME', false, ({ room: where, who }) => ({
      do: 'unban',
      room: where,
      who,
    })),
  },
  {
    name: 'bans',
    usage: '[station]',
    help: 'list bans and silences',
    run: about((where) => ({ do: 'bans', room: where })),
  },
  {
    name: 'silence',
    usage: '@NAME [10m] [REASON]',
    help: 'nobody in this room hears or reads somebody (/mute @NAME is for your own ears only)',
    completes: ['member'],
    run: silence(true),
  },
  {
    name: 'unsilence',
    usage: '@NAME',
    help: 'let somebody speak and write in this room again',
    completes: ['member'],
    run: silence(false),
  },
  {
    name: 'op',
    usage: '@NAME [ROLE] [station]',
    help: 'give a role in this room or at the station: owner, moderator (as without one), member, guest',
    completes: ['member'],
    run: op,
  },
  {
    name: 'deop',
    usage: '@NAME [station]',
    help: 'take a role away',
    completes: ['member'],
    run: deop,
  },
  {
    name: 'room',
    usage: '[private on|off], [slow 30s|off], [max N], [read|post|speak|topic|invite ROLE]',
    help: "show this room's rules, or change one",
    run: room,
  },
  {
    name: 'audit',
    usage: '[station]',
    help: 'list what moderators did',
    run: about((where) => ({ do: 'audit', room: where })),
  },
  {
    name: 'trust',
    usage: '@NAME',
    help: 'after an alarm: take the key that somebody has now for theirs',
    completes: ['member'],
    run: (argument) => {
      const [name, ...rest] = words(argument);
      if (name === undefined || rest.length > 0) return wrong('Whom? Write /trust @NAME');
      return does({ do: 'trust', name });
    },
  },
];
