/**
 * A speaker's Opus packets in order, each once, from packets that are lost, late, out of order and repeated in others
 * (RFC 2198): what a recording writes, which has more time than the ear. Pure.
 */
import { opusDuration, SAMPLE_RATE, type VoicePacket } from '../net/protocol/rtp.ts';

/** How long a packet is waited for, samples: more than any copy is late, and any playout delay long. */
const WAIT_SAMPLES = SAMPLE_RATE;
/** Packets held at most: a second of the shortest ones that we send, twice over. */
const MAX_HELD = 200;
/** A timestamp further away than this is another clock, samples. */
const MAX_CLOCK_STEP = 10 * SAMPLE_RATE;

/** An Opus packet and when it, or the first that told of it, arrived. */
export interface OrderedPacket {
  readonly payload: Uint8Array;
  readonly timestamp: number;
  /** Samples, 1 or more. */
  readonly samples: number;
  readonly arrivedNs: bigint;
}

export class Reorder {
  /** In order of timestamp. */
  #held: OrderedPacket[] = [];
  #newest: number | undefined;
  /** Everything before this timestamp was given out. */
  #over: number | undefined;

  /** Takes a packet with all its copies; returns those whose turn has come. */
  push(packet: VoicePacket, arrivedNs: bigint): OrderedPacket[] {
    const ready = this.#newest !== undefined && this.#isOtherClock(packet.timestamp) ? this.flush() : [];
    for (const { offset, payload } of packet.redundant)
      this.#insert((packet.timestamp - offset) >>> 0, payload, arrivedNs);
    if (packet.payload.length > 0) this.#insert(packet.timestamp, packet.payload, arrivedNs);
    if (this.#newest === undefined || diff(packet.timestamp, this.#newest) > 0)
      this.#newest = packet.timestamp;
    return [...ready, ...this.#take()];
  }

  /** All that is held. Begins anew. */
  flush(): OrderedPacket[] {
    const held = this.#held;
    this.#held = [];
    this.#newest = undefined;
    this.#over = undefined;
    return held;
  }

  #isOtherClock(timestamp: number): boolean {
    return Math.abs(diff(timestamp, this.#newest ?? timestamp)) > MAX_CLOCK_STEP;
  }

  #insert(timestamp: number, payload: Uint8Array, arrivedNs: bigint): void {
    const samples = opusDuration(payload);
    if (samples === 0 || (this.#over !== undefined && diff(timestamp, this.#over) < 0)) return;
    let at = this.#held.length;
    while (at > 0) {
      const before = this.#held[at - 1];
      const after = before ? diff(timestamp, before.timestamp) : 1;
      if (after === 0) return;
      if (after > 0) break;
      at--;
    }
    // The packet's buffer may be used again, and holds more than this.
    this.#held.splice(at, 0, { payload: payload.slice(), timestamp, samples, arrivedNs });
  }

  #take(): OrderedPacket[] {
    const newest = this.#newest;
    if (newest === undefined) return [];
    let count = this.#held.findIndex(({ timestamp }) => diff(newest, timestamp) < WAIT_SAMPLES);
    if (count < 0) count = this.#held.length;
    count = Math.max(count, this.#held.length - MAX_HELD);
    const ready = this.#held.splice(0, count);
    const last = ready.at(-1);
    if (last) this.#over = (last.timestamp + last.samples) >>> 0;
    return ready;
  }
}

/** a - b on the circle of timestamps. */
function diff(a: number, b: number): number {
  return (a - b) | 0;
}
