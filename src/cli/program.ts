/** The command line: every command, its options and its help. Each command's work is in a file of its own. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { LOG_LEVELS } from '../log.ts';
import { LOG_FORMATS } from './config.ts';
import { demo } from './demo.ts';
import { forward } from './forward.ts';
import { escapeControls } from './escape.ts';
import { keygen } from './keygen.ts';
import { labProxy } from './lab.ts';
import { say } from './say.ts';
import { serve } from './serve.ts';
import { tail } from './tail.ts';
import { tui } from './tui.ts';
import { voice } from './voice.ts';

/** Builds the parser anew, so that tests can have their own. It throws CommanderError instead of exiting. */
export function makeProgram(version: string): Command {
  const program = new Command('voipterm')
    .description(
      'Private text and voice rooms in a terminal, through an encrypted tunnel, with your SSH key as your identity.',
    )
    .version(version, '--version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .helpOption('-h, --help', 'explain this command')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError })
    .enablePositionalOptions();
  addTui(program);
  addServe(program);
  addVoice(program);
  addSay(program);
  addTail(program);
  addForward(program);
  addDemo(program);
  addKeygen(program);
  addLab(program);
  return program;
}

/** Commander repeats what was typed, which may come from a script's input. */
function outputError(text: string, write: (text: string) => void): void {
  write(`${text.trimEnd().split('\n').map(escapeControls).join('\n')}\n`);
}

function addTui(program: Command): void {
  forwarding(client(program))
    .argument(
      '[target]',
      '[user@]host[:port][/room] or voipterm://...; without one the last used, else this machine',
    )
    .option('--local', 'the station on this machine, whatever was used last')
    .addHelpText('after', TUI_HELP)
    .action(tui);
}

const TUI_HELP = `
Examples:
  voipterm                            open the last station, or one of your own on this machine
  voipterm ann@voice.example.org      as ann, port 2222
  voipterm ann@[2001:db8::1]:4000/dev straight into #dev
  voipterm -L 5300:10.0.0.2:53/udp ann@voice.example.org    with a forward; see voipterm help forward

Exit status: 0 done, 1 failed, 2 command line or configuration, 3 station not reached, 4 refused (key, host key,
name), 5 storage, 6 sound, 7 cannot listen.
Settings: config.toml in the XDG configuration directory; config.example.toml explains every key.`;

function addServe(program: Command): void {
  common(program.command('serve').exitOverride())
    .description('run a station')
    .option(
      '--listen <addr:port>',
      'TCP and UDP address and port; :0 picks a free port (default 127.0.0.1:2222)',
    )
    .option('--data <dir>', "the station's host key and messages")
    .option(
      '--authorized-keys <file>',
      'public keys that may enter (default: authorized_keys in the data directory)',
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
    .addOption(new Option('--idle-exit <seconds>', 'stop after so long without members').argParser(seconds))
    .addHelpText('after', SERVE_HELP)
    .action(serve);
}

const SERVE_HELP = `
Prints one line of JSON when it is ready: {"event":"listening","host":...,"port":...,"udpPort":...,"fingerprint":...}
Logs go to stderr. SIGTERM and SIGINT say goodbye to the members and end it with status 0.

Examples:
  voipterm serve --listen 0.0.0.0:2222            for the keys in authorized_keys
  voipterm serve --listen '[::]:2222' --open      for anybody
  voipterm serve --listen :0 --data /tmp/station  a trial on a free port
  voipterm serve --allow-forward 'db.lan:5432' --allow-forward '*:53/udp' --allow-listen 8080`;

function addVoice(program: Command): void {
  client(program.command('voice').exitOverride())
    .description('take part in a room by voice, without a screen')
    .argument('<target>', '[user@]host[:port][/room]')
    .option('--input <source>', 'FILE.wav, mic, tone or silence (which only listens)')
    .option('--output <sink>', 'FILE.wav, speaker or null')
    .addOption(new Option('--duration <seconds>', 'leave after so long').argParser(seconds))
    .option('--trace <file>', 'write a line of JSON a frame')
    .option('--json', 'end with a line of JSON')
    .addHelpText('after', VOICE_HELP)
    .action(voice);
}

const VOICE_HELP = `
With a WAV file as input it talks in real time and leaves at its end, unless --duration says otherwise. A WAV file as
output is 48 kHz mono on the wall clock: sample 0 is at startedAtNs, and there is silence where nobody spoke.

Examples:
  voipterm voice ann@host/lobby                                   microphone and speaker, until Ctrl+C
  voipterm voice ann@host --input hello.wav --output null --json  say something
  voipterm voice bob@host --input silence --output heard.wav --duration 30`;

function addSay(program: Command): void {
  client(program.command('say').exitOverride())
    .description('post text, and end once it is acknowledged')
    .argument('<target>', '[user@]host[:port][/room]')
    .argument('[text...]', 'one message; without it each line of stdin is one')
    .addOption(
      new Option('--timeout <seconds>', 'how long the acknowledgements may take')
        .argParser(seconds)
        .default(30),
    )
    .addHelpText('after', SAY_HELP)
    .action(say);
}

const SAY_HELP = `
Ends with 0 once the station has everything on disk, also if it restarts meanwhile; else names what it did not take.

Examples:
  voipterm say ci@host/builds "build 214 is green"
  tail -f /var/log/app.log | voipterm say ops@host/logs`;

function addTail(program: Command): void {
  client(program.command('tail').exitOverride())
    .description("print a room's last messages")
    .argument('<target>', '[user@]host[:port][/room]')
    .option('-f, --follow', 'go on with what comes')
    .option('--json', 'a line of JSON a message')
    .option(
      '--since <seq|time>',
      'from a message number (120), an age (90s, 10m, 2h, 7d) or a time (2026-11-21T18:00) on',
    )
    .addOption(
      new Option('-n, --count <number>', 'the last so many (default 10, or all with --since)').argParser(
        count,
      ),
    )
    .addHelpText('after', TAIL_HELP)
    .action(tail);
}

const TAIL_HELP = `
Examples:
  voipterm tail ann@host/dev               the last 10 messages
  voipterm tail ann@host/dev -f --json     follow, for a program
  voipterm tail ann@host/dev --since 2h`;

function addForward(program: Command): void {
  forwarding(client(program.command('forward').exitOverride()))
    .description('carry UDP and TCP of other programs through the tunnel, as ssh -L, -R and -D')
    .argument('<target>', '[user@]host[:port]')
    .option(
      '--json',
      'a line of JSON when everything listens, for each change, and for the counters at the end',
    )
    .addHelpText('after', FORWARD_HELP)
    .action(forward);
}

const FORWARD_HELP = `
Without bind a port is on loopback; "*" is every address, port 0 any free one. IPv6 stands in brackets. What may be
reached through a station, its operator says: voipterm serve --allow-forward, --allow-listen.

Prints a line a forward once all of them listen, and what they carried at the end. With --json:
  {"event":"listening","forwards":[{"id":1,"spec":"-L 5300:10.0.0.2:53/udp","option":"-L","protocol":"udp",
    "bind":"localhost","port":5300,"to":"10.0.0.2:53"}]}
and then lines with "event" link, state, notice and, at the end, end, which has "counters" in each forward.

It goes on through a restart of the station, and ends with SIGINT or SIGTERM. Exit status: 0 ended by a signal, 2 command
line or configuration, 3 station or destination not reached, 4 refused (key, host key, a forward), 7 a port cannot be
listened on.

Examples:
  voipterm forward ann@host -L 5300:10.0.0.2:53/udp             dig -p 5300 @127.0.0.1 example.org
  voipterm forward ann@host -R '*:27015:localhost:27015/udp'    a game server of this machine at the station
  voipterm forward ann@host -D 1080                             curl --socks5-hostname localhost:1080 ...`;

function addDemo(program: Command): void {
  common(program.command('demo').exitOverride())
    .description('try everything on this machine: a station, two callers, speech and texts')
    .option('--input <file>', 'WAV file to speak instead of the bundled sample')
    .option('--output <file>', 'write what was heard to a WAV file')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', '\nNeeds no terminal and no sound device. Ends with 1 if anything was lost.')
    .action(demo);
}

function addKeygen(program: Command): void {
  client(program.command('keygen').exitOverride())
    .description("make your key if there is none, and print its line for a station's authorized_keys")
    .addHelpText('after', '\nExample:\n  voipterm keygen >> authorized_keys')
    .action(keygen);
}

function addLab(program: Command): void {
  const lab = program.command('lab').exitOverride().description('tools to try programs on a bad network');
  lab
    .command('proxy')
    .exitOverride()
    .description('a bad network between clients and a target, for UDP and TCP')
    .requiredOption('--listen <addr:port>', 'where clients come in; :0 picks a free port')
    .requiredOption('--target <addr:port>', 'where it leads')
    .option('--udp', 'carry UDP')
    .option('--tcp', 'carry TCP')
    .option('--both', 'carry both on one port number, as without any of these three')
    .addOption(new Option('--seed <number>', 'of all that is left to chance').argParser(seed).default(1))
    .option('--up <impairments>', 'what happens from clients to the target', '')
    .option('--down <impairments>', 'what happens from the target to clients', '')
    .addHelpText('after', LAB_PROXY_HELP)
    .action(labProxy);
}

const LAB_PROXY_HELP = `
Impairments, with spaces between them:
  loss=10%       so many packets vanish           reorder=2%     so many go after later ones
  burst=4        so many of them in a row         duplicate=1%   so many come twice
  delay=80ms     every packet, one way            corrupt=0.1%   so many have one bit flipped
  jitter=20ms    and up to so much more           rate=256kbit   so many payload bits a second
  block          nothing gets through             queue=50ms     longest wait for the rate (default 100ms)
TCP keeps order and loses nothing: a loss costs the time of a retransmission, block is a black hole, and reorder,
duplicate and corrupt do nothing.

Prints a line of JSON when it is ready and, on SIGINT or SIGTERM, one with what it did to how many packets. Meanwhile it reads
lines on stdin and answers each: {"up":"loss=5%"}, {"down":"block"}, {"up":""}, {"stats":true}. The same seed
gives the n-th packet of a direction the same fate. docs/lab.md tells more.

Examples:
  voipterm serve --listen 127.0.0.1:2222 --open
  voipterm lab proxy --listen 127.0.0.2:2222 --target 127.0.0.1:2222 --up 'loss=10% burst=4' --down 'delay=80ms jitter=20ms'
  voipterm ann@127.0.0.2:2222`;

/** Options of every command. */
function common(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file')
    .addOption(new Option('--log-level <level>', 'least important line that is logged').choices(LOG_LEVELS))
    .addOption(new Option('--log-format <format>', 'log lines on stderr').choices(LOG_FORMATS));
}

/** Options of the commands that connect. */
function client(command: Command): Command {
  return common(command).option('-i, --identity <file>', 'your SSH key: a file, or "agent" for ssh-agent');
}

/** Options of the commands that forward. */
function forwarding(command: Command): Command {
  return command
    .addOption(
      repeated(
        '-L, --local-forward <spec>',
        '[bind:]port:host:hostport[/udp]: from this machine to the far end',
      ),
    )
    .addOption(
      repeated(
        '-R, --remote-forward <spec>',
        '[bind:]port:host:hostport[/udp]: from the far end to this machine',
      ),
    )
    .addOption(repeated('-D, --dynamic-forward <spec>', '[bind:]port: SOCKS5, TCP and UDP'))
    .addOption(
      new Option(
        '--idle-timeout <seconds>',
        'a UDP flow ends after so long without a datagram (default 60)',
      ).argParser(seconds),
    )
    .option('--socks-auth <user:password>', 'what SOCKS clients must show');
}

/** An option that may be given several times; its value is the list. */
function repeated(flags: string, help: string): Option {
  return new Option(flags, help).argParser((value: string, before: readonly string[] = []) => [
    ...before,
    value,
  ]);
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && value > 0 && value <= 1e6) return value;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}

function count(text: string): number {
  if (/^[0-9]{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function seed(text: string): number {
  if (/^[0-9]{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 4294967295.');
}
