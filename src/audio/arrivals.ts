/**
 * Packets between the port and the jitter buffers, which get them in the order of the clocks. Pure.
 *
 * After a stall of the thread the packets that came meanwhile are all there at once, and so are the ticks that were
 * missed. A jitter buffer that got the packets first would overflow, and drop what the missed ticks were about to
 * play. So a packet waits here for the first tick after its arrival.
 */

/** Packets that wait: as many as 64 speakers send in a second and a quarter. No stall that long leaves a call worth saving. */
export const MAX_WAITING = 4096;

export interface Arrival {
  readonly packet: Uint8Array;
  readonly receiveNs: bigint;
}

export class Arrivals {
  #take: (packet: Uint8Array, receiveNs: bigint) => void;
  #waiting: Arrival[] = [];

  /** @param take gets each packet when its tick has come. */
  constructor(take: (packet: Uint8Array, receiveNs: bigint) => void) {
    this.#take = take;
  }

  /** Whether any packet waits. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes a packet. Beyond the bound the packets need not wait for their ticks. */
  push(arrival: Arrival): void {
    if (this.#waiting.length >= MAX_WAITING) this.releaseAll();
    this.#waiting.push(arrival);
  }

  /** Hands on what came up to this moment. */
  release(untilNs: bigint): void {
    const later = this.#waiting.findIndex(({ receiveNs }) => receiveNs > untilNs);
    const due = this.#waiting.splice(0, later < 0 ? this.#waiting.length : later);
    for (const { packet, receiveNs } of due) this.#take(packet, receiveNs);
  }

  /** Hands on everything. */
  releaseAll(): void {
    for (const { packet, receiveNs } of this.#waiting.splice(0)) this.#take(packet, receiveNs);
  }
}
