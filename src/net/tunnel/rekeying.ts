/** When a client asks for new keys, and that it asks again when it got none. Keys that sealed no payload stay longer. Pure. */

export interface RekeyLimits {
  /** New keys after so long, ms, five times so long if no payload went under the old ones. */
  readonly everyMs: number;
  /** And after so many packets in either direction. */
  readonly everyPackets: number;
}

/** Two minutes, as WireGuard; 2^24 packets are far from every limit of either AEAD. */
export const REKEY_LIMITS: RekeyLimits = { everyMs: 120_000, everyPackets: 2 ** 24 };
/** How much went and came since the session began. */
export interface Traffic {
  /** Packets of the busier direction. */
  readonly packets: number;
  /** Payloads of both: packets that are not probes. */
  readonly payloads: number;
}

/** The index of a session shows who moved to another network: so keys that protect nothing are renewed too, but seldom. */
const UNUSED_TIMES = 5;
/** After a failure, such as while the SSH connection is down. */
const RETRY_MS = 5000;

export class Rekeying {
  readonly #limits: RekeyLimits;
  #dueAt: number;
  #since: Traffic = { packets: 0, payloads: 0 };
  #asking = false;
  #failed = false;
  /** How often the renewal was put off. */
  #putOff = 0;

  constructor(limits: RekeyLimits, now: number) {
    this.#limits = limits;
    this.#dueAt = now + limits.everyMs;
  }

  /** When it is due by the clock, ms. */
  get dueAt(): number {
    return this.#asking ? Number.POSITIVE_INFINITY : this.#dueAt;
  }

  /** True if new keys should be asked for now; then done() must follow. */
  begin(traffic: Traffic, now: number): boolean {
    if (this.#asking) return false;
    const many = traffic.packets - this.#since.packets >= this.#limits.everyPackets;
    if (now < this.#dueAt && (this.#failed || !many)) return false;
    const unused = !many && traffic.payloads === this.#since.payloads;
    if (unused && !this.#failed && this.#putOff < UNUSED_TIMES - 1) {
      this.#putOff += 1;
      this.#dueAt = now + this.#limits.everyMs;
      return false;
    }
    this.#asking = true;
    this.#since = { packets: traffic.packets, payloads: traffic.payloads };
    return true;
  }

  done(renewed: boolean, now: number): void {
    this.#asking = false;
    this.#failed = !renewed;
    this.#putOff = 0;
    this.#dueAt = now + (renewed ? this.#limits.everyMs : Math.min(RETRY_MS, this.#limits.everyMs));
  }
}
