/**
 * Chooses what redundancy is sent, from what the listeners report. Pure: told the time, ms, any monotonic clock.
 *
 * The listener who needs the most governs. Loss is believed quickly when it grows and forgotten slowly, so that the plan
 * does not flap. Before the first report a call is protected a little, for what its first moments would lose. What a
 * narrow link loses because of all the copies is the business of the congestion guard, which bounds the bandwidth.
 */
import type { ReceptionReport } from '../net/protocol/rtcp.ts';
import { CongestionGuard } from './congestion-guard.ts';
import type { OpusFrameMs } from './frame.ts';
import {
  bandwidthOf,
  goalOf,
  type NetworkLoss,
  plainShape,
  residualLoss,
  type Shape,
  type ShapeLimits,
  shapeFor,
} from './redundancy-model.ts';

export interface RedundancyPlan extends Shape {
  /** What this sends more than we would without loss, bit/s, headers included; less than 0 if the bitrate went down. */
  readonly addedBps: number;
  /** The listener who governs, and the loss that it sees; null without redundancy, or before the first report. */
  readonly because: { readonly ssrc: number; readonly lossPct: number } | null;
}

/** A listener who has not reported for this long while we spoke is gone, ms. */
export const REPORT_LIFE_MS = 8000;
/** Listeners remembered; who has not reported the longest goes. A room that talks has fewer. */
export const MAX_LISTENERS = 256;
/** Time constants with which loss is followed up and down, ms. */
const RISE_MS = 700;
const FALL_MS = 4000;
/** A share since the last report that is so much above that of the last seconds is a jump, and is believed by half. */
const JUMP = 0.2;
/** Redundancy begins above the first share of loss, and ends under the second. */
const BEGIN_LOSS = 0.01;
const END_LOSS = 0.004;
/** A smaller plan is taken when it has been enough for this long, ms. */
const SETTLE_MS = 3000;
/** What a call begins with: what this loss needs, within this multiple of the plain bandwidth. */
const FIRST_LOSS: NetworkLoss = { loss: 0.05, run: 1.05 };
const FIRST_GROWTH = 1.6;
/** Without a report in this time nobody who listens sends any, ms. */
const FIRST_LIFE_MS = 5000;
/** Between two plans no longer a time counts as one in which we spoke, ms. */
const PAUSE_MS = 500;

interface Listener extends NetworkLoss {
  readonly ssrc: number;
  /** On the clock that goes on only while we speak, ms. */
  readonly at: number;
}

export class RedundancyPlanner {
  #limits: ShapeLimits;
  /** The least recent report first. */
  readonly #listeners = new Map<number, Listener>();
  readonly #guard = new CongestionGuard();
  #shape: Shape;
  #worst: Listener | undefined;
  #plannedAt: number | undefined;
  /** Time that we have spoken, ms. */
  #spoken = 0;
  #anyReport = false;
  /** Since when a smaller plan would have been enough. */
  #smallerSince: number | undefined;

  constructor(limits: ShapeLimits) {
    this.#limits = limits;
    this.#shape = firstShape(limits);
  }

  /** New limits hold at once. */
  setLimits(limits: ShapeLimits): void {
    this.#limits = limits;
    this.#shape = plainShape(limits);
    this.#smallerSince = undefined;
  }

  /** Takes what the listener `reporter` says of our packets, which were frames of `frameMs`. */
  report(reporter: number, heard: ReceptionReport, frameMs: OpusFrameMs, now: number): void {
    this.#passTime(now);
    const { fractionLost, metrics } = heard;
    const known = this.#listeners.get(reporter);
    const run = Math.max(1, metrics.burstMs / frameMs);
    const jump = fractionLost - metrics.lossRate;
    const seen = metrics.lossRate + (jump > JUMP ? jump / 2 : 0);
    const loss = known
      ? follow(known.loss, seen, this.#spoken - known.at)
      : Math.max(fractionLost, metrics.lossRate);
    this.#listeners.delete(reporter);
    this.#listeners.set(reporter, {
      ssrc: reporter,
      loss,
      run: known ? (known.run + run) / 2 : run,
      at: this.#spoken,
    });
    this.#anyReport = true;
    this.#forget();
    if (this.#worst === undefined || this.#worst.ssrc === reporter) this.#guard.report(fractionLost, now);
  }

