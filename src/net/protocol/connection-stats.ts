/** What a connection counts and measures. Types only. */
import type { Route, Suite } from './constants.ts';

/** Packets dropped, by reason. */
export interface Drops {
  /** Wrong length, type, session, counter or channel. */
  malformed: number;
  unauthentic: number;
  /** Authentic, but seen before or older than the replay window. */
  replayed: number;
  /** Ours that could not go out: no address yet, or the outputs were not drained. */
  unsent: number;
  /** Ours that are larger than what passes the path. */
  tooLarge: number;
}

/** One way to the peer, in use or in reserve. */
export interface RouteState {
  readonly route: Route;
  /** The peer says that it hears us there. */
  readonly up: boolean;
  /** We hear the peer there. */
  readonly down: boolean;
  /** Smoothed round trip, ms. */
  readonly rttMs: number | null;
  /** Largest payload that is known to pass, bytes. */
  readonly mtu: number;
}

export interface ConnectionStats {
  readonly suite: Suite;
  readonly sent: number;
  readonly received: number;
  readonly dropped: Readonly<Drops>;
  /** Smoothed round trip of the route in use, ms. */
  readonly rttMs: number | null;
  /** Loss from us to the peer, 0..1, as the peer reports it. */
  readonly lossOut: number | null;
  readonly lossIn: number | null;
  /** For how long nothing authentic came although something was due, ms. */
  readonly heardAgoMs: number | null;
  /** Since the first ping that has no answer, ms, 0 if all have; null before the first answer and at the station. */
  readonly acknowledgedAgoMs: number | null;
  readonly silent: boolean;
  /** The route that our packets take, and the one that the peer's should take. */
  readonly up: Route | undefined;
  readonly down: Route | undefined;
  /** The peer says that it hears on the route that we use. */
  readonly confirmed: boolean;
  /** Largest payload that goes out, bytes. */
  readonly mtu: number;
  readonly rekeys: number;
  /** Every way that there is, best first. */
  readonly routes: readonly RouteState[];
}
