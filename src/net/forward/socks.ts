/**
 * SOCKS5 as a server reads and writes it: RFC 1928 and RFC 1929 (user name and password). Pure.
 *
 * TCP delivers in any portions: a reader gets all bytes that have come and says 'more' until a message is whole, then
 * how many bytes it was. No reader throws or reads past the end, whatever comes.
 */
import { formatIp, type IpBytes, parseIp } from './ip-address.ts';
import type { HostPort } from './spec.ts';

export const SOCKS_VERSION = 5;
/** Largest message of the handshake in bytes (RFC 1929: two strings of 255): what comes beyond is no handshake. */
export const MAX_HANDSHAKE_BYTES = 513;
/** Largest address in bytes: type, length, a name of 255 and a port. */
export const MAX_SOCKS_ADDRESS_BYTES = 259;
/** Reserved (2 bytes) and fragment, before the address of a UDP datagram. */
export const UDP_PREFIX_BYTES = 3;

export const SOCKS_METHOD = { none: 0, password: 2, unacceptable: 0xff } as const;
export type SocksMethod = (typeof SOCKS_METHOD)[keyof typeof SOCKS_METHOD];

export const SOCKS_COMMAND = { connect: 1, bind: 2, associate: 3 } as const;

export const SOCKS_REPLY = {
  succeeded: 0,
  failure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  ttlExpired: 6,
  commandUnsupported: 7,
  addressUnsupported: 8,
} as const;
export type SocksReply = (typeof SOCKS_REPLY)[keyof typeof SOCKS_REPLY];

const ADDRESS_TYPE = { ipv4: 1, name: 3, ipv6: 4 } as const;
/** RFC 1929's own version byte. */
const AUTH_VERSION = 1;
/** Where a reply says nothing: 0.0.0.0 port 0. */
const NOWHERE: HostPort = { host: '0.0.0.0', port: 0 };

export type Read<T> =
  | { readonly read: 'whole'; readonly value: T; readonly used: number }
  | { readonly read: 'more' }
  /** It can never become a message. */
  | { readonly read: 'bad'; readonly why: 'version' | 'address-type' | 'name' };

const MORE = { read: 'more' } as const;
const bad = (why: 'version' | 'address-type' | 'name') => ({ read: 'bad', why }) as const;

