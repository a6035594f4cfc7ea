/** What a tunnel tells of its datagrams, from what a connection counts. Pure. */
import type { ConnectionStats } from '../protocol/connection-stats.ts';
import { carrierName, carrierReason } from './carrier-words.ts';
import type { TunnelStats } from './messages.ts';

export interface Measured {
  readonly connection: ConnectionStats;
  /** The station's UDP ports, by route; none if it cannot be reached by UDP. */
  readonly ports: readonly number[];
  /** Since the last answer by UDP, ms; null before the first. */
  readonly udpAnsweredAgoMs: number | null;
  /** Sends that the system refused. */
  readonly udpErrors: number;
  /** Packets that became too old before the stream took them. */
  readonly stale: number;
}

export function tunnelStats({
  connection,
  ports,
  udpAnsweredAgoMs,
  udpErrors,
  stale,
}: Measured): TunnelStats {
  const { up, down, acknowledgedAgoMs } = connection;
  const { malformed, unauthentic, replayed, unsent, tooLarge } = connection.dropped;
  return {
    carrier: carrierName(up, ports),
    carrierUp: carrierName(up, ports),
    carrierDown: carrierName(down ?? up, ports),
    carrierReason: carrierReason({ up, down, acknowledgedAgoMs, udpAnsweredAgoMs, udp: ports.length > 0 }),
    cipher: connection.suite,
    rttMs: connection.rttMs,
    lossUp: connection.lossOut,
    lossDown: connection.lossIn,
    heardAgoMs: connection.heardAgoMs,
    acknowledgedAgoMs,
    silent: connection.silent,
    mtu: connection.mtu,
    carriers: connection.routes.map(({ route, ...state }) => ({
      carrier: carrierName(route, ports),
      ...state,
    })),
    rekeys: connection.rekeys,
    datagramsSent: connection.sent,
    datagramsReceived: connection.received,
    dropped: { malformed, unauthentic, replayed, unroutable: unsent + udpErrors, tooLarge, stale },
  };
}
