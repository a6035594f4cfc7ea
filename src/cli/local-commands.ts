/** The commands that go to no station of others: their options and help. Each one's work is loaded when it is to be done. */
import { Argument, type Command, Option } from 'commander';
import {
  ATTACH_HELP,
  DEMO_HELP,
  DEVICES_HELP,
  END_HELP,
  KEYGEN_HELP,
  LAB_PROXY_HELP,
  PTT_HELP,
  SERVE_HELP,
} from './help.ts';
import { client, common, count, repeated, seconds, seed } from './options.ts';
import { REMOTE_WORDS } from './remote-words.ts';
import { loaded, subcommand } from './subcommand.ts';

export function addServe(program: Command): void {
  const command = subcommand(program, 'serve')
    .summary('run a station')
    .description('Run a station: the place where people meet, for text and voice.')
    .option(
      '--listen <addr:port>',
      'TCP and UDP address and port; :0 picks a free one (default: 127.0.0.1:2222)',
    )
    .option(
      '--listen-tls <addr:port>',
      'a further TCP address that takes SSH inside TLS, such as 0.0.0.0:443',
    )
    .option('--tls-cert <file>', 'its certificate, PEM (default: one that the station makes)')
    .option('--tls-key <file>', 'key of that certificate, PEM')
    .option('--data <dir>', "directory of the station's host key and messages")
    .option(
      '--authorized-keys <file>',
      'public keys that may enter (default: authorized_keys in that directory)',
    )
    .addOption(repeated('--udp-port <port>', 'a further UDP port, such as 443; repeatable, best first'))
    .option('--open', 'let any key in; a name belongs to the first key that took it')
    .addOption(repeated('--owner <key>', 'who may do everything, as SHA256:... or a public key; repeatable'))
    .option('--public-name <host[:port]>', 'what the outside calls it, for invitations')
    .addOption(
      repeated(
        '--allow-forward <host:port[/udp]>',
        'what members may reach through it; patterns, repeatable',
      ),
    )
    .addOption(
      repeated(
        '--allow-listen <[bind:]port[/udp]>',
        'where members may have it listen; patterns, repeatable',
      ),
    )
    .addOption(new Option('--idle-exit <seconds>', 'stop after so long without members').argParser(seconds));
  common(command)
    .addHelpText('after', SERVE_HELP)
    .action(loaded(async () => (await import('./serve.ts')).serve));
}

export function addDevices(program: Command): void {
  const command = subcommand(program, 'devices')
    .summary('list the microphones and speakers that can be chosen')
    .description('List the microphones and speakers that can be chosen.')
    .option('--json', 'print JSON: one object with inputs and outputs');
  common(command)
    .addHelpText('after', DEVICES_HELP)
    .action(loaded(async () => (await import('./devices.ts')).devices));
}

export function addPtt(program: Command): void {
  const command = which(
    subcommand(program, 'ptt')
      .summary('press the talk key of a running voipterm, from a pedal or a shortcut')
      .description('Press the talk key of a running voipterm, from a pedal or a shortcut of the desktop.')
      .addArgument(new Argument('<word>', 'what to do').choices(REMOTE_WORDS)),
  ).option('--json', 'print what is so afterwards as a line of JSON');
  common(command)
    .addHelpText('after', PTT_HELP)
    .action(loaded(async () => (await import('./ptt.ts')).ptt));
}

export function addAttach(program: Command): void {
  const command = which(
    subcommand(program, 'attach')
      .summary('show a voipterm that runs in the background')
      .description(
        'Show a voipterm that runs in the background ("voipterm --detach"), until you leave the screen.',
      ),
  )
    .option('--plain', 'no screen: a line for each event')
    .option('--list', 'list all that run on this machine, and show none')
    .option('--json', 'the list as lines of JSON');
  common(command)
    .addHelpText('after', ATTACH_HELP)
    .action(loaded(async () => (await import('./attach.ts')).attach));
}

export function addEnd(program: Command): void {
  const command = which(
    subcommand(program, 'end')
      .summary('end a voipterm that runs in the background')
      .description('End a voipterm that runs in the background.'),
  );
  common(command)
    .addHelpText('after', END_HELP)
    .action(loaded(async () => (await import('./attach.ts')).end));
}

/** Which client is meant. */
function which(command: Command): Command {
  return command
    .addOption(new Option('--pid <number>', 'which one, by its process').argParser(count))
    .option('--target <target>', 'which one, by the station that it is at (default: the one started last)');
}

export function addDemo(program: Command): void {
  const command = subcommand(program, 'demo')
    .summary('try everything on this machine: a station, two callers, speech and texts')
    .description(
      'Try everything on this machine: a station and two callers, real speech and a few texts both ways, and a table of what was sent and what arrived.',
    )
    .option('--input <file>', 'WAV file to speak instead of the bundled sample')
    .option('--output <file>', 'write what was heard to a WAV file')
    .option('--json', 'print JSON instead of a table');
  common(command)
    .addHelpText('after', DEMO_HELP)
    .action(loaded(async () => (await import('./demo.ts')).demo));
}

export function addKeygen(program: Command): void {
  const command = subcommand(program, 'keygen')
    .summary("make your key if there is none, and print its line for a station's authorized_keys")
    .description("Make your key if there is none, and print its line for a station's authorized_keys.");
  client(command)
    .addHelpText('after', KEYGEN_HELP)
    .action(loaded(async () => (await import('./keygen.ts')).keygen));
}

export function addLab(program: Command): void {
  const lab = subcommand(program, 'lab')
    .helpCommand(false)
    .summary('tools to try programs on a bad network')
    .description('Tools to try programs on a bad network.');
  const proxy = subcommand(lab, 'proxy')
    .description('A bad network between clients and a target, for UDP and TCP.')
    .requiredOption('--listen <addr:port>', 'where clients come in; :0 picks a free port')
    .requiredOption('--target <addr:port>', 'where it leads')
    .option('--udp', 'carry UDP')
    .option('--tcp', 'carry TCP')
    .option('--both', 'carry both on one port number, as without any of these three')
    .addOption(new Option('--seed <number>', 'of all that is left to chance').argParser(seed).default(1))
    .option('--up <impairments>', 'what happens from clients to the target', '')
    .option('--down <impairments>', 'what happens from the target to clients', '');
  proxy.addHelpText('after', LAB_PROXY_HELP).action(loaded(async () => (await import('./lab.ts')).labProxy));
}
