/** When a client asks for new keys, and that it asks again when it got none. Pure. */

export interface RekeyLimits {
  /** New keys after so long, ms. */
  readonly everyMs: number;
  /** And after so many packets in either direction. */
  readonly everyPackets: number;
}

/** Two minutes, as WireGuard; 2^24 packets are far from every limit of either AEAD. */
export const REKEY_LIMITS: RekeyLimits = { everyMs: 120_000, everyPackets: 2 ** 24 };
/** After a failure, such as while the SSH connection is down. */
const RETRY_MS = 5000;

export class Rekeying {
  readonly #limits: RekeyLimits;
  #dueAt: number;
  #packets = 0;
  #asking = false;

  constructor(limits: RekeyLimits, now: number) {
    this.#limits = limits;
    this.#dueAt = now + limits.everyMs;
  }

  /** When it is due by the clock, ms. */
  get dueAt(): number {
    return this.#asking ? Number.POSITIVE_INFINITY : this.#dueAt;
  }

  /**
   * True if new keys should be asked for now; then done() must follow. `packets` counts those of the busier direction since
   * the session began.
   */
  begin(packets: number, now: number): boolean {
    if (this.#asking) return false;
    const due = now >= this.#dueAt || packets - this.#packets >= this.#limits.everyPackets;
    if (!due) return false;
    this.#asking = true;
    this.#packets = packets;
    return true;
  }

  done(renewed: boolean, now: number): void {
    this.#asking = false;
    this.#dueAt = now + (renewed ? this.#limits.everyMs : Math.min(RETRY_MS, this.#limits.everyMs));
  }
}
