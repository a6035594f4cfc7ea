/**
 * When a client pings which route. Pure.
 *
 * Routes in use: every second, four times a second while an answer is overdue. Better ones that are down: every two
 * seconds, to climb back. Reserves: every two and a half. The first pings go out faster: a call should not wait. At
 * rest: every quarter of a minute, reserves every minute, and a size that was found is not checked.
 */
import { PROBE_INTERVAL_MS, ROUTES, type Route, STREAM_ROUTE } from './constants.ts';
import type { Path } from './path.ts';
import { REST_INTERVAL_MS } from './rhythm.ts';

/** Until something answers, and for so many pings. */
const FIRST_INTERVAL_MS = 200;
const FIRST_PINGS = 10;
/** While an answer is overdue: routes in use, and all others. */
const DOUBT_INTERVAL_MS = 250;
const DOUBT_OTHERS_MS = 500;
/** After so many pings without an answer there is no doubt left. */
const DOUBT_PINGS = 16;
/** A route that was heard again but is not up yet. */
const CLIMB_INTERVAL_MS = 500;
const BETTER_INTERVAL_MS = 2000;
const STANDBY_INTERVAL_MS = 2500;
const REST_STANDBY_INTERVAL_MS = 60_000;
/** After so many pings without an answer a route's largest size is not searched. */
const UNANSWERED = 3;

/** What the routes are used for at present. */
export interface Use {
  readonly up: Route | undefined;
  readonly down: Route | undefined;
  /** An answer on one of them is overdue. */
  readonly doubts: boolean;
  /** Nothing but probes flows. */
  readonly resting: boolean;
}

export class Pinger {
  readonly #paths: readonly Path[];
  #answered = false;

  constructor(paths: readonly Path[]) {
    this.#paths = paths;
  }

  /** Something was answered. */
  answered(): void {
    this.#answered = true;
  }

  /** When a route's next ping is due, ms; Infinity for one that cannot be used. */
  dueAt(route: Route, use: Use, now: number): number {
    const path = this.#paths[route];
    if (!path?.available) return Number.POSITIVE_INFINITY;
    const rests = use.resting && !path.hearing.climbing(now);
    return path.pings.sentAt + (rests ? restInterval(route, use) : this.#interval(route, path, use, now));
  }

  /** When the next ping of any is due, ms. */
  nextAt(use: Use, now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let route = 0; route < ROUTES; route++) {
      next = Math.min(next, this.dueAt(route, use, now), this.searchAt(route, use));
    }
    return next;
  }

  /** When a route's next padded ping may be due, ms. A route that is not answered on is not searched, nor is the stream. */
  searchAt(route: Route, { resting }: Use): number {
    const path = this.#paths[route];
    const alive = path?.available && path.pings.answered && path.pings.unanswered < UNANSWERED;
    if (!alive || route === STREAM_ROUTE || (resting && path.search.found)) return Number.POSITIVE_INFINITY;
    return path.search.nextAt;
  }

  #interval(route: Route, path: Path, use: Use, now: number): number {
    const { unanswered } = path.pings;
    if (!this.#answered && unanswered < FIRST_PINGS) return FIRST_INTERVAL_MS;
    const used = route === use.up || route === use.down;
    const doubts = use.doubts && unanswered < DOUBT_PINGS;
    if (used) return doubts ? DOUBT_INTERVAL_MS : PROBE_INTERVAL_MS;
    if (doubts) return DOUBT_OTHERS_MS;
    if (path.hearing.climbing(now)) return CLIMB_INTERVAL_MS;
    const better = route < worstUsed(use);
    return better ? BETTER_INTERVAL_MS : STANDBY_INTERVAL_MS;
  }
}

function restInterval(route: Route, use: Use): number {
  return route <= worstUsed(use) ? REST_INTERVAL_MS : REST_STANDBY_INTERVAL_MS;
}

function worstUsed({ up, down }: Use): Route {
  return Math.max(up ?? ROUTES, down ?? ROUTES);
}
