/**
 * What redundancy achieves and costs, by arithmetic. Pure.
 *
 * A frame is lost if its packet and every packet with a copy of it are lost. Losses follow the chain of Gilbert and
 * Elliott: a share `loss` of packets, in runs of `run` packets on average. The chance that a packet is lost given that
 * the one s before it was is loss + (1 - loss) * memory^s, memory being what one step leaves of the chain's state. So
 * far-apart copies in the same window beat near ones where runs are long, and nothing is gained by it where losses are
 * independent.
 */
import { RTP_HEADER_BYTES } from '../net/protocol/rtp.ts';
import { type OpusFrameMs, TICK_MS } from './frame.ts';

/** What a network does to packets. */
export interface NetworkLoss {
  /** Share of packets lost, 0..1. */
  readonly loss: number;
  /** Mean number of packets lost in a row. */
  readonly run: number;
}

/** What is sent. */
export interface Shape {
  /** Copies of earlier frames in each packet. */
  readonly depth: number;
  /** Frames from one copy to the next. */
  readonly spacing: number;
  /** Opus, bit/s. */
  readonly bitrate: number;
  readonly frameMs: OpusFrameMs;
}

/** Within which a shape is chosen. */
export interface ShapeLimits {
  /** What one asks of Opus when nothing is lost, bit/s. */
  readonly bitrate: number;
  readonly frameMs: OpusFrameMs;
  /** Most bit/s of RTP packets, headers and copies included. */
  readonly maxBandwidth: number;
}

/**
 * How far back copies may reach with frames of 10 ms; less by what a frame is longer, ms. Listeners wait that long: with
 * the frame, the codec's 6.5 ms and two ticks of playout it keeps mouth to ear under 150 ms.
 */
export const MAX_WINDOW_MS = 100;
/** Most copies in a packet: ten of 10 ms fill the window. */
const MAX_DEPTH = 10;
/** Bitrates that are tried below the one asked for, bit/s. Below the last of them speech suffers more than from loss. */
const LOWER_BITRATES = [24_000, 20_000, 16_000, 12_000];
/** Header of a copy, and what one packet of redundant data adds, bytes (red.ts). */
const COPY_BYTES = 4;
const RED_BYTES = 1;

/**
 * Shares of frames that may stay lost: with independent losses, and in runs of four. A shape is sought that leaves half
 * of it, since a network is measured in seconds and is worse in some of them.
 */
const GOALS: readonly { readonly loss: number; readonly alone: number; readonly inRuns: number }[] = [
  { loss: 0, alone: 0.001, inRuns: 0.01 },
  { loss: 0.1, alone: 0.001, inRuns: 0.02 },
  { loss: 0.2, alone: 0.005, inRuns: 0.03 },
  { loss: 0.3, alone: 0.01, inRuns: 0.04 },
  { loss: 0.4, alone: 0.02, inRuns: 0.06 },
  { loss: 0.5, alone: 0.04, inRuns: 0.08 },
  { loss: 0.6, alone: 0.08, inRuns: 0.1 },
  { loss: 1, alone: 0.5, inRuns: 0.5 },
];
const GOAL_RUN = 4;
const MARGIN = 0.5;

/** Share of frames that neither their packet nor a copy brings. */
export function residualLoss({ loss, run }: NetworkLoss, { depth, spacing }: Shape): number {
  if (loss <= 0) return 0;
  const memory = loss >= 1 ? 0 : Math.max(0, 1 - 1 / (Math.max(run, 1) * (1 - loss)));
  return loss * (loss + (1 - loss) * memory ** spacing) ** depth;
}

/** The share of frames that may stay lost on such a network. */
export function goalOf({ loss, run }: NetworkLoss): number {
  const above = GOALS.findIndex((goal) => goal.loss > loss);
  const to = GOALS[above] ?? GOALS[GOALS.length - 1];
  const from = GOALS[above - 1] ?? to;
  if (!from || !to) return 0;
  const part = to.loss > from.loss ? (loss - from.loss) / (to.loss - from.loss) : 0;
  const alone = from.alone + part * (to.alone - from.alone);
  const inRuns = from.inRuns + part * (to.inRuns - from.inRuns);
  const shortest = 1 / (1 - Math.min(loss, 0.6));
  const burstiness = Math.min(1, Math.max(0, (run - shortest) / (GOAL_RUN - shortest)));
  return MARGIN * alone ** (1 - burstiness) * inRuns ** burstiness;
}

/** Bit/s of RTP packets of a shape, on average. */
export function bandwidthOf({ depth, bitrate, frameMs }: Shape): number {
  const frameBytes = (bitrate * frameMs) / 8000;
  const copies = depth > 0 ? RED_BYTES + depth * (COPY_BYTES + frameBytes) : 0;
  return ((RTP_HEADER_BYTES + frameBytes + copies) * 8000) / frameMs;
}

/** How far back its copies reach, ms. */
export function windowOf({ depth, spacing, frameMs }: Shape): number {
  return depth * spacing * frameMs;
}

/** Without redundancy: just what one asked for, or less where even that is over the budget. */
export function plainShape(limits: ShapeLimits): Shape {
  const shapes = bitratesOf(limits).map((bitrate) => ({
    depth: 0,
    spacing: 1,
    bitrate,
    frameMs: limits.frameMs,
  }));
  const cheapest = { depth: 0, spacing: 1, bitrate: 6000, frameMs: limits.frameMs };
  return shapes.find((shape) => bandwidthOf(shape) <= limits.maxBandwidth) ?? cheapest;
}

/**
 * The shape for a network. Of those that reach its goal the one with the least delay and bandwidth; the bitrate goes
 * down only as far as the budget needs. If none does, the one that leaves the least lost.
 */
export function shapeFor(network: NetworkLoss, limits: ShapeLimits): Shape {
  const goal = goalOf(network);
  let best = plainShape(limits);
  let bestLost = residualLoss(network, best);
  for (const frameMs of new Set([limits.frameMs, 10 as const])) {
    for (const bitrate of bitratesOf(limits)) {
      const shapes = shapesOf(bitrate, frameMs).filter((shape) => bandwidthOf(shape) <= limits.maxBandwidth);
      const enough = shapes.filter((shape) => residualLoss(network, shape) <= goal);
      const cheapest = enough.sort((a, b) => costOf(a) - costOf(b))[0];
      if (cheapest) return cheapest;
      for (const shape of shapes) {
        const lost = residualLoss(network, shape);
        if (lost >= bestLost * 0.95) continue;
        best = shape;
        bestLost = lost;
      }
    }
  }
  return best;
}

/** A millisecond of delay counts as much as a kbit/s. */
function costOf(shape: Shape): number {
  return windowOf(shape) + bandwidthOf(shape) / 1000;
}

function bitratesOf({ bitrate }: ShapeLimits): number[] {
  return [bitrate, ...LOWER_BITRATES.filter((lower) => lower < bitrate)];
}

function shapesOf(bitrate: number, frameMs: OpusFrameMs): Shape[] {
  const shapes: Shape[] = [];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    for (let spacing = 1; depth * spacing * frameMs + frameMs <= MAX_WINDOW_MS + TICK_MS; spacing++) {
      shapes.push({ depth, spacing, bitrate, frameMs });
      if (depth === 0) break;
    }
  }
  return shapes;
}
