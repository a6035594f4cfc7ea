/**
 * Who may forward what. Pure: rules as text become a list, and a list judges a destination or an address to listen on.
 *
 *     HOST:PORT[/udp]       what may be reached; HOST is *, a name, *.example.org, an address, 10.0.0.* or a prefix
 *                           (10.0.0.0/8, [2001:db8::/32]); PORT is a number, a-b or *
 *     [BIND:]PORT[/udp]     where the station may listen; without BIND on its loopback
 *
 * A rule without '/udp' is about TCP. What no rule allows is refused. The station's own loopback, link-local, multicast
 * and cloud metadata addresses match only a rule that names that very address (or 'localhost'), never a pattern and
 * never a name that happens to resolve to one: so an operator who lists "*:*" does not open the machine itself.
 */
import { VoiptermError } from '../../errors.ts';
import {
  type IpBytes,
  inPrefix,
  isLoopback,
  isSpecial,
  isUnspecified,
  parseIp,
  parsePrefix,
  unwrapped,
} from './ip-address.ts';
import { isHost, type Protocol, splitColons, takeProtocol } from './spec.ts';

/** Longest rule that is looked at. */
const MAX_RULE_CHARS = 400;
const MAX_PORT = 65_535;
/** Ports that systems keep for their administrator: "*" does not mean them where somebody wants to listen. */
const FIRST_ORDINARY_PORT = 1024;
const LOCALHOST = 'localhost';

type HostRule =
  | { readonly match: 'any' }
  | { readonly match: 'address'; readonly bytes: IpBytes }
  | { readonly match: 'prefix'; readonly prefix: IpBytes; readonly bits: number }
  | { readonly match: 'name'; readonly name: string }
  /** ".example.org" */
  | { readonly match: 'suffix'; readonly suffix: string };

export interface AccessRule {
  readonly host: HostRule;
  /** Both ends included. */
  readonly ports: { readonly from: number; readonly to: number };
  /** PORT was '*'. */
  readonly anyPort: boolean;
  readonly protocol: Protocol;
}

