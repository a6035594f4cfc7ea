/** All routes of a connection together: which can be used, which are heard on. Pure. */
import type { RouteState } from './connection-stats.ts';
import { ROUTES, type Route } from './constants.ts';
import { HEARD_WINDOW_MS, STANDBY_WINDOW_MS } from './hearing.ts';
import { lowest } from './ladder.ts';
import { type Endpoint, Path } from './path.ts';
import type { Rhythm } from './rhythm.ts';

export class Routes {
  readonly paths: readonly Path[];
  readonly #rhythm: Rhythm;

  constructor(remote: Endpoint | null, rhythm: Rhythm) {
    this.#rhythm = rhythm;
    this.paths = Array.from({ length: ROUTES }, (_, route) => new Path(route === 0 ? remote : null));
  }

  /** Bitmap of the routes that packets can be sent on. */
  available(): number {
    let bitmap = 0;
    for (let route = 0; route < ROUTES; route++) if (this.paths[route]?.available) bitmap |= 1 << route;
    return bitmap;
  }

  /**
   * Bitmap of the routes that are heard on. The best one is what the peer sends on and pings every second; the others are
   * pinged seldom and so have longer.
   */
  heard(now: number): number {
    const from = this.#rhythm.countsFrom;
    let bitmap = 0;
    for (let route = 0; route < ROUTES; route++) {
      const windowMs = bitmap === 0 ? HEARD_WINDOW_MS : STANDBY_WINDOW_MS;
      if (this.paths[route]?.hearing.isUp(now, windowMs, from)) bitmap |= 1 << route;
    }
    return bitmap;
  }

  /** Those that packets can be sent on, best first. `stated`: whether the peer says that it hears on one. */
  states(stated: (route: Route) => boolean, now: number): RouteState[] {
    const heard = this.heard(now);
    return this.paths.flatMap(({ available, pings, mtu }, route) => {
      if (!available) return [];
      const down = (heard & (1 << route)) !== 0;
      return [{ route, up: stated(route), down, rttMs: pings.rtt.smoothedMs, mtu }];
    });
  }

  /** The route that the peer should send on. */
  best(now: number): Route | undefined {
    return lowest(this.heard(now));
  }

  /** The smoothed round trip of a route, or else of the best one that has one, ms. */
  rtt(route: Route | undefined): number | null {
    const times = this.paths.map(({ pings }) => pings.rtt.smoothedMs);
    const measured = route === undefined ? null : (times[route] ?? null);
    return measured ?? times.find((time) => time !== null) ?? null;
  }

  /** When anything was heard last, ms; null before the first. */
  heardAt(): number | null {
    const at = Math.max(...this.paths.map((path) => path.hearing.at));
    return Number.isFinite(at) ? at : null;
  }

  /** Since when nothing is answered on any of the routes up to `last`, ms; null before the first answer. */
  answeredAt(last: Route, now: number): number | null {
    const all = this.paths.slice(0, last + 1).map(({ pings }) => pings.answeredAt(now));
    const times = all.filter((at) => at !== null);
    return times.length === 0 ? null : Math.max(...times);
  }
}
