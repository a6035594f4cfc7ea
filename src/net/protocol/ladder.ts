/**
 * Which routes packets go out on. Pure.
 *
 * The receiver states on which routes it hears, in every probe; the sender takes the lowest of them that it has. So
 * each direction has its own route, and a route counts only where packets arrive. While an answer is overdue the same
 * bytes go out on another route as well (the replay window removes what comes twice): the change is made before the
 * break is certain. When nothing is known, or nothing works, the best route and the stream are both used.
 */
import { ROUTES, type Route, STREAM_ROUTE } from './constants.ts';

/** A statement of the peer counts this long: it makes one a second. One from a rest counts longer, but not for sure. */
const STATEMENT_MS = 3500;

export class Ladder {
  #stated = 0;
  #statedAt = Number.NEGATIVE_INFINITY;
  #peerDoubts = false;
  #known = false;
  #staleAt = Number.POSITIVE_INFINITY;
  /** Where packets go; undefined while there is nowhere. */
  primary: Route | undefined;
  /** Where they go as well. */
  second: Route | undefined;

  /** The peer says on which routes it hears (a bitmap), and whether it misses an answer. */
  state(heard: number, doubts: boolean, now: number): void {
    this.#stated = heard;
    this.#peerDoubts = doubts;
    this.#statedAt = now;
  }

  /** Whether the route in use is one that the peer said it hears on. */
  get known(): boolean {
    return this.#known;
  }

  /** Whether the peer said that it hears on this route. */
  isHeard(route: Route): boolean {
    return (this.#stated & (1 << route)) !== 0;
  }

  /** When the statement in force becomes too old, ms. */
  get staleAt(): number {
    return this.#known ? this.#staleAt : Number.POSITIVE_INFINITY;
  }

  /** Decides anew. `available` is a bitmap; `doubts`: our own answers are overdue; a silence counts `from` then on, ms. */
  choose(available: number, doubts: boolean, from: number, now: number): void {
    const sure = now - this.#statedAt <= STATEMENT_MS;
    const since = sure ? this.#statedAt : Math.max(this.#statedAt, from);
    this.#staleAt = since + STATEMENT_MS + 1;
    const heard = now - since > STATEMENT_MS ? 0 : this.#stated & available;
    this.#known = heard !== 0;
    this.primary = lowest(heard === 0 ? available : heard);
    this.second = undefined;
    if (this.primary === undefined) return;
    if (this.#known && sure && !doubts && !this.#peerDoubts) return;
    // The stream first: what takes one UDP port away mostly takes them all.
    const others = available & ~(1 << this.primary);
    this.second = others & (1 << STREAM_ROUTE) ? STREAM_ROUTE : (lowest(others & heard) ?? lowest(others));
  }
}

/** The best route of a bitmap. */
export function lowest(bitmap: number): Route | undefined {
  for (let route = 0; route < ROUTES; route++) if (bitmap & (1 << route)) return route;
  return undefined;
}