/** The client's first message: which ways to authenticate it knows. */
export function readGreeting(bytes: Uint8Array): Read<readonly number[]> {
  const [version, count] = bytes;
  if (version === undefined) return MORE;
  if (version !== SOCKS_VERSION) return bad('version');
  if (count === undefined || bytes.length < 2 + count) return MORE;
  return { read: 'whole', value: [...bytes.subarray(2, 2 + count)], used: 2 + count };
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** RFC 1929's request. Bytes that are no UTF-8 become replacement characters, which match no password. */
export function readCredentials(bytes: Uint8Array): Read<Credentials> {
  const [version, userLength] = bytes;
  if (version === undefined) return MORE;
  if (version !== AUTH_VERSION) return bad('version');
  if (userLength === undefined) return MORE;
  const passwordLength = bytes[2 + userLength];
  if (passwordLength === undefined) return MORE;
  const used = 3 + userLength + passwordLength;
  if (bytes.length < used) return MORE;
  const text = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  return {
    read: 'whole',
    value: { user: text(2, 2 + userLength), password: text(3 + userLength, used) },
    used,
  };
}

export interface SocksRequest {
  /** One of SOCKS_COMMAND, or a number that is none. */
  readonly command: number;
  readonly to: HostPort;
}

/** What the client wants: CONNECT, BIND or UDP ASSOCIATE. */
export function readRequest(bytes: Uint8Array): Read<SocksRequest> {
  const [version, command] = bytes;
  if (version === undefined) return MORE;
  if (version !== SOCKS_VERSION) return bad('version');
  if (command === undefined) return MORE;
  const to = readSocksAddress(bytes, 3);
  if (to.read !== 'whole') return to;
  return { read: 'whole', value: { command, to: to.value }, used: to.used };
}

/**
 * An address (type, address, port) that begins at `at`; `used` counts from the start of `bytes`. Names are 1 to 253
 * printable characters of ASCII.
 */
export function readSocksAddress(bytes: Uint8Array, at: number): Read<HostPort> {
  const type = bytes[at];
  if (type === undefined) return MORE;
  const named = type === ADDRESS_TYPE.name;
  const length = named ? bytes[at + 1] : lengthOf(type);
  if (length === undefined) return named ? MORE : bad('address-type');
  const from = at + (named ? 2 : 1);
  const used = from + length + 2;
  if (bytes.length < used) return MORE;
  const part = bytes.subarray(from, from + length);
  const host = named ? nameOf(part) : formatIp([...part]);
  if (host === undefined) return bad('name');
  const port = ((bytes[used - 2] ?? 0) << 8) | (bytes[used - 1] ?? 0);
  return { read: 'whole', value: { host, port }, used };
}

/** Bytes of the address (type, address, port) at `at`; 0 if there is no whole one. Makes nothing: for the hot path. */
export function socksAddressBytes(bytes: Uint8Array, at: number): number {
  const type = bytes[at] ?? 0;
  const length = type === ADDRESS_TYPE.name ? 1 + (bytes[at + 1] ?? 0) : lengthOf(type);
  if (length === undefined) return 0;
  const total = 1 + length + 2;
  return bytes.length >= at + total ? total : 0;
}

/** Type, address and port; a host that is no IP address is written as a name, cut at 255 bytes. */
export function encodeSocksAddress({ host, port }: HostPort): Uint8Array {
  const bytes = parseIp(host);
  const head = bytes ? ipHead(bytes) : nameHead(host);
  return Uint8Array.from([...head, port >>> 8, port & 0xff]);
}

/** Which way to authenticate the server chose. */
export function encodeMethod(method: SocksMethod): Uint8Array {
  return Uint8Array.of(SOCKS_VERSION, method);
}

/** RFC 1929's answer; after a refusal the server closes. */
export function encodeAuthResult(accepted: boolean): Uint8Array {
  return Uint8Array.of(AUTH_VERSION, accepted ? 0 : 1);
}

/** The answer to a request; `bound` is where the server's end is, which UDP ASSOCIATE needs. */
export function encodeReply(reply: SocksReply, bound: HostPort = NOWHERE): Uint8Array {
  return Uint8Array.from([SOCKS_VERSION, reply, 0, ...encodeSocksAddress(bound)]);
}

/**
 * A UDP datagram from a SOCKS client: what comes after its 3 bytes of reserved and fragment, which is the address and
 * the data. Undefined if it is a fragment (RFC 1928 lets a server drop those) or its address is not whole.
 */
export function udpBody(datagram: Uint8Array): Uint8Array | undefined {
  const whole = datagram[2] === 0 && socksAddressBytes(datagram, UDP_PREFIX_BYTES) > 0;
  return whole ? datagram.subarray(UDP_PREFIX_BYTES) : undefined;
}

function lengthOf(type: number): number | undefined {
  if (type === ADDRESS_TYPE.ipv4) return 4;
  return type === ADDRESS_TYPE.ipv6 ? 16 : undefined;
}

function nameOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > 253) return undefined;
  const name = String.fromCharCode(...bytes);
  return /^[\x21-\x7e]+$/.test(name) ? name : undefined;
}

function ipHead(bytes: IpBytes): number[] {
  return [bytes.length === 4 ? ADDRESS_TYPE.ipv4 : ADDRESS_TYPE.ipv6, ...bytes];
}

function nameHead(host: string): number[] {
  const name = [...new TextEncoder().encode(host).subarray(0, 255)];
  return [ADDRESS_TYPE.name, name.length, ...name];
}
