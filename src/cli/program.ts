/**
 * The command line: every command, its options and its help. Each command's work is in a file of its own, which is
 * loaded for that command only: the whole program takes a third of a second to load.
 */
import { Argument, Command, Option } from 'commander';
import type { DoctorOptions } from './doctor.ts';
import { escapeControls } from './escape.ts';
import {
  BRIDGE_HELP,
  DEMO_HELP,
  DEVICES_HELP,
  DOCTOR_HELP,
  FORWARD_HELP,
  HELP_HELP,
  KEYGEN_HELP,
  LAB_PROXY_HELP,
  PTT_HELP,
  SAY_HELP,
  SERVE_HELP,
  TAIL_HELP,
  TUI_HELP,
  VOICE_HELP,
} from './help.ts';
import { refuseExtraWords, refuseMistyped, unknownCommand } from './mistyped.ts';
import {
  channels,
  client,
  common,
  count,
  forwarding,
  payloadType,
  repeated,
  sampleRate,
  seconds,
  seed,
} from './options.ts';
import { REMOTE_WORDS } from './remote-words.ts';
import type { TuiOptions } from './tui.ts';

/** Longer lines are hard to read, however wide the terminal is. */
const MAX_HELP_COLUMNS = 100;
const TARGET = '[user@]host[:port][/room]';

/** Builds the parser anew, so that tests can have their own. It throws CommanderError instead of exiting. */
export function makeProgram(version: string): Command {
  const program = new Command('voipterm')
    .description(
      'Private text and voice rooms in a terminal, through an encrypted tunnel, with your SSH key as your identity.',
    )
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .helpOption('-h, --help', 'explain this command')
    .showSuggestionAfterError()
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      getOutHelpWidth: () => Math.min(MAX_HELP_COLUMNS, process.stdout.columns ?? MAX_HELP_COLUMNS),
    });
  addServe(program);
  addVoice(program);
  addDevices(program);
  addSay(program);
  addTail(program);
  addForward(program);
  addBridge(program);
  addPtt(program);
  addDemo(program);
  addDoctor(program, version);
  addKeygen(program);
  addLab(program);
  addHelp(program);
  program.hook('preAction', takeOptionsBefore);
  // Last, as commands inherit what it allows.
  addTui(program);
  return program;
}

function addTui(program: Command): void {
  program
    .argument('[target]', `${TARGET} or voipterm://...; without one the last used, else this machine`)
    .allowExcessArguments()
    .option('--local', 'the station on this machine, whatever was used last');
  client(forwarding(oneSentence(program)))
    .addHelpText('after', TUI_HELP)
    .action(async (target: string | undefined, options: TuiOptions) => {
      const names = namesOf(program);
      refuseExtraWords(program.args, names);
      await refuseMistyped(target, names);
      const { tui } = await import('./tui.ts');
      await tui(target, options);
    });
}

