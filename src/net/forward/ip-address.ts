/** IP addresses as bytes: read strictly, written shortest, and told apart by what they reach. Pure. */

/** 4 bytes or 16. */
export type IpBytes = readonly number[];

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const GROUPS = 8;
/** ::ffff:0:0/96 (RFC 4291), 64:ff9b::/96 (NAT64, RFC 6052) and the old ::/96: addresses that stand for IPv4 ones. */
const MAPPED = [0, 0, 0, 0, 0, 0xffff];
const NAT64 = [0x64, 0xff9b, 0, 0, 0, 0];
const COMPATIBLE = [0, 0, 0, 0, 0, 0];

/**
 * Reads an address without brackets; a zone (fe80::1%eth0) is left out. Only what every program reads the same way:
 * "127.1", "0x7f000001" and "010.0.0.1" are undefined here, and so are names.
 */
export function parseIp(text: string): IpBytes | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  const [address = '', zone, ...more] = text.split('%');
  if (more.length > 0 || (zone !== undefined && !/^[\w.-]+$/.test(zone))) return undefined;
  return parseIpv6(address);
}

/** Writes an address; IPv6 as RFC 5952 wants it. */
export function formatIp(bytes: IpBytes): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  const groups = groupsOf(bytes);
  const { at, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, at).join(':')}::${hex.slice(at + length).join(':')}`;
}

/** The IPv4 address that an IPv6 one merely wraps; else the address itself. */
export function unwrapped(bytes: IpBytes): IpBytes {
  if (bytes.length !== IPV6_BYTES) return bytes;
  const head = groupsOf(bytes).slice(0, 6);
  const starts = (prefix: readonly number[]): boolean => prefix.every((group, i) => head[i] === group);
  if (starts(MAPPED) || starts(NAT64)) return bytes.slice(12);
  // ::1 and :: are addresses of their own; the rest of ::/96 is IPv4 in disguise.
  const low = bytes.slice(12).some((byte, i) => byte !== 0 && i < 3);
  return starts(COMPATIBLE) && low ? bytes.slice(12) : bytes;
}

/** Whether the first `bits` of both are equal; addresses of different families never are. */
export function inPrefix(bytes: IpBytes, prefix: IpBytes, bits: number): boolean {
  if (bytes.length !== prefix.length) return false;
  return prefix.every((byte, i) => {
    const rest = Math.min(8, Math.max(0, bits - i * 8));
    const mask = (0xff00 >> rest) & 0xff;
    return ((bytes[i] ?? 0) & mask) === (byte & mask);
  });
}

/** "127.0.0.0/8" as bytes and bits; undefined if it is none. */
export function parsePrefix(text: string): { readonly prefix: IpBytes; readonly bits: number } | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const prefix = parseIp(address);
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (more.length > 0 || !prefix || address.includes('%') || !(bits <= prefix.length * 8)) return undefined;
  return { prefix, bits };
}

const prefixes = (...texts: string[]): ReturnType<typeof parsePrefix>[] => texts.map(parsePrefix);
const LOOPBACK = prefixes('127.0.0.0/8', '::1/128');
/**
 * Addresses that mean "here" or "the machine I run on" rather than a place in a network: unspecified, link-local,
 * multicast, broadcast, and where clouds answer with their machines' credentials (AWS, GCP, Azure, Oracle, Alibaba).
 */
const SPECIAL = [
  ...LOOPBACK,
  ...prefixes('0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'),
  ...prefixes('100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'),
  ...prefixes('::/128', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128', 'fd20:ce::254/128'),
];
const UNSPECIFIED = prefixes('0.0.0.0/32', '::/128');

/** Whether an address reaches the machine itself. */
export function isLoopback(bytes: IpBytes): boolean {
  return isIn(LOOPBACK, bytes);
}

/** Whether a pattern must not match this address: a rule has to name it. */
export function isSpecial(bytes: IpBytes): boolean {
  return isIn(SPECIAL, bytes);
}

/** 0.0.0.0 or ::, which mean all addresses to a listener. */
export function isUnspecified(bytes: IpBytes): boolean {
  return isIn(UNSPECIFIED, bytes);
}

function isIn(list: ReturnType<typeof parsePrefix>[], bytes: IpBytes): boolean {
  const plain = unwrapped(bytes);
  return list.some((entry) => entry !== undefined && inPrefix(plain, entry.prefix, entry.bits));
}

function parseIpv4(text: string): IpBytes | undefined {
  const parts = text.split('.');
  if (parts.length !== IPV4_BYTES || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part)))
    return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): IpBytes | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => groupsIn(half, i === halves.length - 1));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === GROUPS ? bytesOf(head) : undefined;
  if (!tail || head.length + tail.length >= GROUPS) return undefined;
  const zeros = new Array<number>(GROUPS - head.length - tail.length).fill(0);
  return bytesOf([...head, ...zeros, ...tail]);
}

/** The groups of a part between colons; only the last part may end in an IPv4 address. */
function groupsIn(text: string, last: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const words = text.split(':');
  const dotted = last && words.at(-1)?.includes('.') ? parseIpv4(words.pop() ?? '') : [];
  if (!dotted || !words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return [...words.map((word) => Number.parseInt(word, 16)), ...groupsOf(dotted)];
}

function groupsOf(bytes: IpBytes): number[] {
  return bytes.flatMap((byte, i) => (i % 2 === 0 ? [(byte << 8) | (bytes[i + 1] ?? 0)] : []));
}

function bytesOf(groups: readonly number[]): IpBytes {
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { at: i - length + 1, length };
  }
  return best;
}
