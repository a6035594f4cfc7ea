/** The commands that go to a station: their options and help. Each one's work is loaded when it is to be done. */
import { type Command, Option } from 'commander';
import type { DoctorOptions } from './doctor.ts';
import {
  BRIDGE_HELP,
  DOCTOR_HELP,
  FORWARD_HELP,
  LISTEN_HELP,
  SAY_HELP,
  SEND_HELP,
  TAIL_HELP,
  VOICE_HELP,
} from './help.ts';
import { channels, client, count, forwarding, payloadType, sampleRate, seconds } from './options.ts';
import { connecting, PLACE, subcommand, TARGET } from './subcommand.ts';

export function addVoice(program: Command): void {
  const command = subcommand(program, 'voice')
    .summary('take part in a room by voice, without a screen')
    .description('Take part in a room by voice, without a screen.')
    .argument('<target>', TARGET)
    .option('--input <source>', 'FILE.wav, mic, tone, silence, which only listens, or - (default: mic)')
    .option('--output <sink>', 'FILE.wav, speaker, null or - (default: speaker)')
    .addOption(new Option('--raw-rate <hz>', 'rate of raw sound on - (default: 48000)').argParser(sampleRate))
    .addOption(
      new Option('--raw-channels <n>', 'channels of raw sound on - (default: audio.channels)').argParser(
        channels,
      ),
    )
    .addOption(new Option('--duration <seconds>', 'leave after so long').argParser(seconds))
    .option('--trace <file>', 'write a line of JSON for each frame that was sent or heard')
    .option('--ptt', 'be silent until "voipterm ptt" opens the microphone')
    .option('--record <dir>', 'record each voice and the mix into a new directory there; the room sees it')
    .option('--json', 'print JSON: a line once in the room, and the counters as the last one');
  client(command)
    .addHelpText('after', VOICE_HELP)
    .action(connecting(async () => (await import('./voice.ts')).voice));
}

export function addListen(program: Command): void {
  const command = subcommand(program, 'listen')
    .summary('hear a room and say nothing; print who talks')
    .description('Hear a room and say nothing; print who talks.')
    .argument('<target>', TARGET)
    .option('--output <sink>', 'FILE.wav, speaker, null or - (default: speaker)')
    .addOption(new Option('--raw-rate <hz>', 'rate of raw sound on - (default: 48000)').argParser(sampleRate))
    .addOption(
      new Option('--raw-channels <n>', 'channels of raw sound on - (default: audio.channels)').argParser(
        channels,
      ),
    )
    .addOption(new Option('--duration <seconds>', 'leave after so long').argParser(seconds))
    .option('--record <dir>', 'record each voice and the mix into a new directory there; the room sees it')
    .option(
      '--json',
      'print JSON: a line once in the room, one for each who begins or stops to talk, and the counters',
    );
  client(command)
    .addHelpText('after', LISTEN_HELP)
    .action(connecting(async () => (await import('./listen.ts')).listen));
}

export function addSay(program: Command): void {
  const command = subcommand(program, 'say')
    .summary('post text, and end once it is acknowledged')
    .description('Post text, and end once the station has acknowledged it.')
    .argument('<target>', PLACE)
    .argument(
      '[text...]',
      'one message, to @NAME alone if that stands before it; without it each line of stdin is one',
    )
    .addOption(
      new Option('--timeout <seconds>', 'how long the acknowledgements may take')
        .argParser(seconds)
        .default(30),
    );
  client(command)
    .addHelpText('after', SAY_HELP)
    .action(connecting(async () => (await import('./say.ts')).say));
}

export function addSend(program: Command): void {
  const command = subcommand(program, 'send')
    .summary('offer files, and end once they have arrived')
    .description('Offer files to a room or to somebody, and end once they have arrived.')
    .argument('<target>', PLACE)
    .argument('<files...>', 'files of this machine, for @NAME alone if that stands before them')
    .addOption(
      new Option('--timeout <seconds>', 'how long somebody may take to accept')
        .argParser(seconds)
        .default(300),
    )
    .option('--json', 'print a line of JSON for each file that arrived');
  client(command)
    .addHelpText('after', SEND_HELP)
    .action(connecting(async () => (await import('./send.ts')).send));
}

export function addTail(program: Command): void {
  const command = subcommand(program, 'tail')
    .summary("print a room's last messages")
    .description("Print a room's last messages and, with -f, what follows and what is edited or deleted.")
    .argument('<target>', PLACE)
    .option('-f, --follow', 'go on with what comes, until Ctrl+C')
    .option('--json', 'a line of JSON for each message, edit and deletion')
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
    .action(connecting(async () => (await import('./tail.ts')).tail));
}

export function addForward(program: Command): void {
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
    .action(connecting(async () => (await import('./forward.ts')).forward));
}

export function addBridge(program: Command): void {
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
    .action(connecting(async () => (await import('./bridge.ts')).bridge));
}

export function addDoctor(program: Command, version: string): void {
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