function addServe(program: Command): void {
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

function addVoice(program: Command): void {
  const command = subcommand(program, 'voice')
    .summary('take part in a room by voice, without a screen')
    .description('Take part in a room by voice, without a screen.')
    .argument('<target>', TARGET)
    .option('--input <source>', 'FILE.wav, mic, tone, silence, which only listens, or - (default: mic)')
    .option('--output <sink>', 'FILE.wav, speaker, null or - (default: speaker)')
    .addOption(new Option('--raw-rate <hz>', 'rate of raw sound on - (default: 48000)').argParser(sampleRate))
    .addOption(
      new Option('--raw-channels <n>', 'channels of raw sound on - (default: 1)').argParser(channels),
    )
    .addOption(new Option('--duration <seconds>', 'leave after so long').argParser(seconds))
    .option('--trace <file>', 'write a line of JSON for each frame that was sent or heard')
    .option('--ptt', 'be silent until "voipterm ptt" opens the microphone')
    .option('--record <dir>', 'record each voice and the mix into a new directory there; the room sees it')
    .option('--json', 'print JSON: a line once in the room, and the counters as the last one');
  client(command)
    .addHelpText('after', VOICE_HELP)
    .action(loaded(async () => (await import('./voice.ts')).voice));
}

function addDevices(program: Command): void {
  const command = subcommand(program, 'devices')
    .summary('list the microphones and speakers that can be chosen')
    .description('List the microphones and speakers that can be chosen.')
    .option('--json', 'print JSON: one object with inputs and outputs');
  common(command)
    .addHelpText('after', DEVICES_HELP)
    .action(loaded(async () => (await import('./devices.ts')).devices));
}

function addSay(program: Command): void {
  const command = subcommand(program, 'say')
    .summary('post text, and end once it is acknowledged')
    .description('Post text, and end once the station has acknowledged it.')
    .argument('<target>', TARGET)
    .argument('[text...]', 'one message; without it each line of stdin is one, as it comes')
    .addOption(
      new Option('--timeout <seconds>', 'how long the acknowledgements may take')
        .argParser(seconds)
        .default(30),
    );
  client(command)
    .addHelpText('after', SAY_HELP)
    .action(loaded(async () => (await import('./say.ts')).say));
}

function addTail(program: Command): void {
  const command = subcommand(program, 'tail')
    .summary("print a room's last messages")
    .description("Print a room's last messages and, with -f, what follows.")
    .argument('<target>', TARGET)
    .option('-f, --follow', 'go on with what comes, until Ctrl+C')
    .option('--json', 'a line of JSON for each message')
    .option(
      '--since <seq|time>',
      'from a message number (120), an age (90s, 10m, 2h, 7d) or a time (2026-11-21T18:00) on',
    )
    .addOption(
      new Option('-n, --count <number>', 'the last so many (default: 10, or all with --since)').argParser(
        count,
      ),
    );
  client(command)
    .addHelpText('after', TAIL_HELP)
    .action(loaded(async () => (await import('./tail.ts')).tail));
}

function addForward(program: Command): void {
  const command = subcommand(program, 'forward')
    .summary('carry UDP and TCP of other programs through the tunnel')
    .description('Carry UDP and TCP of other programs through the tunnel, as ssh -L, -R and -D do for TCP.')
    .argument('<target>', '[user@]host[:port]')
    .option(
      '--json',
      'a line of JSON when everything listens, for each change, and for the counters at the end',
    );
  client(forwarding(command))
    .addHelpText('after', FORWARD_HELP)
    .action(loaded(async () => (await import('./forward.ts')).forward));
}

function addBridge(program: Command): void {
  const command = subcommand(program, 'bridge')
    .summary('let programs that speak RTP talk in a room and hear it')
    .description('Let programs that speak RTP, such as ffmpeg and GStreamer, talk in a room and hear it.')
    .argument('<target>', TARGET)
    .option('--rtp-in <addr:port>', 'where Opus in RTP is taken that is to be said; :0 picks a free port')
    .option('--rtp-out <addr:port>', 'where what the room says is sent, mixed, as Opus in RTP')
    .option('--sdp <file>', 'write the session description there instead of printing it')
    .addOption(
      new Option('--payload-type <number>', 'RTP payload type of Opus, 96 to 127')
        .argParser(payloadType)
        .default(111),
    )
    .option('--json', 'print JSON: a line once in the room, and the counters as the last one');
  client(command)
    .addHelpText('after', BRIDGE_HELP)
    .action(loaded(async () => (await import('./bridge.ts')).bridge));
}

function addPtt(program: Command): void {
  const command = subcommand(program, 'ptt')
    .summary('press the talk key of a running voipterm, from a pedal or a shortcut')
    .description('Press the talk key of a running voipterm, from a pedal or a shortcut of the desktop.')
    .addArgument(new Argument('<word>', 'what to do').choices(REMOTE_WORDS))
    .addOption(new Option('--pid <number>', 'which one, by its process').argParser(count))
    .option('--target <target>', 'which one, by the station that it is at (default: the one started last)')
    .option('--json', 'print what is so afterwards as a line of JSON');
  common(command)
    .addHelpText('after', PTT_HELP)
    .action(loaded(async () => (await import('./ptt.ts')).ptt));
}

function addDemo(program: Command): void {
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

function addDoctor(program: Command, version: string): void {
  const command = subcommand(program, 'doctor')
    .summary('check this machine and the way to a station, and say how to mend what is not well')
    .description('Check this machine and the way to a station, and say how to mend what is not well.')
    .argument('[target]', '[user@]host[:port]')
    .option('--json', 'one JSON document');
  client(command)
    .addHelpText('after', DOCTOR_HELP)
    .action(async (target: string | undefined, options: DoctorOptions) => {
      const { doctor } = await import('./doctor.ts');
      await doctor(target, options, version);
    });
}

function addKeygen(program: Command): void {
  const command = subcommand(program, 'keygen')
    .summary("make your key if there is none, and print its line for a station's authorized_keys")
    .description("Make your key if there is none, and print its line for a station's authorized_keys.");
  client(command)
    .addHelpText('after', KEYGEN_HELP)
    .action(loaded(async () => (await import('./keygen.ts')).keygen));
}

function addLab(program: Command): void {
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

function addHelp(program: Command): void {
  const command = subcommand(program, 'help')
    .summary('explain a command')
    .description('Explain a command, or all of this.')
    .argument('[command...]', 'its name');
  command.addHelpText('after', HELP_HELP).action((names: readonly string[]) => {
    let wanted = program;
    for (const name of names) {
      const found = wanted.commands.find((each) => each.name() === name);
      if (!found) throw unknownCommand(name, namesOf(wanted));
      wanted = found;
    }
    wanted.outputHelp();
  });
}

/** A command's work, loaded when it is to be done. */
function loaded<Args extends unknown[]>(
  load: () => Promise<(...args: Args) => Promise<void>>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const work = await load();
    await work(...args);
  };
}

/** "voipterm help lab proxy". */
function helpFor(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent; at = at.parent) names.unshift(at.name());
  return ['voipterm help', ...names].join(' ');
}

function namesOf(program: Command): string[] {
  return program.commands.map((command) => command.name());
}

/** Options before a command's name count as if they stood behind it, where they do not stand there too. */
function takeOptionsBefore(program: Command, command: Command): void {
  for (const [name, value] of Object.entries(program.opts())) {
    if (command.getOptionValue(name) === undefined) command.setOptionValue(name, value);
  }
}

function subcommand(parent: Command, name: string): Command {
  return oneSentence(parent.command(name));
}

/** Errors of the parser read as all our errors do, and say where to look. */
function oneSentence(command: Command): Command {
  return command.configureOutput({
    outputError: (text, write) => {
      // "error: unknown option '--jsno'\n(Did you mean --json?)\n"; what was typed may hold line ends too.
      const [, error = text, meant] =
        /^(?:error: )?(.*?)\.?(?:\n(\(Did you mean [^\n]+\)))?\n*$/s.exec(text) ?? [];
      write(`voipterm: ${escapeControls(error)} ${escapeControls(meant ?? `(see ${helpFor(command)})`)}\n`);
    },
  });
}
