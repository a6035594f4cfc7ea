/** What a program says to open a tunnel, checked once. */
import { DEFAULT_PORT, parseTarget } from '../net/control/target.ts';
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { memberName } from '../net/control/schema.ts';
import { DEFAULT_IDLE_MS } from '../net/forward/flow-table.ts';
import type { Credentials } from '../net/forward/socks.ts';
import { FORWARD_OPTIONS, type ForwardSpec, isHost, parseForward } from '../net/forward/spec.ts';
import type { ForwardAsk } from '../net/forward/state.ts';
import { SUITES, type Suite } from '../net/protocol/constants.ts';
import type { ConnectOptions, HostKeyCheck, Identity, PathOptions } from '../net/tunnel/messages.ts';
import { loadKey } from '../store/identity.ts';

/** A key as text, an agent's, or a file that holds one. */
export type TunnelIdentity = Identity | { readonly from: 'file'; readonly path: string };

export interface TunnelOptions {
  /** The station as on the command line: "[user@]host[:port]". In its place or over parts of it: the next three. */
  readonly target?: string;
  readonly host?: string;
  /** 1..65535; 2222 unless said here or in `target`. */
  readonly port?: number;
  /** The name to go by at the station: 1 to 32 of A-Z a-z 0-9 . _ - that begin with a letter or digit. */
  readonly user?: string;
  /** The Ed25519 key that proves who we are. */
  readonly identity: TunnelIdentity;
  /** How the station proves who it is. */
  readonly hostKey: HostKeyCheck;
  /** AEAD suites for datagrams that are accepted, preferred first; all that there are by default. */
  readonly suites?: readonly Suite[];
  /** A proxy, jump hosts, TLS; straight by default. */
  readonly path?: PathOptions;
  /** Forwards as on the command line, which are there when `connect` resolves. */
  readonly forwards?: readonly ForwardWish[];
  /** What happens inside, for a log; dropped by default. */
  readonly log?: Logger;
  /** Gives up connecting, and closes the tunnel later. */
  readonly signal?: AbortSignal;
}

/** A forward: "-L 5300:10.0.0.2:53/udp" alone, or with what goes with it. */
export type ForwardWish =
  | string
  | {
      readonly spec: string | ForwardSpec;
      /** UDP: a flow without a datagram for so long is forgotten at both ends; 5 to 86,400 whole seconds, 60 by default. */
      readonly idleS?: number;
      /** -D: what a SOCKS client must show; null, the default, lets everybody in who reaches the port. */
      readonly socksAuth?: Credentials | null;
    };

/** A destination, seen from the station. */
export interface Destination {
  /** A name, which the station looks up, or an IP address without brackets. */
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
}

const MAX_PORT = 65_535;
const DEFAULT_IDLE_S = DEFAULT_IDLE_MS / 1000;
/** Below, flows would end between a question and its answer; after a day no NAT on the way knows a silent one. */
const IDLE_S = { min: 5, max: 86_400 };

/** @throws VoiptermError 'usage.invalid', 'identity.unreadable'. */
export function connectOptionsOf(options: TunnelOptions): ConnectOptions {
  const target = options.target === undefined ? undefined : parseTarget(options.target);
  const host = options.host ?? target?.host;
  const port = options.port ?? target?.port ?? DEFAULT_PORT;
  const user = options.user ?? target?.user;
  if (host === undefined || (options.host !== undefined && !isHost(host)))
    throw invalid('host must be a host name or an IP address, or target must name one');
  if (!isPort(port)) throw invalid(`port must be a whole number from 1 to ${MAX_PORT}`);
  if (!memberName.safeParse(user).success || typeof user !== 'string') {
    throw invalid('user must be 1 to 32 of A-Z a-z 0-9 . _ - and start with a letter or digit');
  }
  const { hostKey, suites = SUITES, path } = options;
  if (suites.length === 0 || !suites.every((suite) => SUITES.includes(suite)))
    throw invalid(`suites must be some of ${SUITES.join(', ')}`);
  const identity = identityOf(options.identity);
  return { host, port, user, identity, hostKey, suites, ...(path ? { path } : {}) };
}

/** @throws VoiptermError 'usage.invalid'. */
export function forwardAskOf(wish: ForwardWish): ForwardAsk {
  const { spec, idleS, socksAuth = null } = typeof wish === 'string' ? { spec: wish } : wish;
  return { spec: typeof spec === 'string' ? specOf(spec) : spec, idleS: idleOf(idleS), socksAuth };
}

/** @throws VoiptermError 'usage.invalid'. */
export function destinationOf({ host, port }: Destination): Destination {
  if (!isHost(host)) throw invalid('the host of a destination must be a host name or an IP address');
  if (!isPort(port)) throw invalid(`the port of a destination must be a whole number from 1 to ${MAX_PORT}`);
  return { host, port };
}

/** @throws VoiptermError 'usage.invalid'. */
export function idleOf(idleS: number = DEFAULT_IDLE_S): number {
  if (Number.isInteger(idleS) && idleS >= IDLE_S.min && idleS <= IDLE_S.max) return idleS;
  throw invalid(`idleS must be a whole number of seconds from ${IDLE_S.min} to ${IDLE_S.max}`);
}

function specOf(text: string): ForwardSpec {
  const [, word, rest = ''] = /^\s*(-[A-Z])\s*(.*?)\s*$/.exec(text) ?? [];
  const option = FORWARD_OPTIONS.find((known) => known === word);
  if (!option) throw invalid('a forward begins with -L, -R or -D');
  return parseForward(option, rest);
}

function identityOf(identity: TunnelIdentity): Identity {
  if (identity.from !== 'file') return identity;
  return { from: 'key', privateKey: loadKey(identity.path).privateKey };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= MAX_PORT;
}

function invalid(why: string): VoiptermError {
  return new VoiptermError('usage.invalid', why);
}
