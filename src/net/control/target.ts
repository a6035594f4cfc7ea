/** Where to connect ([user@]host[:port][/room], or an invitation) and where to listen (ADDR:PORT), from and to text. Pure. */
import { z } from 'zod';
import { VoiptermError } from '../../errors.ts';
import { type InviteParts, takeInvite } from './invite-line.ts';
import { memberName, roomName } from './schema.ts';

/** TCP and UDP port of a station unless told otherwise. */
export const DEFAULT_PORT = 2222;
/** Where `serve` listens unless told otherwise: nobody else's machine reaches it. */
const DEFAULT_LISTEN_HOST = '127.0.0.1';

/** The longest of each part, with the scheme and separators: longer input is refused before it is looked at. */
const MAX_TARGET_CHARS = 400;
/** RFC 1035, 2.3.4. */
const MAX_HOST_CHARS = 253;
const SCHEME = /^voipterm:\/\//i;

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();

export interface Target {
  /** The name to go by, or null for the configured one. */
  readonly user: string | null;
  /** A host name, or an IP address without brackets; lower case. */
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
  /** There where the usual port was written down, which is no port said elsewhere (~/.ssh/config). */
  readonly portNamed?: true;
  /** Without '#', lower case; null for the configured rooms. */
  readonly room: string | null;
  /** What an invitation adds; it is good for the first time, so formatTarget leaves it out. */
  readonly invite?: InviteParts;
}

export interface Listen {
  readonly host: string;
  /** 0..65535; 0 picks a free one. */
  readonly port: number;
}

/** @throws VoiptermError 'usage.invalid' that names the part that makes no sense. */
export function parseTarget(input: string): Target {
  if (input.length > MAX_TARGET_CHARS)
    throw invalid('a target', input, `has at most ${MAX_TARGET_CHARS} characters`);
  const { target, invite } = takeInvite(input);
  const rest = target.replace(SCHEME, '');
  if (rest.includes('://'))
    throw invalid('the target', input, 'may start with voipterm:// but with no other scheme');
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const at = authority.lastIndexOf('@');
  const { host, port } = parseHostPort(authority.slice(at + 1), input);
  return {
    user: at < 0 ? null : parseUser(authority.slice(0, at)),
    host,
    port: parsePort(port, DEFAULT_PORT, 1),
    ...(port !== undefined && Number(port) === DEFAULT_PORT ? { portNamed: true } : {}),
    room: slash < 0 ? null : parseRoom(rest.slice(slash + 1)),
    ...(invite ? { invite } : {}),
  };
}

/** The shortest text that parseTarget reads as this target. */
export function formatTarget(target: Target): string {
  const user = target.user === null ? '' : `${target.user}@`;
  const port = target.port === DEFAULT_PORT && !target.portNamed ? '' : `:${target.port}`;
  const room = target.room === null ? '' : `/${target.room}`;
  return `${user}${bracketed(target.host)}${port}${room}`;
}

/**
 * Reads ADDR:PORT, ADDR, :PORT or PORT. An address that is left out is loopback, so that nothing is opened to the
 * network by a slip; "0.0.0.0:2222" and "[::]:2222" say it.
 * @throws VoiptermError 'usage.invalid'.
 */
export function parseListen(input: string): Listen {
  const spec = /^[0-9]+$/.test(input) ? `:${input}` : input;
  if (spec.startsWith(':') && !spec.slice(1).includes(':')) {
    return { host: DEFAULT_LISTEN_HOST, port: parsePort(spec.slice(1), undefined, 0) };
  }
  const { host, port } = parseHostPort(spec, input);
  return { host, port: parsePort(port, DEFAULT_PORT, 0) };
}

export function isTarget(input: string): boolean {
  return succeeds(() => parseTarget(input));
}

export function isListen(input: string): boolean {
  return succeeds(() => parseListen(input));
}

/** Splits host from port text (undefined when there is no colon) and checks the host. */
function parseHostPort(text: string, whole: string): { host: string; port: string | undefined } {
  const inBrackets = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (inBrackets) {
    const host = (inBrackets[1] ?? '').toLowerCase();
    if (!isIpv6(host)) throw invalid('the address in brackets', host, 'must be IPv6, such as [::1]');
    return { host, port: inBrackets[2] };
  }
  const [host = '', port, ...more] = text.split(':');
  if (more.length > 0) throw invalid('an IPv6 address', text, 'stands in brackets, such as [::1]:2222');
  if (host === '') throw invalid('the target', whole, 'names no host; write [user@]host[:port][/room]');
  if (!isHost(host)) throw invalid('the host', host, 'must be a host name or an IP address');
  return { host: host.toLowerCase(), port };
}

function parseUser(user: string): string {
  if (user.includes(':'))
    throw invalid('the user', '…', 'holds a password, but only SSH keys are used; leave it out');
  if (!memberName.safeParse(user).success) {
    throw invalid('the name', user, 'must be 1 to 32 of A-Z a-z 0-9 . _ - and start with a letter or digit');
  }
  return user;
}

/** A room is written with or without '#'; "host/" names none. */
function parseRoom(text: string): string | null {
  if (text === '') return null;
  const room = text.replace(/^#/, '').toLowerCase();
  if (!roomName.safeParse(room).success) {
    throw invalid('the room', text, 'must be 1 to 32 of a-z 0-9 . _ - and start with a letter or digit');
  }
  return room;
}

/** @param standard the port when there is no colon. */
function parsePort(text: string | undefined, standard: number | undefined, min: 0 | 1): number {
  if (text === undefined && standard !== undefined) return standard;
  const port = /^[0-9]{1,5}$/.test(text ?? '') ? Number(text) : -1;
  if (port < min || port > 65535)
    throw invalid('the port', text ?? '', `must be a number from ${min} to 65535`);
  return port;
}

function isHost(host: string): boolean {
  const labels = host.split('.');
  // Resolvers read "2222" and "1.2.3" as odd spellings of IPv4 addresses, which nobody means.
  if (/^[0-9]+$/.test(labels.at(-1) ?? '')) return ipv4.safeParse(host).success;
  return (
    host.length <= MAX_HOST_CHARS &&
    labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}

/** An IPv6 address, also with the zone that a link-local one needs (RFC 4007, 11): fe80::1%eth0. */
function isIpv6(host: string): boolean {
  const [address = '', zone, ...more] = host.split('%');
  if (more.length > 0 || (zone !== undefined && !/^[a-z0-9._-]{1,32}$/.test(zone))) return false;
  return ipv6.safeParse(address).success;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof VoiptermError) return false;
    throw error;
  }
}

function invalid(what: string, value: string, rule: string): VoiptermError {
  return new VoiptermError('usage.invalid', `${what} ${JSON.stringify(value.slice(0, 80))} ${rule}`);
}
