/** What a listener has to say of one speaker in a receiver report: how it came in since the last one. Pure. */
import type { ReceptionReport } from '../net/protocol/rtcp.ts';
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';
import type { RecentLoss } from './receiver-stats.ts';

/** Packets due since the last report from which on there is something to say: a share of fewer says nothing. */
const MIN_PACKETS = 6;

/** What is counted of a speaker, since the beginning or as it is now. */
export interface ReceptionCounts {
  /** Packets that should have come, and those that did not (ReceiverStats). */
  readonly expected: number;
  readonly lost: number;
  readonly recent: RecentLoss;
  readonly extendedHighestSeq: number;
  readonly jitterMs: number;
  /** Frames that came too late. */
  readonly late: number;
  /** Length of a frame, ms. */
  readonly frameMs: number;
  /** Playout delay now, and its bound, ms. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

export class Reception {
  readonly #ssrc: number;
  /** As of the last report. */
  #expected = 0;
  #lost = 0;
  #late = 0;
  #longestDelayMs = 0;

  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  /** A report, or undefined if next to nothing has come since the last one. */
  report(counts: ReceptionCounts): ReceptionReport | undefined {
    const { expected, lost, late } = counts;
    const due = expected - this.#expected;
    if (due < MIN_PACKETS) return undefined;
    const fractionLost = Math.max(0, lost - this.#lost) / due; // RFC 3550, A.3
    const discardRate = Math.max(0, late - this.#late) / due;
    [this.#expected, this.#lost, this.#late] = [expected, lost, late];
    this.#longestDelayMs = Math.max(this.#longestDelayMs, counts.delayMs);
    return {
      ssrc: this.#ssrc,
      fractionLost,
      cumulativeLost: lost,
      highestSeq: counts.extendedHighestSeq >>> 0,
      jitter: Math.round((counts.jitterMs * SAMPLE_RATE) / 1000),
      metrics: {
        ...lossOf(counts),
        discardRate,
        playoutDelayMs: counts.delayMs,
        longestDelayMs: this.#longestDelayMs,
        maxDelayMs: counts.maxDelayMs,
      },
    };
  }
}

/** Loss of the last seconds, how long it goes on at a time, and how long it then stays away. */
function lossOf({ recent, frameMs }: ReceptionCounts): { lossRate: number; burstMs: number; gapMs: number } {
  const { expected, lost, bursts } = recent;
  return {
    lossRate: expected === 0 ? 0 : lost / expected,
    burstMs: bursts === 0 ? 0 : (lost / bursts) * frameMs,
    gapMs: ((expected - lost) / Math.max(1, bursts)) * frameMs,
  };
}