  /** What to send now. Call it while we speak, at least twice a second. */
  plan(now: number): RedundancyPlan {
    this.#passTime(now);
    this.#forget();
    const maxBandwidth = Math.min(this.#limits.maxBandwidth, this.#guard.cap(now));
    const wanted = this.#wanted({ ...this.#limits, maxBandwidth });
    if (this.#enough(wanted)) this.#smallerSince ??= now;
    else this.#smallerSince = undefined;
    const has = bandwidthOf(this.#shape);
    const settled = this.#smallerSince === undefined || now - this.#smallerSince >= SETTLE_MS;
    if (settled || has > maxBandwidth) {
      this.#guard.changed(has, bandwidthOf(wanted), now);
      this.#shape = wanted;
      this.#smallerSince = undefined;
    }
    return this.#described();
  }

  #described(): RedundancyPlan {
    const shape = this.#shape;
    const worst = shape.depth > 0 && this.#worst && this.#worst.loss >= END_LOSS ? this.#worst : undefined;
    const addedBps = Math.round(bandwidthOf(shape) - bandwidthOf(plainShape(this.#limits)));
    const because = worst ? { ssrc: worst.ssrc, lossPct: worst.loss * 100 } : null;
    return { ...shape, addedBps, because };
  }

  #wanted(limits: ShapeLimits): Shape {
    let worst: { readonly listener: Listener; readonly shape: Shape } | undefined;
    for (const listener of this.#listeners.values()) {
      const shape = this.#shapeFor(listener, limits);
      if (!worst || needs(shape) > needs(worst.shape)) worst = { listener, shape };
    }
    this.#worst = worst?.listener;
    if (worst) return worst.shape;
    return this.#anyReport || this.#spoken >= FIRST_LIFE_MS ? plainShape(limits) : firstShape(limits);
  }

  #shapeFor(network: NetworkLoss, limits: ShapeLimits): Shape {
    if (network.loss < (this.#shape.depth > 0 ? END_LOSS : BEGIN_LOSS)) return plainShape(limits);
    // Once frames were made shorter they stay so while anything is lost: the run of losses is counted in them.
    const shortened = this.#shape.depth > 0 && this.#shape.frameMs < limits.frameMs;
    return shapeFor(network, shortened ? { ...limits, frameMs: this.#shape.frameMs } : limits);
  }

  /** Whether what we send would do as well as what is wanted, or reaches the goal. */
  #enough(wanted: Shape): boolean {
    const network = this.#worst;
    if (!network) return true;
    const lost = residualLoss(network, this.#shape);
    return lost <= Math.max(goalOf(network), residualLoss(network, wanted));
  }

  #passTime(now: number): void {
    const passed = this.#plannedAt === undefined ? 0 : now - this.#plannedAt;
    this.#spoken += Math.max(0, Math.min(PAUSE_MS, passed));
    this.#plannedAt = now;
  }

  #forget(): void {
    for (const { ssrc, at } of this.#listeners.values()) {
      const gone = this.#spoken - at > REPORT_LIFE_MS;
      if (gone || this.#listeners.size > MAX_LISTENERS) this.#listeners.delete(ssrc);
    }
  }
}

function firstShape(limits: ShapeLimits): Shape {
  const most = bandwidthOf(plainShape(limits)) * FIRST_GROWTH;
  return shapeFor(FIRST_LOSS, { ...limits, maxBandwidth: Math.min(limits.maxBandwidth, most) });
}

/** A loss that was known, some time later, when `seen` was reported. */
function follow(known: number, seen: number, passedMs: number): number {
  const timeMs = seen > known ? RISE_MS : FALL_MS;
  return known + (seen - known) * (1 - Math.exp(-passedMs / timeMs));
}

/** What orders the shapes that listeners need. */
function needs(shape: Shape): number {
  return shape.depth * shape.spacing + bandwidthOf(shape) / 1e6;
}
