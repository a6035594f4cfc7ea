/** `voipterm station ...`: the commands for a station that runs on this machine, their options and help. */
import { Argument, type Command, Option } from 'commander';
import { ROLES } from '../net/control/roles.ts';
import { common, count } from './options.ts';
import { loaded, subcommand } from './subcommand.ts';

const STATION_HELP = `
It asks the station through its socket in its data directory, which only its user may do.

Exit status: 0 done, 1 the station says no, 2 command line, 3 no station runs there, 4 not allowed.

Examples:
  voipterm station invite --room lobby             a line to send to a friend
  voipterm station invite --uses 10 --expires 2d --host chat.example.org
  voipterm station users --json                    who is there
  voipterm station ban mallory --for 7d --reason spam --address
  voipterm station room plans --private on         only who is invited knows it
  voipterm station keys import ~/.ssh/authorized_keys`;

const INVITED_ROLES = ['guest', 'member'] as const;

export function addStation(program: Command): void {
  const station = subcommand(program, 'station')
    .helpCommand(false)
    .summary('ask a running station, invite to it, moderate it')
    .description('Ask a station that runs on this machine, invite people to it, and moderate it.')
    .addHelpText('after', STATION_HELP);
  addLists(station);
  addInvites(station);
  addMeasures(station);
  addRoom(station);
  addKeys(station);
}

function addLists(station: Command): void {
  const lists = () => import('./station-lists.ts');
  of(station, 'status', 'where it listens and who may reach it').action(
    loaded(async () => (await lists()).stationStatus),
  );
  of(station, 'users', 'who is connected, from where, in which rooms').action(
    loaded(async () => (await lists()).stationUsers),
  );
  of(station, 'rooms', 'its rooms and their rules').action(loaded(async () => (await lists()).stationRooms));
  of(station, 'bans', 'bans and silences in force')
    .option('--room <room>', 'only those of a room')
    .action(loaded(async () => (await lists()).stationBans));
  of(station, 'invites', 'invitations and how often they were used').action(
    loaded(async () => (await lists()).stationInvites),
  );
  of(station, 'audit', 'what moderators did, newest first')
    .option('--room <room>', 'only in a room')
    .addOption(new Option('--limit <number>', 'most entries, up to 256 (default: 50)').argParser(count))
    .action(loaded(async () => (await lists()).stationAudit));
  of(station, 'reload', 'read the configuration anew, as SIGHUP does').action(
    loaded(async () => (await lists()).stationReload),
  );
}

function addInvites(station: Command): void {
  const work = () => import('./station-invite.ts');
  of(station, 'invite', 'print a line that lets somebody in')
    .option('--room <room>', 'the room that it leads to; of a private one it opens the door')
    .addOption(new Option('--uses <number>', 'how many people may use it (default: 1)').argParser(count))
    .option('--expires <duration>', 'how long it is good: 90s, 30m, 2h, 7d, 2w (default: 7d)')
    .addOption(
      new Option('--role <role>', 'what it makes of a new key (default: member)').choices(INVITED_ROLES),
    )
    .option('--host <host[:port]>', 'what the outside calls the station (default: station.public_name)')
    .action(loaded(async () => (await work()).stationInvite));
  of(station, 'revoke', 'withdraw an invitation')
    .argument('<id>', 'as "voipterm station invites" lists it')
    .action(loaded(async () => (await work()).stationRevoke));
}

function addMeasures(station: Command): void {
  const work = () => import('./station-people.ts');
  const who = 'a name or a key (SHA256:...)';
  of(station, 'kick', 'end the connections of somebody, who may come back')
    .argument('<who>', who)
    .option('--room <room>', 'only out of a room')
    .option('--reason <text>', 'why; they are told')
    .action(loaded(async () => (await work()).stationKick));
  of(station, 'ban', 'keep a key or an address out')
    .argument('<who>', `${who}, an address or a prefix (203.0.113.0/24)`)
    .option('--room <room>', 'only out of a room')
    .option('--for <duration>', 'how long: 90s, 30m, 2h, 7d, 2w (default: for good)')
    .option('--reason <text>', 'why; they are told')
    .option('--address', 'the addresses that they come from now as well')
    .action(loaded(async () => (await work()).stationBan));
  of(station, 'unban', 'lift a ban')
    .argument('<who>', `${who}, or the address`)
    .option('--room <room>', 'the ban of a room')
    .action(loaded(async () => (await work()).stationUnban));
  of(station, 'role', 'give somebody a role')
    .argument('<who>', who)
    .addArgument(new Argument('<role>', 'none takes it away').choices([...ROLES, 'none']))
    .option('--room <room>', 'in a room only')
    .action(loaded(async () => (await work()).stationRole));
}

function addRoom(station: Command): void {
  const least = (what: string): Option =>
    new Option(`--${what} <role>`, `least role to ${what}`).choices(ROLES);
  of(station, 'room', "show a room's rules, or change them")
    .argument('<room>', 'its name')
    .addOption(
      new Option('--private <on|off>', 'only those with a role in it know it').choices(['on', 'off']),
    )
    .option('--slow <duration>', 'between two messages of one person; off for none')
    .addOption(new Option('--max <number>', 'most members; 0 for no bound of its own').argParser(count))
    .addOption(least('read'))
    .addOption(least('post'))
    .addOption(least('speak'))
    .addOption(least('topic'))
    .addOption(least('invite'))
    .action(loaded(async () => (await import('./station-people.ts')).stationRoom));
}

function addKeys(station: Command): void {
  const work = () => import('./station-keys.ts');
  const keys = subcommand(station, 'keys')
    .helpCommand(false)
    .summary('keys that are admitted besides authorized_keys')
    .description('Keys that are admitted besides the authorized_keys file.');
  of(keys, 'list', 'who was imported or invited').action(loaded(async () => (await work()).stationKeys));
  of(keys, 'import', 'admit the keys of an authorized_keys file')
    .argument('<file>', 'the file')
    .addOption(new Option('--role <role>', 'what they are (default: member)').choices(INVITED_ROLES))
    .action(loaded(async () => (await work()).stationKeysImport));
  of(keys, 'remove', 'forget a key and end its connections')
    .argument('<who>', 'a name or a key (SHA256:...)')
    .action(loaded(async () => (await work()).stationKeysRemove));
}

function of(parent: Command, name: string, help: string): Command {
  const described = `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
  const command = subcommand(parent, name)
    .summary(help)
    .description(described)
    .option('--data <dir>', 'directory of the station (default: the one of serve)')
    .option('--json', 'print JSON');
  return common(command);
}
