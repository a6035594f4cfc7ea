/** What a receiver knows about a speaker's packets: loss by extended sequence number, and jitter (RFC 3550). Pure. */
import { SAMPLE_RATE, type VoiceFrame } from '../net/protocol/rtp.ts';

/** A jump of this many sequence numbers is a restarted sender, not loss (RFC 3550, A.1: MAX_DROPOUT). */
const MAX_DROPOUT = 3000;
/** The same for the clock: beyond this, transit times before and after cannot be compared, samples. */
const MAX_CLOCK_STEP = 10 * SAMPLE_RATE;

export class ReceiverStats {
  #received = 0;
  /** Sequence numbers with the wrap-arounds counted in, as RFC 3550 A.1 extends them. */
  #firstSeq = 0;
  #highestSeq = -1;
  /** Loss of senders before the last restart. */
  #lostBefore = 0;
  #lastArrivalMs = 0;
  #lastTimestamp = 0;
  #jitterSamples = 0;

  /** Counts a packet that arrived at `nowMs`. */
  receive(frame: VoiceFrame, nowMs: number): void {
    const first = this.#highestSeq < 0;
    this.#countSeq(frame.seq);
    if (!first) this.#measureJitter(frame.timestamp, nowMs);
    this.#lastArrivalMs = nowMs;
    this.#lastTimestamp = frame.timestamp;
  }

  /** Extended highest sequence number received; -1 before the first packet. */
  get extendedHighestSeq(): number {
    return this.#highestSeq;
  }

  /** Expected minus received packets (RFC 3550, A.3); negative if there were duplicates. */
  get lost(): number {
    return this.#lostBefore + this.#lostNow();
  }

  /** Interarrival jitter, ms. */
  get jitterMs(): number {
    return (this.#jitterSamples * 1000) / SAMPLE_RATE;
  }

  #lostNow(): number {
    return this.#highestSeq < 0 ? 0 : this.#highestSeq - this.#firstSeq + 1 - this.#received;
  }

  #countSeq(seq: number): void {
    // Distance to the highest on the 16-bit circle, -32768..32767.
    const step = this.#highestSeq < 0 ? MAX_DROPOUT + 1 : ((seq - this.#highestSeq) << 16) >> 16;
    if (Math.abs(step) > MAX_DROPOUT) {
      this.#lostBefore += this.#lostNow();
      this.#received = 0;
      this.#firstSeq = seq;
      this.#highestSeq = seq;
    } else if (step > 0) {
      this.#highestSeq += step;
    } else if (this.#highestSeq + step < this.#firstSeq) {
      // The very first packets were reordered.
      this.#firstSeq = this.#highestSeq + step;
    }
    this.#received++;
  }

  /** J += (|D| - J) / 16, D being the change of transit time between two packets, in samples. */
  #measureJitter(timestamp: number, nowMs: number): void {
    const sent = (timestamp - this.#lastTimestamp) | 0;
    if (Math.abs(sent) > MAX_CLOCK_STEP) return;
    const arrived = ((nowMs - this.#lastArrivalMs) * SAMPLE_RATE) / 1000;
    this.#jitterSamples += (Math.abs(arrived - sent) - this.#jitterSamples) / 16;
  }
}