/** A destination after its name was resolved. */
export interface Destination {
  /** As asked for: a name or an address. */
  readonly host: string;
  /** The address that will be connected to. */
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** A wish to listen: `host` is '' or '*' for all addresses, 'localhost', or an address; port 0 lets the system pick. */
export interface ListenWish {
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** Reads HOST:PORT[/udp]. @throws VoiptermError 'usage.invalid'. */
export function parseReachRule(text: string): AccessRule {
  const { parts, protocol } = partsOf(text);
  const [host, port, ...more] = parts;
  if (host === undefined || port === undefined || more.length > 0) {
    throw invalid(text, 'is not of the form HOST:PORT[/udp], with an IPv6 address in brackets');
  }
  return { host: hostRule(host, text), ...portRule(port, text), protocol };
}

/** Reads [BIND:]PORT[/udp]. @throws VoiptermError 'usage.invalid'. */
export function parseListenRule(text: string): AccessRule {
  const { parts, protocol } = partsOf(text);
  const port = parts.at(-1);
  if (port === undefined || parts.length > 2) throw invalid(text, 'is not of the form [BIND:]PORT[/udp]');
  const host = parts.length === 2 ? (parts[0] ?? '') : LOCALHOST;
  return { host: hostRule(host, text), ...portRule(port, text), protocol };
}

export function isReachRule(text: string): boolean {
  return succeeds(() => parseReachRule(text));
}

export function isListenRule(text: string): boolean {
  return succeeds(() => parseListenRule(text));
}

/** Whether a rule lets this destination be reached. */
export function mayReach(rules: readonly AccessRule[], to: Destination): boolean {
  const parsed = parseIp(to.address);
  if (!parsed) return false;
  const address = unwrapped(parsed);
  return rules.some((rule) => fits(rule, to) && namesDestination(rule.host, to.host, address));
}

/** Whether some rule could let this name be reached, so that looking it up is worth while. */
export function mayResolve(rules: readonly AccessRule[], to: Omit<Destination, 'address'>): boolean {
  return rules.some((rule) => fits(rule, to) && couldName(rule.host, to.host));
}

/** Whether a rule lets the station listen there. */
export function mayListen(rules: readonly AccessRule[], wish: ListenWish): boolean {
  return rules.some((rule) => listens(rule, wish) && namesBind(rule.host, wish.host));
}

function fits({ ports, protocol }: AccessRule, to: { port: number; protocol: Protocol }): boolean {
  return protocol === to.protocol && to.port >= ports.from && to.port <= ports.to;
}

function listens(rule: AccessRule, wish: ListenWish): boolean {
  if (rule.protocol !== wish.protocol) return false;
  if (wish.port === 0) return rule.anyPort;
  if (rule.anyPort && wish.port < FIRST_ORDINARY_PORT) return false;
  return fits(rule, wish);
}

/** A rule about addresses may be about any name. */
function couldName(rule: HostRule, host: string): boolean {
  if (rule.match === 'name') return sameName(rule.name, host);
  return rule.match !== 'suffix' || plainName(host).endsWith(rule.suffix);
}

function namesDestination(rule: HostRule, host: string, address: IpBytes): boolean {
  if (rule.match === 'address') return sameAddress(rule.bytes, address);
  if (rule.match === 'name' && rule.name === LOCALHOST) return isLocalhost(host) && isLoopback(address);
  if (isSpecial(address)) return false;
  switch (rule.match) {
    case 'any':
      return true;
    case 'prefix':
      return inPrefix(address, rule.prefix, rule.bits);
    case 'name':
      return sameName(rule.name, host);
    case 'suffix':
      return plainName(host).endsWith(rule.suffix);
  }
}

function namesBind(rule: HostRule, wish: string): boolean {
  if (rule.match === 'any') return true;
  const everywhere = wish === '' || wish === '*';
  const address = everywhere ? undefined : parseIp(wish);
  if (rule.match === 'name') return rule.name === LOCALHOST && isLocalhost(wish);
  if (rule.match === 'address') {
    return everywhere ? isUnspecified(rule.bytes) : address !== undefined && sameAddress(rule.bytes, address);
  }
  if (rule.match === 'suffix' || !address || isUnspecified(address)) return false;
  return inPrefix(unwrapped(address), rule.prefix, rule.bits);
}

/** 'localhost' and the two addresses that everybody means by it. */
function isLocalhost(host: string): boolean {
  return plainName(host) === LOCALHOST || host === '127.0.0.1' || host === '::1';
}

function sameAddress(rule: IpBytes, address: IpBytes): boolean {
  const plain = unwrapped(address);
  return rule.length === plain.length && rule.every((byte, i) => byte === plain[i]);
}

function sameName(rule: string, host: string): boolean {
  return rule === plainName(host);
}

function plainName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

function partsOf(text: string): { parts: readonly string[]; protocol: Protocol } {
  if (text.length > MAX_RULE_CHARS) throw invalid(text, `has more than ${MAX_RULE_CHARS} characters`);
  // "10.0.0.0/8:53" has a slash that belongs to no protocol.
  const { rest, protocol } = takeProtocol(text);
  if (!protocol) throw invalid(text, 'ends in something else than /udp or /tcp');
  const parts = splitColons(rest);
  if (!parts) throw invalid(text, 'has a bracket that does not stand around one IPv6 address');
  return { parts, protocol };
}

function hostRule(host: string, whole: string): HostRule {
  if (host === '*') return { match: 'any' };
  if (host.startsWith('*.') && isHost(host.slice(2)))
    return { match: 'suffix', suffix: plainName(host.slice(1)) };
  const prefix = prefixOf(host);
  if (prefix)
    return prefix.bits === prefix.prefix.length * 8 ? { match: 'address', bytes: prefix.prefix } : prefix;
  if (isHost(host) && !host.includes('%')) return { match: 'name', name: plainName(host) };
  throw invalid(whole, 'names no host: write *, a name, *.example.org, an address, 10.0.0.* or 10.0.0.0/8');
}

/** An address is a prefix of all its bits; "10.0.*" is one of 16. */
function prefixOf(host: string): { match: 'prefix'; prefix: IpBytes; bits: number } | undefined {
  const stars = /^((?:\d{1,3}\.){1,3})\*(?:\.\*)*$/.exec(host);
  const known = stars?.[1]?.split('.').slice(0, -1);
  if (known) {
    const prefix = parseIp([...known, '0', '0', '0'].slice(0, 4).join('.'));
    return prefix && { match: 'prefix', prefix, bits: known.length * 8 };
  }
  const single = host.includes('%') ? undefined : parseIp(host);
  if (single) return { match: 'prefix', ...wrappedPrefix(single, single.length * 8) };
  const found = parsePrefix(host);
  return found && { match: 'prefix', ...wrappedPrefix(found.prefix, found.bits) };
}

/** Destinations are compared unwrapped, so a rule for ::ffff:10.0.0.1 means 10.0.0.1. */
function wrappedPrefix(prefix: IpBytes, bits: number): { prefix: IpBytes; bits: number } {
  const plain = unwrapped(prefix);
  const cut = bits - (prefix.length - plain.length) * 8;
  return plain.length < prefix.length && cut >= 0 ? { prefix: plain, bits: cut } : { prefix, bits };
}

function portRule(text: string, whole: string): Pick<AccessRule, 'ports' | 'anyPort'> {
  if (text === '*') return { ports: { from: 1, to: MAX_PORT }, anyPort: true };
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const from = Number(found?.[1] ?? 0);
  const to = Number(found?.[2] ?? from);
  if (from < 1 || to > MAX_PORT || from > to) throw invalid(whole, 'names no port: write 53, 8000-8099 or *');
  return { ports: { from, to }, anyPort: false };
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof VoiptermError) return false;
    throw error;
  }
}

function invalid(text: string, why: string): VoiptermError {
  return new VoiptermError('usage.invalid', `the forward rule ${JSON.stringify(text.slice(0, 80))} ${why}`);
}
