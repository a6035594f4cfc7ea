/**
 * What a person writes to ask for a forward, in OpenSSH's forms (ssh(1), -L, -R, -D), with '/udp' at the end. Pure.
 *
 *     -L [bind:]port:host:hostport[/udp]    this machine listens, the station delivers
 *     -R [bind:]port:host:hostport[/udp]    the station listens, this machine delivers
 *     -D [bind:]port                        SOCKS5 on this machine, the station delivers
 *
 * An IPv6 address stands in brackets. Without `bind` a listener is on loopback; an empty one or '*' means all addresses.
 */
import { VoiptermError } from '../../errors.ts';
import { parseIp } from './ip-address.ts';

/** A host as written (a name, an IPv4 or an IPv6 address without brackets) and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The option that asks for it. */
export const FORWARD_OPTIONS = ['-L', '-R', '-D'] as const;
export type ForwardOption = (typeof FORWARD_OPTIONS)[number];

const PROTOCOLS = ['tcp', 'udp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface ForwardSpec {
  readonly option: ForwardOption;
  /** Of -D: 'tcp', which is what its clients connect with. */
  readonly protocol: Protocol;
  /** Where to listen: an IP address, a name, 'localhost', or '' for all addresses. Port 0 picks a free one. */
  readonly bind: HostPort;
  /** Where to deliver; null for -D, whose clients say it. */
  readonly to: HostPort | null;
}

/** Longest text that is looked at: two host names, their ports and some. */
const MAX_SPEC_CHARS = 600;
/** RFC 1035, 2.3.4. */
const MAX_HOST_CHARS = 253;
const MAX_PORT = 65_535;
const LOCALHOST = 'localhost';

const FORMS: Readonly<Record<ForwardOption, string>> = {
  '-L': '-L [bind:]port:host:hostport[/udp]',
  '-R': '-R [bind:]port:host:hostport[/udp]',
  '-D': '-D [bind:]port',
};

/** Reads what stands after the option. @throws VoiptermError 'usage.invalid' with the part that makes no sense. */
export function parseForward(option: ForwardOption, text: string): ForwardSpec {
  const problem = (why: string): VoiptermError => invalid(option, text, why);
  if (text.length > MAX_SPEC_CHARS) throw problem(`has at most ${MAX_SPEC_CHARS} characters`);
  const { rest, protocol } = takeProtocol(text);
  if (protocol === undefined) throw problem('ends in something else than /udp or /tcp');
  const parts = splitColons(rest);
  if (!parts) throw problem('has a bracket that does not stand around one IPv6 address');
  if (option === '-D')
    return { option, protocol: 'tcp', bind: dynamicBind(parts, protocol, problem), to: null };
  if (parts.length < 3 || parts.length > 4) throw problem(hintFor(option, parts));
  const [host = '', hostPort = ''] = parts.slice(-2);
  const bind = bindOf(parts.slice(0, -2), problem);
  if (!isHost(host)) throw problem(`${quote(host)} is no host name and no IP address`);
  return { option, protocol, bind, to: { host, port: portOf(hostPort, 1, problem) } };
}

/** The text that parseForward reads as this forward, without the option. */
export function formatForward({ option, protocol, bind, to }: ForwardSpec): string {
  const at = bind.host === LOCALHOST ? `${bind.port}` : `${bracketed(bind.host)}:${bind.port}`;
  if (option === '-D' || !to) return at;
  return `${at}:${bracketed(to.host)}:${to.port}${protocol === 'udp' ? '/udp' : ''}`;
}

/** A host and a port as people write them: "[::1]:53". */
export function formatHostPort({ host, port }: HostPort): string {
  return `${bracketed(host)}:${port}`;
}

/** Whether this is an IP address without brackets or a name that can be looked up. */
export function isHost(host: string): boolean {
  if (parseIp(host)) return true;
  const labels = host.replace(/\.$/, '').split('.');
  // A resolver takes "2222" and "1.2.3" for odd spellings of IPv4 addresses, which nobody means.
  if (/^[0-9]+$/.test(labels.at(-1) ?? '')) return false;
  return (
    host.length <= MAX_HOST_CHARS &&
    labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}

/** Takes "/udp" or "/tcp" off the end; TCP without either. Undefined protocol: another word. */
export function takeProtocol(text: string): {
  readonly rest: string;
  readonly protocol: Protocol | undefined;
} {
  const found = /\/([a-z]+)$/i.exec(text);
  if (!found) return { rest: text, protocol: 'tcp' };
  const word = found[1]?.toLowerCase();
  return { rest: text.slice(0, found.index), protocol: PROTOCOLS.find((name) => name === word) };
}

/**
 * Parts between colons, brackets taken off. Undefined if a bracket is not the first and last character of its part.
 * Nothing but IPv6 (with its prefix length, in access rules) may stand in brackets.
 */
export function splitColons(text: string): string[] | undefined {
  const parts: string[] = [];
  let rest: string | undefined = text;
  while (rest !== undefined) {
    const found: RegExpExecArray | null = /^(?:\[([0-9a-f:.%/\w-]*)\]|([^:[\]]*))(?::([\s\S]*))?$/i.exec(
      rest,
    );
    if (!found) return undefined;
    const inside = found[1];
    if (inside !== undefined && !inside.includes(':')) return undefined;
    parts.push(inside ?? found[2] ?? '');
    rest = found[3];
  }
  return parts;
}

type Problem = (why: string) => VoiptermError;

function dynamicBind(parts: readonly string[], protocol: Protocol, problem: Problem): HostPort {
  if (protocol === 'udp') throw problem('needs no /udp: SOCKS5 carries UDP as well');
  if (parts.length > 2) throw problem('names no destination: the programs that use it do');
  return bindOf(parts, problem);
}

function bindOf(parts: readonly string[], problem: Problem): HostPort {
  const port = portOf(parts.at(-1) ?? '', 0, problem);
  const host = parts.length > 1 ? (parts[0] ?? '') : LOCALHOST;
  if (host === '' || host === '*') return { host: '', port };
  if (!isHost(host)) throw problem(`${quote(host)} is no address to listen on`);
  return { host, port };
}

function portOf(text: string, min: 0 | 1, problem: Problem): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : -1;
  if (port < min || port > MAX_PORT) throw problem(`${quote(text)} is no port from ${min} to ${MAX_PORT}`);
  return port;
}

function hintFor(option: ForwardOption, parts: readonly string[]): string {
  if (parts.some((part) => part.includes('/'))) return 'names a socket file, which voipterm does not forward';
  if (parts.length > 4) return 'has too many colons; an IPv6 address stands in brackets, such as [::1]';
  if (option === '-R' && parts.length < 3)
    return 'names no destination, and SOCKS at the station is not offered';
  return 'lacks a part';
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function invalid(option: ForwardOption, text: string, why: string): VoiptermError {
  return new VoiptermError('usage.invalid', `${option} ${quote(text)} ${why}; write ${FORMS[option]}`);
}
