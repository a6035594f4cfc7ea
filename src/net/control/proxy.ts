/** Out through a proxy: HTTP CONNECT (RFC 9110, 9.3.6) and SOCKS5 (RFC 1928, RFC 1929). The proxy resolves names. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { VoiptermError } from '../../errors.ts';
import type { ProxyOptions } from '../tunnel/messages.ts';
import { readHead } from './head.ts';
import { openTcp } from './tcp.ts';

/** A connection to host and port through the proxy. Throws 'control.unreachable' or 'control.proxy-refused'. */
export async function dialThroughProxy(
  proxy: ProxyOptions,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const stream = await openTcp(proxy.host, proxy.port, signal);
  const where = `the proxy ${proxy.host} port ${proxy.port}`;
  try {
    if (proxy.kind === 'http') await connectHttp(stream, proxy, { host, port, where }, signal);
    else await connectSocks(stream, proxy, { host, port, where }, signal);
    return stream;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

interface Goal {
  readonly host: string;
  readonly port: number;
  readonly where: string;
}

async function connectHttp(
  stream: Duplex,
  { user, password }: ProxyOptions,
  { host, port, where }: Goal,
  signal: AbortSignal,
): Promise<void> {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const basic = Buffer.from(`${user}:${password ?? ''}`).toString('base64');
  const credentials = user === undefined ? '' : `Proxy-Authorization: Basic ${basic}\r\n`;
  stream.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
  const status = await readHead(stream, httpStatus, where, signal);
  if (status.code >= 200 && status.code < 300) return;
  if (status.code === 407) throw refusedCredentials(where, user !== undefined);
  throw new VoiptermError(
    'control.unreachable',
    `${where} does not connect to ${host} port ${port}: it answers ${status.code} ${status.reason}`.trimEnd(),
  );
}

/** The status of a whole response head; 0 for what is no HTTP. */
function httpStatus(bytes: Buffer): { used: number; value: { code: number; reason: string } } | undefined {
  const text = bytes.toString('latin1');
  const line = /^HTTP\/1\.[01] ([0-9]{3})(?: ([^\r\n]*))?\r?\n/.exec(text);
  if (!line) {
    const cannotBe = bytes.length >= 5 && !text.startsWith('HTTP/');
    return cannotBe
      ? { used: bytes.length, value: { code: 0, reason: 'something that is no HTTP' } }
      : undefined;
  }
  const end = /\r?\n\r?\n/.exec(text);
  if (!end) return undefined;
  const reason = (line[2] ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
  return { used: end.index + end[0].length, value: { code: Number(line[1]), reason } };
}

const SOCKS_VERSION = 5;
const SOCKS_NO_AUTH = 0;
const SOCKS_PASSWORD = 2;
const SOCKS_CONNECT = 1;
/** RFC 1928, 6. */
const SOCKS_REPLIES: readonly string[] = [
  '',
  'it has a fault',
  'its rules do not allow it',
  'it finds no way to that network',
  'it finds no way to that host',
  'nothing listens there (is the station running?)',
  'the way is too long',
  'it does not know how to connect',
  'it does not know that kind of address',
];

async function connectSocks(
  stream: Duplex,
  proxy: ProxyOptions,
  { host, port, where }: Goal,
  signal: AbortSignal,
): Promise<void> {
  const withPassword = proxy.user !== undefined;
  stream.write(Buffer.of(SOCKS_VERSION, 1, withPassword ? SOCKS_PASSWORD : SOCKS_NO_AUTH));
  const method = await readHead(stream, (bytes) => socksPair(bytes, where), where, signal);
  if (method !== (withPassword ? SOCKS_PASSWORD : SOCKS_NO_AUTH))
    throw refusedCredentials(where, withPassword);
  if (withPassword) {
    stream.write(passwordRequest(proxy));
    const status = await readHead(stream, (bytes) => pair(bytes), where, signal);
    if (status !== 0) throw refusedCredentials(where, true);
  }
  stream.write(Buffer.concat([Buffer.of(SOCKS_VERSION, SOCKS_CONNECT, 0), socksAddress(host, port)]));
  const reply = await readHead(stream, (bytes) => socksReply(bytes, where), where, signal);
  if (reply === 0) return;
  const why = SOCKS_REPLIES[reply] ?? `it answers ${reply}`;
  throw new VoiptermError('control.unreachable', `${where} does not connect to ${host} port ${port}: ${why}`);
}

/** RFC 1929; neither is longer than 255 bytes, which the configuration sees to. */
function passwordRequest({ user = '', password = '' }: ProxyOptions): Buffer {
  const [name, secret] = [Buffer.from(user), Buffer.from(password)];
  return Buffer.concat([Buffer.of(1, name.length), name, Buffer.of(secret.length), secret]);
}

function socksAddress(host: string, port: number): Buffer {
  const end = Buffer.of(port >> 8, port & 0xff);
  if (isIPv4(host)) return Buffer.concat([Buffer.of(1), Buffer.from(host.split('.').map(Number)), end]);
  if (isIPv6(host)) return Buffer.concat([Buffer.of(4), ipv6Bytes(host), end]);
  const name = Buffer.from(host, 'latin1');
  return Buffer.concat([Buffer.of(3, name.length), name, end]);
}

/** The 16 bytes of an address that isIPv6 has accepted. The URL parser writes it without dots and zone. */
function ipv6Bytes(address: string): Buffer {
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = new Array<number>(8 - front.length - back.length).fill(0);
  const all = tail === undefined ? front : [...front, ...zeros, ...back];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The second of two bytes. */
function pair(bytes: Buffer): { used: number; value: number } | undefined {
  return bytes.length < 2 ? undefined : { used: 2, value: bytes[1] ?? 0 };
}

function socksPair(bytes: Buffer, where: string): { used: number; value: number } | undefined {
  if (bytes.length > 0 && bytes[0] !== SOCKS_VERSION) throw notSocks(where);
  return pair(bytes);
}

/** The reply code once the reply is whole, with its bound address. */
function socksReply(bytes: Buffer, where: string): { used: number; value: number } | undefined {
  if (bytes.length > 0 && bytes[0] !== SOCKS_VERSION) throw notSocks(where);
  if (bytes.length < 5) return undefined;
  const addressBytes = { 1: 4, 3: 1 + (bytes[4] ?? 0), 4: 16 }[bytes[3] ?? 0];
  if (addressBytes === undefined) throw notSocks(where);
  const used = 4 + addressBytes + 2;
  return bytes.length < used ? undefined : { used, value: bytes[1] ?? 0 };
}

function notSocks(where: string): VoiptermError {
  return new VoiptermError(
    'control.unreachable',
    `${where} answers, but speaks no SOCKS5; is it an HTTP proxy?`,
  );
}

function refusedCredentials(where: string, given: boolean): VoiptermError {
  const how = given ? 'does not take the user and password' : 'wants a user and a password';
  return new VoiptermError(
    'control.proxy-refused',
    `${where} ${how}; write them into client.proxy as scheme://user:password@host:port`,
  );
}
