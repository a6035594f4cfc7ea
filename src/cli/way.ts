/** What the user writes about the way to a station: proxies (scheme://[user:password@]host:port) and jump hosts (-J). Pure. */
import { VoiptermError } from '../errors.ts';
import type { ProxyOptions } from '../net/tunnel/messages.ts';

/** A jump host as written: what is null is taken from ~/.ssh/config or the usual. */
export interface JumpSpec {
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
}

/** Ports that such proxies have unless told otherwise: Squid's, and RFC 1928's. */
const PROXY_PORTS = { http: 3128, socks5: 1080 } as const;
/** RFC 1929 gives each one byte of length. */
const MAX_CREDENTIAL_BYTES = 255;
/** More jump hosts than anybody has; each is a connection of its own. */
const MAX_JUMPS = 8;
const MAX_TEXT = 2048;

/** Reads http://… or socks5://…; '' is no proxy. @throws VoiptermError 'usage.invalid'. */
export function parseProxy(text: string): ProxyOptions | undefined {
  if (text === '') return undefined;
  const kind = /^(http|socks5):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (text.length > MAX_TEXT || (kind !== 'http' && kind !== 'socks5')) throw badProxy();
  // Only of a scheme that it knows does the URL parser judge host and port.
  const url = urlOf(text.replace(/^[^:]*/, 'http'));
  const rest = url && url.pathname === '/' && url.search === '' && url.hash === '';
  if (!url || !rest || url.hostname === '') throw badProxy();
  // The URL parser drops http's own port 80, which the text still has.
  const port = url.port === '' ? (/:80\/?$/.test(text) ? 80 : PROXY_PORTS[kind]) : Number(url.port);
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { kind, host, port, ...(user === '' ? {} : { user, password }) };
}

export function isProxy(text: string): boolean {
  return holds(() => parseProxy(text));
}

/** Reads [user@]host[:port],...; '' and "none" are no jump hosts. @throws VoiptermError 'usage.invalid'. */
export function parseJumps(text: string): readonly JumpSpec[] {
  if (text === '' || text.toLowerCase() === 'none') return [];
  const jumps = text.length > MAX_TEXT ? [] : text.split(',').map((part) => parseJump(part.trim()));
  if (jumps.length > 0 && jumps.length <= MAX_JUMPS) return jumps;
  throw new VoiptermError(
    'usage.invalid',
    `there are at most ${MAX_JUMPS} jump hosts: [user@]host[:port],...`,
  );
}

export function isJumps(text: string): boolean {
  return holds(() => parseJumps(text));
}

const JUMP =
  /^(?:ssh:\/\/)?(?:([^@\s:/]+)@)?(?:\[([0-9a-f:.]+)\]|([a-z0-9][a-z0-9._-]*))(?::([0-9]{1,5}))?\/?$/i;

function parseJump(text: string): JumpSpec {
  const [, user = null, ipv6, name, port] = JUMP.exec(text) ?? [];
  const host = ipv6 ?? name;
  const number = port === undefined ? null : Number(port);
  if (host === undefined || (number !== null && (number < 1 || number > 65_535))) {
    throw new VoiptermError(
      'usage.invalid',
      `the jump host ${JSON.stringify(text.slice(0, 80))} is not [user@]host[:port]; several stand with commas between`,
    );
  }
  return { user, host, port: number };
}

function decoded(text: string): string {
  const value = decodeURIComponent(text);
  if (Buffer.byteLength(value) > MAX_CREDENTIAL_BYTES || /\p{Cc}/u.test(value)) throw badProxy();
  return value;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Does not repeat what was written, which may hold a password. */
function badProxy(): VoiptermError {
  return new VoiptermError(
    'usage.invalid',
    'the proxy must be http://[user:password@]host:port or socks5://[user:password@]host:port',
  );
}

function holds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof VoiptermError || error instanceof URIError) return false;
    throw error;
  }
}
