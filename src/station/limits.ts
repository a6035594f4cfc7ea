/** The bounds that keep one peer from crowding out the others. Pure: told the time in ms, any monotonic clock. */

/** Posts of one member: a long paste or an outbox after hours offline goes through, a flood does not. */
export const POSTS = { burst: 1000, perSecond: 100 } as const;
/** Other requests: joining 32 rooms with their history at once, several times over. */
export const REQUESTS = { burst: 300, perSecond: 50 } as const;
/** Changes of the talking state: far more than a hand or a voice detector makes. */
export const TALK_CHANGES = { burst: 40, perSecond: 10 } as const;
/** Voice frames of one member: 10 ms frames, and what a stalled link delivers at once. */
export const VOICE_FRAMES = { burst: 200, perSecond: 150 } as const;
/** Most that a member's voice may take unless the operator says otherwise, bit/s: full redundancy at a good bitrate. */
export const MAX_VOICE_BITRATE = 256_000;
/** Largest file that members send each other unless the operator says otherwise, bytes: what a link carries in an evening. */
export const MAX_FILE_BYTES = 1024 ** 3;
/** What a stalled link delivers at once, ms of the rate. */
const VOICE_BURST_MS = 2000;
/** What it may be without a bound of the operator's: Opus at its highest rate (510 kbit/s), bit/s. */
const OPUS_MAX_BITRATE = 512_000;
/** Reports of one listener: four a second, each in as many packets as 60 speakers need. */
export const VOICE_REPORTS = { burst: 32, perSecond: 16 } as const;

/** Bytes of one member's voice; 0 bit/s for no bound of the operator's. */
export function voiceBytes(maxBitrate: number): Rate {
  const perSecond = (maxBitrate > 0 ? maxBitrate : OPUS_MAX_BITRATE) / 8;
  return { burst: (perSecond * VOICE_BURST_MS) / 1000, perSecond };
}

export interface Rate {
  /** How much may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Fills at a steady rate up to its burst; what it does not hold cannot be taken. */
export class TokenBucket {
  #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes `amount` if it is there. A clock that went back fills nothing. */
  take(amount: number, now: number): boolean {
    if (!this.holds(amount, now)) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Whether `amount` could be taken. */
  holds(amount: number, now: number): boolean {
    const elapsed = Math.max(0, now - this.#at);
    this.#at = Math.max(this.#at, now);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsed * this.#rate.perSecond) / 1000);
    return this.#tokens >= amount;
  }
}

export interface AdmissionBounds {
  /** Connections that have not proved a key yet: each costs a key exchange. */
  readonly unauthenticated: number;
  /** The same from one address, so that one address cannot use them all up. */
  readonly unauthenticatedPerAddress: number;
  readonly connectionsPerAddress: number;
  readonly connections: number;
}

export const ADMISSION: AdmissionBounds = {
  unauthenticated: 128,
  unauthenticatedPerAddress: 64,
  connectionsPerAddress: 1024, // an office behind one NAT
  connections: 4096,
};

/** Counts connections in all and by address. */
export class Admission {
  #bounds: AdmissionBounds;
  #open = new Map<string, number>();
  #unproved = new Map<string, number>();
  #openTotal = 0;
  #unprovedTotal = 0;

  constructor(bounds: AdmissionBounds = ADMISSION) {
    this.#bounds = bounds;
  }

  /** Takes a place for a new connection, or undefined if there is none. */
  enter(address: string): AdmissionPlace | undefined {
    const { unauthenticated, unauthenticatedPerAddress, connections, connectionsPerAddress } = this.#bounds;
    const full =
      this.#unprovedTotal >= unauthenticated ||
      this.#openTotal >= connections ||
      (this.#unproved.get(address) ?? 0) >= unauthenticatedPerAddress ||
      (this.#open.get(address) ?? 0) >= connectionsPerAddress;
    if (full) return undefined;
    this.#count(address, 1);
    this.#countUnproved(address, 1);
    let unproved = true;
    let open = true;
    const proved = (): void => {
      if (unproved) this.#countUnproved(address, -1);
      unproved = false;
    };
    const leave = (): void => {
      proved();
      if (open) this.#count(address, -1);
      open = false;
    };
    return { proved, leave };
  }

  #count(address: string, by: number): void {
    this.#openTotal += by;
    add(this.#open, address, by);
  }

  #countUnproved(address: string, by: number): void {
    this.#unprovedTotal += by;
    add(this.#unproved, address, by);
  }
}

/** One connection's place. Both calls are harmless when repeated. */
export interface AdmissionPlace {
  /** It proved a key. */
  proved(): void;
  /** It is closed. */
  leave(): void;
}

function add(counts: Map<string, number>, address: string, by: number): void {
  const count = (counts.get(address) ?? 0) + by;
  if (count > 0) counts.set(address, count);
  else counts.delete(address);
}
