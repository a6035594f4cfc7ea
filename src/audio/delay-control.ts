/**
 * Decides how a speaker's playout delay moves to where it should be: at once where frames would come too late, slowly
 * and unheard where it is only longer than need be. Pure.
 *
 * A frame is asked for in the tick that needs its first sample, and ticks come every 10 ms. So there is a grid of
 * delays at which a frame is asked for just when its first sample is due; any delay between two of them asks for it as
 * early as the lower one does, and only makes everybody wait. The delay stays on the grid, a little above.
 */
import { TICK_MS } from './frame.ts';
import { ALIKE } from './time-scale.ts';

/** Where the delay may rest above the grid, ms: what rates that are a little off have as play. */
const REST_MS = 2.5;
/** Where it is steered to, and how near that is enough, ms. */
const MIDDLE_MS = 1.25;
const NEAR_MS = 0.25;
/** Parts per million by which reading is faster or slower for each ms to go, and at most: a fiftieth of a semitone. */
const PPM_PER_MS = 400;
const MAX_PPM = 1000;
/** A delay that is less than this above what is needed is raised before it becomes too short, unheard, ms. */
const RESERVE_MS = 2;
/** One that is below what is merely wanted is left alone up to this, ms. */
const PATIENCE_MS = 2;
/** One that could be a tick shorter is left alone unless it could by this much more, ms. */
const RELUCTANCE_MS = 1;
/** The last two are not below this share of the delay. */
const TOLERATED = 0.05;
/** Sound is cut from this excess on until it is down to that, ms. A pause is cut at any excess above the second. */
const CUT_FROM_MS = 15;
const CUT_TO_MS = 4;
/** Ticks for which the delay must have been too long: what has only just come late may be the first of many. */
const CUT_AFTER = 20;
/** From this excess on, cuts follow each other faster, and need less likeness, ms. */
const FAR_MS = 30;
/** Ticks between two splices. */
const CUT_PAUSE = 10;
const FAST_CUT_PAUSE = 4;
const REPEAT_PAUSE = 2;
/** To repeat a stretch that is hardly alike still sounds better than a hole. */
const BARELY_ALIKE = 0.4;
const SOMEWHAT_ALIKE = 0.6;

/** Times in ms, on the clock of which 0 is where the delay estimator's is. */
export interface DelayState {
  /** Of what is played now. */
  readonly delayMs: number;
  /** A delay on the grid; the others are whole ticks away. */
  readonly gridMs: number;
  /** Below this, frames come too late. */
  readonly neededMs: number;
  /** What is wanted if nothing hinders; not below neededMs. */
  readonly wantedMs: number;
  /** The delay of the fastest frame, had it not to wait at all. */
  readonly baseMs: number;
}

export interface Steering {
  /** Parts per million by which reading is faster than playing. */
  readonly ppm: number;
  /** A stretch of at most so long is to be left out (above 0) or repeated (below 0), ms; 0 is none. */
  readonly spliceMs: number;
  /** If what it joins is at least so much alike. */
  readonly likeness: number;
}

const STILL: Steering = { ppm: 0, spliceMs: 0, likeness: 1 };

export class DelayControl {
  #steering = false;
  #cutting = false;
  #pause = 0;
  #tooLong = 0;

  /** What to do in this tick. Call it once a tick. */
  steer(state: DelayState): Steering {
    if (this.#pause > 0) this.#pause--;
    const goal = goalOf(state);
    const excess = state.delayMs - goal;
    if (excess < 0 && state.neededMs > state.delayMs - above(state)) {
      return { ppm: -MAX_PPM, ...this.#repeat(-excess) };
    }
    this.#tooLong = excess < CUT_TO_MS ? 0 : this.#tooLong + 1;
    const wait = excess >= CUT_TO_MS && this.#tooLong < CUT_AFTER;
    return wait ? STILL : { ppm: this.#ppm(excess), ...this.#cut(excess) };
  }

  /** A splice was made that was asked for with this length. */
  spliced(spliceMs: number): void {
    const cutPause = spliceMs > FAR_MS ? FAST_CUT_PAUSE : CUT_PAUSE;
    this.#pause = spliceMs < 0 ? REPEAT_PAUSE : cutPause;
  }

  /** The delay to begin a spurt with at least. */
  first(neededMs: number, wantedMs: number): number {
    return Math.max(neededMs + RESERVE_MS, wantedMs);
  }

  /** A spurt begins, on the grid. */
  reset(): void {
    this.#steering = false;
    this.#cutting = false;
    this.#tooLong = 0;
  }

  #ppm(excess: number): number {
    const away = Math.abs(excess - MIDDLE_MS);
    if (excess < -0.05 || excess > REST_MS) this.#steering = true;
    else if (away < NEAR_MS) this.#steering = false;
    if (!this.#steering) return 0;
    return Math.max(-MAX_PPM, Math.min(MAX_PPM, (excess - MIDDLE_MS) * PPM_PER_MS));
  }

  #cut(excess: number): Omit<Steering, 'ppm'> {
    if (excess > CUT_FROM_MS) this.#cutting = true;
    if (excess < CUT_TO_MS) this.#cutting = false;
    if (excess < CUT_TO_MS || this.#pause > 0) return { spliceMs: 0, likeness: 1 };
    if (!this.#cutting) return { spliceMs: excess - MIDDLE_MS, likeness: 1 };
    return { spliceMs: excess - MIDDLE_MS, likeness: excess > FAR_MS ? SOMEWHAT_ALIKE : ALIKE };
  }

  #repeat(lack: number): Omit<Steering, 'ppm'> {
    this.#cutting = false;
    this.#tooLong = 0;
    return { spliceMs: this.#pause > 0 ? 0 : -(lack + MIDDLE_MS), likeness: BARELY_ALIKE };
  }
}

/** How far the delay is above the grid, 0 to a tick, ms. */
function above({ delayMs, gridMs }: DelayState): number {
  // A thousandth of a ms below the grid is on it.
  const rest = (delayMs - gridMs + 1e-3) % TICK_MS;
  return Math.max(0, (rest < 0 ? rest + TICK_MS : rest) - 1e-3);
}

/** The delay on the grid to go to. */
function goalOf(state: DelayState): number {
  const { neededMs, wantedMs, gridMs, baseMs } = state;
  const now = state.delayMs - above(state);
  if (neededMs > now) return upToGrid(neededMs, gridMs);
  const goodMs = Math.max(neededMs + RESERVE_MS, wantedMs);
  const share = TOLERATED * (goodMs - baseMs);
  const leastMs = Math.max(neededMs + RESERVE_MS, wantedMs - Math.max(PATIENCE_MS, share));
  if (leastMs > now) return upToGrid(goodMs, gridMs);
  const enoughMs = goodMs + Math.max(RELUCTANCE_MS, share);
  if (now - TICK_MS >= enoughMs) return upToGrid(enoughMs, gridMs);
  return now;
}

/** The shortest delay on the grid that is not below `ms`. */
export function upToGrid(ms: number, gridMs: number): number {
  return gridMs + Math.ceil((ms - gridMs) / TICK_MS - 1e-6) * TICK_MS;
}
