/** The way out: what the room says, mixed, as one RTP stream of Opus without a pause. Pure but for the encoder that it is given. */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';
import { writeForeignRtp } from './foreign-rtp.ts';

/** Length of the packets, ms: what every program takes (RFC 7587, 4.2). */
export const OUTLET_PACKET_MS = 20;
const PACKET_SAMPLES = (SAMPLE_RATE * OUTLET_PACKET_MS) / 1000;
/** Ticks of the clock that are further apart than this were left out, samples: 5 ms beyond the step. */
const TOLERANCE_SAMPLES = 240;

export interface OutletOptions {
  /** 96..127. */
  readonly payloadType: number;
  /** Random, as RFC 3550, 5.1, wants them. */
  readonly ssrc: number;
  readonly firstSeq: number;
  readonly firstTimestamp: number;
  /** Makes an Opus packet of 960 samples. */
  readonly encode: (samples: Int16Array) => Uint8Array;
}

export class Outlet {
  readonly #options: OutletOptions;
  #samples = new Int16Array(PACKET_SAMPLES);
  #filled = 0;
  #sent = 0;
  #originNs: bigint | undefined;
  /** Where the next sample stands behind the first, if no tick is left out. */
  #at = 0;
  #marker = true;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** RTP packets made. */
  get sent(): number {
    return this.#sent;
  }

  /** Takes what is heard from the tick at `tickNs` on; returns the packets that it completes. */
  push(samples: Int16Array, tickNs: bigint): Uint8Array[] {
    this.#originNs ??= tickNs;
    const place = Number(((tickNs - this.#originNs) * BigInt(SAMPLE_RATE)) / 1_000_000_000n);
    if (place - this.#at > TOLERANCE_SAMPLES) this.#skipTo(place);
    this.#at += samples.length;
    const packets: Uint8Array[] = [];
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + PACKET_SAMPLES - this.#filled);
      this.#samples.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === PACKET_SAMPLES) packets.push(this.#packet(this.#at - (samples.length - from)));
    }
    return packets;
  }

  /** The machine slept: what was begun is over, and the timestamp leaps by as long as it took. */
  #skipTo(place: number): void {
    this.#at = place;
    this.#filled = 0;
    this.#marker = true;
  }

  /** @param end where the sample behind its last one stands. */
  #packet(end: number): Uint8Array {
    const { payloadType, ssrc, firstSeq, firstTimestamp, encode } = this.#options;
    const packet = writeForeignRtp({
      payloadType,
      ssrc,
      marker: this.#marker,
      seq: (firstSeq + this.#sent) & 0xffff,
      timestamp: (firstTimestamp + end - PACKET_SAMPLES) >>> 0,
      payload: encode(this.#samples),
    });
    this.#sent++;
    this.#filled = 0;
    this.#marker = false;
    return packet;
  }
}
