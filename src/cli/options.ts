/** Options that several commands share, and what their values may be. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { LOG_LEVELS } from '../log.ts';
import { LOG_FORMATS } from './settings/logging.ts';

/** Options of every command, below its own. */
export function common(command: Command): Command {
  return command
    .optionsGroup('Options of every command:')
    .option('--config <file>', 'configuration file')
    .addOption(new Option('--log-level <level>', 'least important line that is logged').choices(LOG_LEVELS))
    .addOption(new Option('--log-format <format>', 'log lines on stderr').choices(LOG_FORMATS));
}

/** Options of the commands that connect. */
export function client(command: Command): Command {
  return common(
    command
      .option('-i, --identity <file>', 'your SSH key: a file, or "agent" for ssh-agent')
      .option('-J, --jump <hosts>', 'SSH hosts on the way, as [user@]host[:port],...')
      .option('--proxy <url>', 'go out by a proxy: http://[user:password@]host:port or socks5://...'),
  );
}

/** Options of the commands that forward. */
export function forwarding(command: Command): Command {
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
        'a UDP flow ends after so long without a datagram (default: 60)',
      ).argParser(seconds),
    )
    .option('--socks-auth <user:password>', 'what SOCKS clients must show');
}

/** An option that may be given several times; its value is the list. */
export function repeated(flags: string, help: string): Option {
  return new Option(flags, help).argParser((value: string, before: readonly string[] = []) => [
    ...before,
    value,
  ]);
}

export function seconds(text: string): number {
  const value = Number(text);
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && value > 0 && value <= 1e6) return value;
  throw new InvalidArgumentError('It must be a number of seconds above 0 and up to 1000000');
}

export function count(text: string): number {
  if (/^[0-9]{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number up to 9999999');
}

export function seed(text: string): number {
  if (/^[0-9]{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 4294967295');
}

export function payloadType(text: string): number {
  if (/^[0-9]{2,3}$/.test(text) && Number(text) >= 96 && Number(text) <= 127) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 96 to 127');
}

export function sampleRate(text: string): number {
  const value = Number(text);
  if (/^[0-9]{4,6}$/.test(text) && value >= 8000 && value <= 192_000) return value;
  throw new InvalidArgumentError('It must be a whole number from 8000 to 192000');
}

export function channels(text: string): number {
  if (text === '1' || text === '2') return Number(text);
  throw new InvalidArgumentError('It must be 1 or 2');
}
