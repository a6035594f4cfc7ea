/** What a receiver knows about a speaker's packets: loss by extended sequence number, and jitter (RFC 3550). Pure. */
import { SAMPLE_RATE, type VoiceFrame } from '../net/protocol/rtp.ts';

/** A jump of this many sequence numbers is a restarted sender, not loss (RFC 3550, A.1: MAX_DROPOUT). */
const MAX_DROPOUT = 3000;
/** The same for the clock: beyond this, transit times before and after cannot be compared, samples. */
const MAX_CLOCK_STEP = 10 * SAMPLE_RATE;
/** Sequence numbers of which it is remembered whether they came. */
const REMEMBERED = 512;
/** Packets that `recent` looks back on: 5 s of 20 ms. */
const RECENT = 256;
/** A packet may be overtaken by this many before it counts as lost. */
const REORDERED = 4;

/** Packets of the last seconds. */
export interface RecentLoss {
  readonly expected: number;
  readonly lost: number;
  /** Runs of lost packets. */
  readonly bursts: number;
}

const NOTHING: RecentLoss = { expected: 0, lost: 0, bursts: 0 };

export class ReceiverStats {
  #received = 0;
  /** Sequence numbers with the wrap-arounds counted in, as RFC 3550 A.1 extends them. */
  #firstSeq = 0;
  #highestSeq = -1;
  /** Loss, and packets expected, before the sender's last restart. */
  #lostBefore = 0;
  #expectedBefore = 0;
  #lastArrivalMs = 0;
  #lastTimestamp = 0;
  #jitterSamples = 0;
  /** By extended sequence number modulo its length: 1 if the packet came. */
  #came = new Uint8Array(REMEMBERED);
  #recent: RecentLoss | undefined;

  /** Counts a packet that arrived at `nowMs`. False for one that came before. */
  receive(packet: Pick<VoiceFrame, 'seq' | 'timestamp'>, nowMs: number): boolean {
    const first = this.#highestSeq < 0;
    const isNew = this.#countSeq(packet.seq);
    this.#recent = undefined;
    if (!isNew) return false;
    if (!first) this.#measureJitter(packet.timestamp, nowMs);
    this.#lastArrivalMs = nowMs;
    this.#lastTimestamp = packet.timestamp;
    return true;
  }

  /** Extended highest sequence number received; -1 before the first packet. */
  get extendedHighestSeq(): number {
    return this.#highestSeq;
  }

  /** Packets that never came: expected minus received ones (RFC 3550, A.3), duplicates not counted. */
  get lost(): number {
    return this.#lostBefore + this.#lostNow();
  }

  /** Packets that should have come (RFC 3550, A.3). */
  get expected(): number {
    return this.#expectedBefore + this.#expectedNow();
  }

  /** Interarrival jitter, ms. */
  get jitterMs(): number {
    return (this.#jitterSamples * 1000) / SAMPLE_RATE;
  }

  /** Loss of the last packets, those left out that may yet be overtaken ones. */
  get recent(): RecentLoss {
    this.#recent ??= this.#countRecent();
    return this.#recent;
  }

  #countRecent(): RecentLoss {
    const to = this.#highestSeq - REORDERED;
    const from = Math.max(this.#firstSeq, to - RECENT + 1);
    if (this.#highestSeq < 0 || to < from) return NOTHING;
    let lost = 0;
    let bursts = 0;
    let before = true;
    for (let seq = from; seq <= to; seq++) {
      const came = this.#came[seq % REMEMBERED] === 1;
      if (!came) {
        lost++;
        if (before) bursts++;
      }
      before = came;
    }
    return { expected: to - from + 1, lost, bursts };
  }

  #expectedNow(): number {
    return this.#highestSeq < 0 ? 0 : this.#highestSeq - this.#firstSeq + 1;
  }

  #lostNow(): number {
    return this.#expectedNow() - this.#received;
  }

  /** False for a duplicate. */
  #countSeq(seq: number): boolean {
    // Distance to the highest on the 16-bit circle, -32768..32767.
    const step = this.#highestSeq < 0 ? MAX_DROPOUT + 1 : ((seq - this.#highestSeq) << 16) >> 16;
    if (Math.abs(step) > MAX_DROPOUT) this.#startOver(seq);
    else if (!this.#advance(this.#highestSeq + step)) return false;
    this.#received++;
    return true;
  }

  #startOver(seq: number): void {
    this.#lostBefore += this.#lostNow();
    this.#expectedBefore += this.#expectedNow();
    this.#received = 0;
    this.#firstSeq = seq;
    this.#highestSeq = seq;
    this.#came.fill(0);
    this.#came[seq % REMEMBERED] = 1;
  }

  #advance(extended: number): boolean {
    if (extended > this.#highestSeq) {
      const from = Math.max(this.#highestSeq + 1, extended - REMEMBERED + 1);
      for (let seq = from; seq <= extended; seq++) this.#came[seq % REMEMBERED] = 0;
      this.#highestSeq = extended;
    } else {
      const remembered = this.#highestSeq - extended < REMEMBERED && extended >= 0;
      if (!remembered || this.#came[extended % REMEMBERED] === 1) return false;
      // The very first packets were reordered.
      if (extended < this.#firstSeq) this.#firstSeq = extended;
    }
    this.#came[extended % REMEMBERED] = 1;
    return true;
  }

  /** J += (|D| - J) / 16, D being the change of transit time between two packets, in samples. */
  #measureJitter(timestamp: number, nowMs: number): void {
    const sent = (timestamp - this.#lastTimestamp) | 0;
    if (Math.abs(sent) > MAX_CLOCK_STEP) return;
    const arrived = ((nowMs - this.#lastArrivalMs) * SAMPLE_RATE) / 1000;
    this.#jitterSamples += (Math.abs(arrived - sent) - this.#jitterSamples) / 16;
  }
}
