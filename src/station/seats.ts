/**
 * Members' seats: what outlives a member's SSH connection for a while, so that it can come back to the same one.
 * Pure: told the time in ms, any monotonic clock.
 *
 *   held --connection ends without goodbye--> parked --resume with the token--> held
 *    |  +--resume from a new connection--> held (the old connection is cut)
 *    +--goodbye--> gone        parked --datagrams silent, or parked too long--> gone
 *
 * A parked member stays in its rooms and its datagrams go on; only lines to it are dropped, since a client reads
 * rooms and history anew whenever it comes back.
 */
import { timingSafeEqual } from 'node:crypto';

/** A member whose datagrams are silent for so long has vanished; a client that lives probes every second, or when it is roused. */
export const PARKED_SILENCE_MS = 5_000;
/** Longest time without a connection: enough for a router to restart, and the keys stop being used soon after. */
export const PARKED_MS = 120_000;
/** Most parked seats: beyond it members who lose their connection leave, as everybody did before there were seats. */
export const MAX_PARKED = 1_000;

/** Who sits there at present: one connection. */
export interface SeatHolder {
  send(line: string): void;
  /** Bytes that wait to be read by it. */
  unsent?(): number;
  /** Where the connection comes from; '' if that is not known. */
  address?(): string;
  /** Another connection took the seat over; nothing of it belongs to this one any more. */
  taken(): void;
}

export interface Seat {
  /** Member id, also the RTP SSRC. */
  readonly id: number;
  readonly name: string;
  /** Of the key that it belongs to. */
  readonly fingerprint: string;
  /** What a client must show to come back. */
  readonly token: Buffer;
}

/** What a client shows to have its seat back. */
export type Claim = Seat;

interface Taken extends Seat {
  holder: SeatHolder | null;
  /** Meaningful while there is no holder. */
  parkedAt: number;
}

export class Seats {
  readonly #seats = new Map<number, Taken>();
  #parked = 0;

  get size(): number {
    return this.#seats.size;
  }

  get parked(): number {
    return this.#parked;
  }

  get ids(): number[] {
    return [...this.#seats.keys()];
  }

  has(id: number): boolean {
    return this.#seats.has(id);
  }

  /** Precondition: the id is free. */
  take(seat: Seat, holder: SeatHolder): void {
    this.#seats.set(seat.id, { ...seat, holder, parkedAt: 0 });
  }

  /** Gives a seat back to whoever shows all that belongs to it; false if there is no such seat. */
  resume(claim: Claim, holder: SeatHolder): boolean {
    const seat = this.#seats.get(claim.id);
    if (!seat || !belongs(seat, claim)) return false;
    const before = seat.holder;
    seat.holder = holder;
    if (before) before.taken();
    else this.#parked -= 1;
    return true;
  }

  /** Keeps the seat of a member whose connection ended; false if there is no room for another. */
  park(id: number, now: number): boolean {
    const seat = this.#seats.get(id);
    if (!seat?.holder || this.#parked >= MAX_PARKED) return false;
    seat.holder = null;
    seat.parkedAt = now;
    this.#parked += 1;
    return true;
  }

  /** Frees the seat; false if it was free. */
  leave(id: number): boolean {
    const seat = this.#seats.get(id);
    if (!seat) return false;
    this.#seats.delete(id);
    if (!seat.holder) this.#parked -= 1;
    return true;
  }

  /** Parked members who will not come back. `silenceMs` tells for how long a member's datagrams are missed. */
  expired(now: number, silenceMs: (id: number) => number | null): number[] {
    if (this.#parked === 0) return [];
    return [...this.#seats.values()]
      .filter(({ holder }) => holder === null)
      .filter(({ id, parkedAt }) => now - parkedAt >= PARKED_MS || !isAlive(silenceMs(id)))
      .map(({ id }) => id);
  }

  /** Every seat: whose it is, and where its connection comes from ('' while there is none). */
  list(): { id: number; fingerprint: string; address: string }[] {
    return [...this.#seats.values()].map(({ id, fingerprint, holder }) => ({
      id,
      fingerprint,
      address: holder?.address?.() ?? '',
    }));
  }

  /** Whose seat it is. */
  keyOf(id: number): string | undefined {
    return this.#seats.get(id)?.fingerprint;
  }

  /** Who sits there. */
  holderOf(id: number): SeatHolder | null {
    return this.#seats.get(id)?.holder ?? null;
  }

  /** Sends a line to whoever holds the seat. */
  send(id: number, line: string): void {
    this.#seats.get(id)?.holder?.send(line);
  }
}

/** Whether a member's datagrams say that it lives. */
export function isAlive(silenceMs: number | null): boolean {
  return silenceMs !== null && silenceMs < PARKED_SILENCE_MS;
}

/** The key alone would do against strangers; the token keeps apart two terminals of one person. */
function belongs(seat: Seat, claim: Claim): boolean {
  return (
    seat.name === claim.name &&
    seat.fingerprint === claim.fingerprint &&
    seat.token.length === claim.token.length &&
    timingSafeEqual(seat.token, claim.token)
  );
}
