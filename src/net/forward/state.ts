/** What is asked of a forward and what is known of it: plain data that crosses to the main thread. Types only. */
import type { ErrorCode } from '../../errors.ts';
import type { Credentials } from './socks.ts';
import type { ForwardSpec } from './spec.ts';

export interface ForwardAsk {
  readonly spec: ForwardSpec;
  /** UDP: a flow without a datagram for so long is forgotten at both ends, whole seconds. */
  readonly idleS: number;
  /** -D: what a SOCKS client must show; null lets everybody in who reaches the port. */
  readonly socksAuth: Credentials | null;
}

/**
 *  waiting --the station agreed--> active --link lost--> waiting
 *     +-------- it refused --------> failed --new link--> waiting
 */
export type ForwardState =
  /** Carries traffic. `port` is where it listens, at this machine (-L, -D) or at the station (-R). */
  | { readonly at: 'active'; readonly port: number }
  /** Becomes active by itself: there is no link now, or (with a code) something failed and is tried again. */
  | { readonly at: 'waiting'; readonly code: ErrorCode | null; readonly reason: string }
  /** The station refused it. Asked again on the next link, since its operator may have changed his mind. */
  | { readonly at: 'failed'; readonly code: ErrorCode; readonly reason: string };

/** Since the forward was added. Up is from the client to the station. */
export interface ForwardCounters {
  /** UDP flows or TCP connections that are open now. */
  readonly open: number;
  /** Those that began, the open ones included. */
  readonly opened: number;
  /** UDP flows that ended because they were idle. */
  readonly expired: number;
  /** UDP flows that ended because others needed their place. */
  readonly evicted: number;
  readonly datagramsUp: number;
  readonly datagramsDown: number;
  /** What was carried, without any headers. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Datagrams over the size that the tunnel carries. */
  readonly tooLarge: number;
  /** Datagrams and connections that came while there was no link or no place for them, or that nobody waited for. */
  readonly dropped: number;
  /** Destinations that refused or did not answer. */
  readonly unreachable: number;
}

export interface ForwardView {
  /** Its number in this client, from 1; never used again. */
  readonly id: number;
  readonly spec: ForwardSpec;
  readonly state: ForwardState;
  readonly counters: ForwardCounters;
}
