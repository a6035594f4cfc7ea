/** Measures the path to the station while it is in use: round trips of the control connection, and the tunnel's own probes. */
import { sentenceOf } from '../errors.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { pathWords } from './path-words.ts';

/** Round trips that are measured, and the pause between them, ms: two seconds, in which the tunnel probes, too. */
const ROUNDS = 5;
const PAUSE_MS = 400;

export interface PathTesterOptions {
  readonly live: LiveState;
  readonly call: Caller;
  readonly pauseMs?: number;
}

export class PathTester {
  readonly #options: PathTesterOptions;
  #running = false;

  constructor(options: PathTesterOptions) {
    this.#options = options;
  }

  /** Runs a test, or leaves the one that runs alone. Never rejects: what fails is what was found. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { live } = this.#options;
    live.apply({ kind: 'settings', change: { pathTest: { running: true, lines: [] } } });
    try {
      const { roundTrips, failure } = await this.#roundTrips();
      const lines = pathWords({ roundTrips, asked: ROUNDS, failure, stats: live.now.stats });
      live.apply({ kind: 'settings', change: { pathTest: { running: false, lines } } });
    } finally {
      this.#running = false;
    }
  }

  async #roundTrips(): Promise<{ readonly roundTrips: readonly number[]; readonly failure: string | null }> {
    const { call, pauseMs = PAUSE_MS } = this.#options;
    const roundTrips: number[] = [];
    let failure: string | null = null;
    for (let round = 0; round < ROUNDS; round++) {
      const sentAt = performance.now();
      try {
        await call('room.list', {});
        roundTrips.push(performance.now() - sentAt);
      } catch (error) {
        failure = sentenceOf(error);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return { roundTrips, failure };
  }
}
