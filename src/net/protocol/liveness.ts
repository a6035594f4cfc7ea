/** How long a connection has missed what was due, by the way that it should have come. Pure. */
import { STREAM_ROUTE } from './constants.ts';
import type { Rhythm } from './rhythm.ts';
import type { Routes } from './routes.ts';

export class Liveness {
  readonly #routes: Routes;
  readonly #rhythm: Rhythm;

  constructor(routes: Routes, rhythm: Rhythm) {
    this.#routes = routes;
    this.#rhythm = rhythm;
  }

  /** For how long nothing came although something was due, ms; null before the first packet. */
  silenceMs(now: number): number | null {
    const heardAt = this.#routes.heardAt();
    return heardAt === null ? null : this.#rhythm.silence(heardAt, now);
  }

  /** Since when no ping is answered by UDP, ms, `now` if all are; null before the first answer. */
  answeredByUdpAt(now: number): number | null {
    return this.#routes.answeredAt(STREAM_ROUTE - 1, now);
  }

  /** For how long pings have no answer by any route, ms; null before the first answer. */
  unansweredMs(now: number): number | null {
    const answeredAt = this.#routes.answeredAt(STREAM_ROUTE, now);
    return answeredAt === null ? null : now - answeredAt;
  }

  /** For how long pings by the stream have no answer, ms. */
  streamUnansweredMs(now: number): number {
    return this.#routes.paths[STREAM_ROUTE]?.pings.unansweredMs(now) ?? 0;
  }
}
