/** What a tunnel tells a program. Types only. */
import type { VoiptermError } from '../errors.ts';
import type { ForwardView } from '../net/forward/state.ts';
import type { TunnelStats } from '../net/tunnel/messages.ts';

/** Who is at the other end. */
export interface TunnelStation {
  /** What the station calls itself; text of its own, to be escaped before it is shown. */
  readonly name: string;
  /** The name that we go by there. */
  readonly user: string;
  /** Its host key, "SHA256:...". */
  readonly fingerprint: string;
  /** The host key was not known before and was added to known_hosts. */
  readonly newHostKey: boolean;
}

export interface TunnelOffline {
  readonly error: VoiptermError;
  /** Until the next attempt. */
  readonly retryInMs: number;
  /** Datagrams still pass: UDP sockets and forwards carry on. */
  readonly datagrams: boolean;
}

export interface TunnelNotice {
  /** The forward that it is about; null if it is the station's. */
  readonly forward: number | null;
  readonly code: string;
  /** A sentence; a station's is text of its own, to be escaped before it is shown. */
  readonly text: string;
}

/** None of them is emitted before `connect` resolves. */
export interface TunnelEvents {
  /** The connection is there again. `resumed`: nothing but TCP connections was lost meanwhile. */
  online: [{ readonly resumed: boolean }];
  /** The connection broke. The tunnel tries again until it is closed or fails. */
  offline: [TunnelOffline];
  /** It will not come back: the key was taken off the list, the host key changed. Sockets have ended; close it. */
  failed: [VoiptermError];
  /** Four times a second. */
  stats: [TunnelStats];
  /** A forward's state changed. */
  forward: [ForwardView];
  notice: [TunnelNotice];
  close: [];
}
