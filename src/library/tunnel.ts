/**
 * `import { connect } from 'voipterm/tunnel'`: a tunnel to a station from a program of one's own, with UDP and TCP sockets
 * at the station's side. Documented in docs/library.md. What stands here is what others may rely on.
 */
import { TunnelHandle } from './handle.ts';
import type { TunnelOptions } from './options.ts';

/**
 * Opens a tunnel. Resolves once it is online and every forward in `options.forwards` carries traffic; from then on it
 * reconnects by itself. Rejects with the VoiptermError of the first thing that fails (its `code` says which: 'control.unreachable',
 * 'control.auth-refused', 'forward.in-use' ...), with 'control.timeout' after 20 s, or with 'tunnel.closed' once `options.signal`
 * is aborted; nothing is left of it then.
 */
export function connect(options: TunnelOptions): Promise<TunnelHandle> {
  return TunnelHandle.connect(options);
}

export { type ErrorCode, VoiptermError } from '../errors.ts';
export type { LogFields, Logger, LogLevel } from '../log.ts';
export type { Credentials } from '../net/forward/socks.ts';
export type { ForwardOption, ForwardSpec, HostPort, Protocol } from '../net/forward/spec.ts';
export type { ForwardCounters, ForwardState, ForwardView } from '../net/forward/state.ts';
export type { TcpSocket, TcpSocketOptions } from '../net/forward/tcp-socket.ts';
export type { Carrier, Suite } from '../net/protocol/constants.ts';
export type {
  CarrierState,
  HostKeyCheck,
  Identity,
  Jump,
  PathOptions,
  ProxyOptions,
  TunnelStats,
} from '../net/tunnel/messages.ts';
export type { TunnelEvents, TunnelNotice, TunnelOffline, TunnelStation } from './events.ts';
export type { TunnelHandle } from './handle.ts';
export type { Destination, ForwardWish, TunnelIdentity, TunnelOptions } from './options.ts';
export type { UdpEvents, UdpSocket, UdpSocketCounters } from './udp-socket.ts';
