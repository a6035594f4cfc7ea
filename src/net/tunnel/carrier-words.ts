/** What carries datagrams each way, and why, in words. Pure. */
import { type Carrier, type Route, STREAM_ROUTE } from '../protocol/constants.ts';

/** A pause that a person should hear of: three pings and a half. */
const PAUSE_MS = 3500;

/** The name of a route: 'udp', 'udp:443' for a further port, 'stream'. */
export function carrierName(route: Route | undefined, ports: readonly number[]): Carrier {
  if (route === STREAM_ROUTE) return 'stream';
  return route === undefined || route === 0 ? 'udp' : `udp:${ports[route] ?? 0}`;
}

export interface Ways {
  readonly up: Route | undefined;
  readonly down: Route | undefined;
  /** Since the last answer by UDP, and on any route, ms; null before the first. */
  readonly udpAnsweredAgoMs: number | null;
  readonly acknowledgedAgoMs: number | null;
  /** False if the station cannot be reached by UDP at all, as behind a proxy that names no address. */
  readonly udp: boolean;
}

/** Why it is these routes, in a few words. */
export function carrierReason(ways: Ways): string {
  const { up, down, acknowledgedAgoMs } = ways;
  if (acknowledgedAgoMs === null) return 'nothing answered yet';
  if (acknowledgedAgoMs > PAUSE_MS) return `nothing answers for ${seconds(acknowledgedAgoMs)} s`;
  if (!ways.udp) return 'no UDP address to try';
  if (up === STREAM_ROUTE && down === STREAM_ROUTE) return whyNoUdp(ways);
  if (up === STREAM_ROUTE) return 'UDP to the station does not arrive';
  if (down === STREAM_ROUTE) return 'UDP from the station does not arrive';
  return up === 0 && (down ?? 0) === 0 ? 'UDP answers' : 'a better UDP port does not answer';
}

function whyNoUdp({ udpAnsweredAgoMs }: Ways): string {
  if (udpAnsweredAgoMs === null) return 'no UDP answer yet';
  return udpAnsweredAgoMs > PAUSE_MS
    ? `no UDP answer for ${seconds(udpAnsweredAgoMs)} s`
    : 'UDP answers again';
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
