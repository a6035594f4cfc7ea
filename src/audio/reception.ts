/** What a listener has to say of one speaker in a receiver report: how it came in since the last one. Pure. */
import type { ReceptionReport } from '../net/protocol/rtcp.ts';
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';
import type { JitterBuffer } from './jitter.ts';

export class Reception {
  readonly #ssrc: number;
  readonly #jitter: JitterBuffer;
  readonly #maxDelayMs: number;
  /** As of the last report. */
  #expected = 0;
  #lost = 0;
  #received = 0;
  #discarded = 0;
  #highestSeq = -1;
  #longestDelayMs = 0;

  constructor(ssrc: number, jitter: JitterBuffer, maxDelayMs: number) {
    this.#ssrc = ssrc;
    this.#jitter = jitter;
    this.#maxDelayMs = maxDelayMs;
  }

  /** A report, or undefined if nothing has come since the last one. */
  report(): ReceptionReport | undefined {
    const { stats, delayMs } = this.#jitter;
    if (stats.extendedHighestSeq === this.#highestSeq) return undefined;
    this.#highestSeq = stats.extendedHighestSeq;
    this.#longestDelayMs = Math.max(this.#longestDelayMs, delayMs);
    return {
      ssrc: this.#ssrc,
      fractionLost: this.#fractionLost(),
      cumulativeLost: stats.lost,
      highestSeq: stats.extendedHighestSeq >>> 0,
      jitter: Math.round((stats.jitterMs * SAMPLE_RATE) / 1000),
      metrics: {
        ...this.#runs(),
        discardRate: this.#discardRate(),
        playoutDelayMs: delayMs,
        longestDelayMs: this.#longestDelayMs,
        maxDelayMs: this.#maxDelayMs,
      },
    };
  }

  /** RFC 3550, A.3. */
  #fractionLost(): number {
    const { expected, lost } = this.#jitter.stats;
    const due = expected - this.#expected;
    const missing = lost - this.#lost;
    this.#expected = expected;
    this.#lost = lost;
    return due <= 0 || missing <= 0 ? 0 : missing / due;
  }

  /** Loss of the last seconds, and how long it goes on at a time. */
  #runs(): { lossRate: number; burstMs: number; gapMs: number } {
    const { expected, lost, bursts } = this.#jitter.stats.recent;
    const { frameMs } = this.#jitter;
    return {
      lossRate: expected === 0 ? 0 : lost / expected,
      burstMs: bursts === 0 ? 0 : (lost / bursts) * frameMs,
      gapMs: ((expected - lost) / Math.max(1, bursts)) * frameMs,
    };
  }

  #discardRate(): number {
    const { received, late, dropped } = this.#jitter.counters;
    const came = received - this.#received;
    const discarded = late + dropped - this.#discarded;
    this.#received = received;
    this.#discarded = late + dropped;
    return came <= 0 ? 0 : Math.min(1, Math.max(0, discarded / came));
  }
}
