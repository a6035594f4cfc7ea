/**
 * From spoken frames to the packets that leave, and when. Pure: told the time, ns.
 *
 * As a rule a frame leaves at once, and after a spurt come tails, a frame's time apart, while they have copies to bring.
 * At a constant rate frames wait for their slot, at most one frame long; in a slot without a frame a cover packet of
 * the same size leaves, talking or not.
 */
import { msToSamples, type OpusFrameMs, samplesToNs } from './frame.ts';
import { type Copies, Packetizer } from './packetizer.ts';

/** Frames that wait for a slot at a constant rate: the clocks of microphone and slots differ by less than a frame. */
const MAX_WAITING = 2;
/** Slots made up for after a stall; older ones are left out. */
const MAX_LATE_SLOTS = 5n;

/** An encoded frame and its place. */
export interface SpokenFrame {
  readonly timestamp: number;
  readonly marker: boolean;
  readonly last: boolean;
  readonly level: number;
  readonly payload: Uint8Array;
  /** Samples that it lasts. */
  readonly duration: number;
  /** When its last sample was spoken (process.hrtime.bigint()). */
  readonly captureNs: bigint;
}

/** A packet to be sent. */
export interface Outgoing {
  readonly packet: Uint8Array<ArrayBuffer>;
  readonly seq: number;
  /** The frame in it; undefined in a tail and in a cover packet. */
  readonly frame: SpokenFrame | undefined;
}

/** A size and a time between packets that nothing changes. */
export interface ConstantRate {
  readonly frameMs: OpusFrameMs;
  /** Size of each frame, bytes. */
  readonly frameBytes: number;
}

export interface PacketStreamOptions {
  /** Random start of the sequence numbers, 0..65535 (RFC 3550, 5.1). */
  readonly firstSeq: number;
  /** Undefined: packets leave as frames come. */
  readonly constant: ConstantRate | undefined;
}

export class PacketStream {
  readonly #packetizer = new Packetizer();
  #constant: ConstantRate | undefined;
  #copies: Copies = { depth: 0, spacing: 1 };
  #ssrc: number | null = null;
  #seq: number;
  /** The end of the last frame or cover packet, samples. */
  #end = 0;
  /** When the next tail or slot is due. */
  #dueNs: bigint | undefined;
  #tailNs = 0n;
  #waiting: SpokenFrame[] = [];

  constructor({ firstSeq, constant }: PacketStreamOptions) {
    this.#seq = firstSeq;
    this.#constant = constant;
  }

  /** Our SSRC in the datagram session, or null: nothing can be sent. */
  setSession(ssrc: number | null): void {
    if (ssrc === this.#ssrc) return;
    this.#ssrc = ssrc;
    this.#waiting = [];
    this.#dueNs = undefined;
    this.#packetizer.clear();
  }

  setCopies(copies: Copies): void {
    this.#copies = copies;
  }

  setConstant(constant: ConstantRate | undefined): void {
    this.#constant = constant;
    this.#waiting = [];
    this.#dueNs = undefined;
  }

  /** Whether something that was said has not been sent as often as it will be. */
  get pending(): boolean {
    return this.#waiting.length > 0 || (this.#ssrc !== null && this.#packetizer.tailLeft(this.#copies));
  }

  /** Takes a frame at `nowNs`; returns its packet, unless it waits for a slot. */
  spoken(frame: SpokenFrame, nowNs: bigint): Outgoing | undefined {
    if (this.#ssrc === null) return undefined;
    if (this.#constant) {
      this.#waiting.push(frame);
      if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
      return undefined;
    }
    this.#tailNs = samplesToNs(frame.duration);
    this.#dueNs = frame.last ? nowNs + this.#tailNs : undefined;
    return this.#send(frame, this.#ssrc, undefined);
  }

  /** What is due without a frame, or has waited for its slot. Call it every tick. */
  tick(nowNs: bigint): Outgoing[] {
    const ssrc = this.#ssrc;
    if (ssrc === null) return [];
    return this.#constant ? this.#slots(nowNs, ssrc, this.#constant) : this.#tails(nowNs, ssrc);
  }

  #tails(nowNs: bigint, ssrc: number): Outgoing[] {
    const outgoing: Outgoing[] = [];
    while (this.#dueNs !== undefined && this.#dueNs <= nowNs) {
      const left = this.#packetizer.tailLeft(this.#copies);
      this.#dueNs = left ? this.#dueNs + this.#tailNs : undefined;
      const packet = left ? this.#packetizer.tail(this.#seq, ssrc, this.#copies) : undefined;
      if (packet) outgoing.push({ packet, seq: this.#takeSeq(), frame: undefined });
    }
    return outgoing;
  }

  #slots(nowNs: bigint, ssrc: number, constant: ConstantRate): Outgoing[] {
    const slotNs = BigInt(constant.frameMs) * 1_000_000n;
    const oldestNs = nowNs - MAX_LATE_SLOTS * slotNs;
    if (this.#dueNs === undefined || this.#dueNs < oldestNs) this.#dueNs = nowNs;
    const outgoing: Outgoing[] = [];
    for (; this.#dueNs <= nowNs; this.#dueNs += slotNs) {
      const frame = this.#waiting.shift();
      outgoing.push(frame ? this.#send(frame, ssrc, constant.frameBytes) : this.#cover(ssrc, constant));
    }
    return outgoing;
  }

  #send(frame: SpokenFrame, ssrc: number, constantBytes: number | undefined): Outgoing {
    const seq = this.#takeSeq();
    const packet = this.#packetizer.frame({ ...frame, seq, ssrc }, this.#copies, constantBytes);
    this.#end = (frame.timestamp + frame.duration) >>> 0;
    return { packet, seq, frame };
  }

  #cover(ssrc: number, { frameMs, frameBytes }: ConstantRate): Outgoing {
    const seq = this.#takeSeq();
    const packet = this.#packetizer.cover(seq, ssrc, this.#end, this.#copies, frameBytes);
    this.#end = (this.#end + msToSamples(frameMs)) >>> 0;
    return { packet, seq, frame: undefined };
  }

  #takeSeq(): number {
    const seq = this.#seq;
    this.#seq = (seq + 1) & 0xffff;
    return seq;
  }
}
