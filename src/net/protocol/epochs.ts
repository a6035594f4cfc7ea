/**
 * The keys of a session: those in force, those before, and those to come. Pure but for the keys' memory.
 *
 *   client: renewed --> seals with the new at once; the old still open until 5 s after the first packet under the new
 *   station: renewed --> waits; the first packet that opens under the new makes them the ones in force, likewise
 *
 * An epoch is a session index and a key for each direction. Counters and the replay window are not part of it: they
 * run on over all epochs, so nothing repeats and no loss shows at the seam.
 */
import type { Suite } from './constants.ts';
import { type Aead, createAead } from './seal.ts';

/** How long packets under the old keys, which are still on their way, are taken. */
export const OLD_KEYS_MS = 5000;

/** Keys as the station gives them out; whoever holds them wipes its copy. */
export interface SessionKeys {
  readonly session: number;
  readonly suite: Suite;
  readonly clientKey: Uint8Array;
  readonly stationKey: Uint8Array;
}

export interface Epoch {
  readonly session: number;
  readonly sealing: Aead;
  readonly opening: Aead;
}

export class Epochs {
  readonly #role: 'client' | 'station';
  #current: Epoch;
  #before: Epoch | undefined;
  #next: Epoch | undefined;
  #expiresAt = Number.POSITIVE_INFINITY;
  /** Packets under the keys in force opened: the other end has them too. */
  #confirmed = true;
  #retired: number[] = [];

  constructor(role: 'client' | 'station', keys: SessionKeys) {
    this.#role = role;
    this.#current = makeEpoch(role, keys);
  }

  /** Seals what is sent now. */
  get current(): Epoch {
    return this.#current;
  }

  /** False from a renewal until the other end was seen to use it. */
  get settled(): boolean {
    return this.#confirmed && this.#next === undefined;
  }

  /** When the old keys go, ms. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  find(session: number): Epoch | undefined {
    if (session === this.#current.session) return this.#current;
    if (session === this.#before?.session) return this.#before;
    return session === this.#next?.session ? this.#next : undefined;
  }

  /** Takes new keys. Those that were to come, or were the last but one, go. */
  renew(keys: SessionKeys): void {
    const epoch = makeEpoch(this.#role, keys);
    if (this.#role === 'station') {
      this.#retire(this.#next);
      this.#next = epoch;
      return;
    }
    this.#retire(this.#before);
    this.#before = this.#current;
    this.#current = epoch;
    this.#confirmed = false;
    this.#expiresAt = Number.POSITIVE_INFINITY;
  }

  /** A packet opened under these keys. */
  opened(epoch: Epoch, now: number): void {
    if (epoch === this.#next) {
      this.#retire(this.#before);
      this.#before = this.#current;
      this.#current = epoch;
      this.#next = undefined;
      this.#expiresAt = now + OLD_KEYS_MS;
    } else if (!this.#confirmed && epoch === this.#current) {
      this.#confirmed = true;
      this.#expiresAt = now + OLD_KEYS_MS;
    }
  }

  /** Wipes what is due. */
  tick(now: number): void {
    if (now < this.#expiresAt) return;
    this.#retire(this.#before);
    this.#before = undefined;
    this.#expiresAt = Number.POSITIVE_INFINITY;
  }

  /** Session indices that mean nothing any more since the last call. */
  takeRetired(): readonly number[] {
    return this.#retired.splice(0);
  }

  /** Wipes all keys. */
  close(): void {
    for (const epoch of [this.#current, this.#before, this.#next]) this.#retire(epoch);
    this.#before = undefined;
    this.#next = undefined;
  }

  #retire(epoch: Epoch | undefined): void {
    if (!epoch) return;
    epoch.sealing.wipe();
    epoch.opening.wipe();
    this.#retired.push(epoch.session);
  }
}

function makeEpoch(role: 'client' | 'station', keys: SessionKeys): Epoch {
  const client = createAead(keys.suite, keys.clientKey);
  const station = createAead(keys.suite, keys.stationKey);
  return role === 'client'
    ? { session: keys.session, sealing: client, opening: station }
    : { session: keys.session, sealing: station, opening: client };
}
