/**
 * One direction of a bad network, for datagrams. Pure: a datagram goes in at a time, and comes out at its own time, once,
 * twice, changed or never.
 *
 *     in -> block? -> loss -> queue and rate -> corrupt -> delay + jitter -> reorder -> out
 *                                                                         -> duplicate -> out
 *
 * The n-th datagram has the n-th fate whatever the time: each of its chances is drawn by its number. Only the queue of
 * a rate depends on when datagrams come.
 */
import type { Bottleneck } from './bottleneck.ts';
import { DeliveryQueue, type Timed } from './delivery-queue.ts';
import { LossChain } from './loss.ts';
import { randomAt } from './random.ts';
import { type Impairments, isClear } from './spec.ts';

/** A second of 1,200-byte datagrams at 500 Mbit/s: more on its way is a mistake, and is dropped as overflowed. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** Each costs some 200 bytes besides its own. */
const MAX_QUEUED_PACKETS = 100_000;
/** A reordered datagram goes after one to so many later ones. */
const MAX_OVERTAKERS = 3;
/** It waits for them at most so long, ms: the last one of a talk spurt is late, not lost. */
export const REORDER_WAIT_MS = 100;
/** Datagrams held back at a time; further ones go in order. Only a very high share gets here. */
const MAX_HELD = 64;

/** Places of a datagram's chances among its own. */
const CHANCE = {
  loss: 0,
  jitter: 1,
  reorder: 2,
  overtakers: 3,
  duplicate: 4,
  duplicateJitter: 5,
  corrupt: 6,
  corruptBit: 7,
} as const;
/** Odd, so that the generator's whole period is used. */
const CHANCES = 9;

/** `received + duplicated = delivered + blocked + lost + overflowed + queued`, always. */
export interface DatagramCounters {
  received: number;
  receivedBytes: number;
  delivered: number;
  deliveredBytes: number;
  blocked: number;
  lost: number;
  /** Dropped at a full queue. */
  overflowed: number;
  duplicated: number;
  corrupted: number;
  reordered: number;
  /** On its way now. */
  queued: number;
}

/** A datagram that comes out. */
export interface Delivery<To> extends Timed {
  readonly bytes: Uint8Array;
  readonly to: To;
}

interface Held<To> {
  readonly delivery: Delivery<To>;
  /** Later datagrams that go first. */
  overtakers: number;
}

export interface ImpairmentOptions {
  readonly seed: number;
  readonly impairments: Impairments;
  /** Shared by all that goes this way. */
  readonly bottleneck: Bottleneck;
}

/** `To` is whatever the driver needs to know where a datagram goes. */
export class Impairment<To> {
  readonly #seed: number;
  readonly #bottleneck: Bottleneck;
  readonly #loss = new LossChain();
  readonly #queue = new DeliveryQueue<Delivery<To>>();
  #held: Held<To>[] = [];
  #queuedBytes = 0;
  #number = 0;
  #impairments: Impairments;
  #clear: boolean;
  #counters: Omit<DatagramCounters, 'queued'> = {
    received: 0,
    receivedBytes: 0,
    delivered: 0,
    deliveredBytes: 0,
    blocked: 0,
    lost: 0,
    overflowed: 0,
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
  };

  constructor({ seed, impairments, bottleneck }: ImpairmentOptions) {
    this.#seed = seed;
    this.#bottleneck = bottleneck;
    this.#impairments = impairments;
    this.#clear = isClear(impairments);
  }

  /** For datagrams to come; what is on its way keeps its fate. The bottleneck is changed by whoever shares it. */
  change(impairments: Impairments): void {
    this.#impairments = impairments;
    this.#clear = isClear(impairments);
  }

  /** Takes a datagram; it must not be written to afterwards. */
  receive(bytes: Uint8Array, to: To, now: number): void {
    const number = this.#number++;
    const counters = this.#counters;
    counters.received += 1;
    counters.receivedBytes += bytes.length;
    if (this.#clear) return this.#enqueue({ bytes, to, at: now });
    const impairments = this.#impairments;
    const lost = this.#loss.next(impairments, this.#draw(number, CHANCE.loss));
    if (impairments.block) counters.blocked += 1;
    else if (lost) counters.lost += 1;
    else this.#pass(bytes, to, number, now);
  }

  /** The next datagram whose time has come, until there is none. */
  poll(now: number): Delivery<To> | undefined {
    if (this.#held.length > 0) this.#release(({ delivery }) => delivery.at + REORDER_WAIT_MS <= now);
    const delivery = this.#queue.pop(now);
    if (!delivery) return undefined;
    this.#queuedBytes -= delivery.bytes.length;
    this.#counters.delivered += 1;
    this.#counters.deliveredBytes += delivery.bytes.length;
    return delivery;
  }

  /** When to poll next, ms; Infinity if nothing is on its way. */
  nextDeadline(): number {
    let next = this.#queue.nextAt;
    for (const { delivery } of this.#held) next = Math.min(next, delivery.at + REORDER_WAIT_MS);
    return next;
  }

  counters(): DatagramCounters {
    return { ...this.#counters, queued: this.#queue.length + this.#held.length };
  }

  /** Where it is slow: the queue, and all that happens behind it. */
  #pass(bytes: Uint8Array, to: To, number: number, now: number): void {
    const { corrupt, delay, duplicate, reorder } = this.#impairments;
    const out = this.#isFull() ? undefined : this.#bottleneck.admit(bytes.length, now);
    if (out === undefined) {
      this.#counters.overflowed += 1;
      return;
    }
    const sent = this.#draw(number, CHANCE.corrupt) < corrupt ? this.#corrupted(bytes, number) : bytes;
    const delivery = { bytes: sent, to, at: out + delay + this.#jitter(number, CHANCE.jitter) };
    if (this.#draw(number, CHANCE.reorder) < reorder && this.#held.length < MAX_HELD) {
      this.#hold(delivery, 1 + Math.floor(this.#draw(number, CHANCE.overtakers) * MAX_OVERTAKERS));
    } else {
      this.#enqueue(delivery);
      if (this.#held.length > 0) this.#overtake(delivery.at);
    }
    if (this.#draw(number, CHANCE.duplicate) >= duplicate) return;
    this.#counters.duplicated += 1;
    this.#enqueue({ ...delivery, at: out + delay + this.#jitter(number, CHANCE.duplicateJitter) });
  }

  #enqueue(delivery: Delivery<To>): void {
    this.#queuedBytes += delivery.bytes.length;
    this.#queue.push(delivery);
  }

  #hold(delivery: Delivery<To>, overtakers: number): void {
    this.#counters.reordered += 1;
    this.#queuedBytes += delivery.bytes.length;
    this.#held.push({ delivery, overtakers });
  }

  /** A later datagram goes at `at`: those that waited for it alone go right behind it. */
  #overtake(at: number): void {
    for (const held of this.#held) held.overtakers -= 1;
    this.#release(({ overtakers }) => overtakers <= 0, at);
  }

  #release(isDue: (held: Held<To>) => boolean, earliest = Number.NEGATIVE_INFINITY): void {
    this.#held = this.#held.filter((held) => {
      if (!isDue(held)) return true;
      const { delivery } = held;
      this.#queue.push({ ...delivery, at: Math.max(delivery.at, earliest) });
      return false;
    });
  }

  #isFull(): boolean {
    return (
      this.#queuedBytes >= MAX_QUEUED_BYTES || this.#queue.length + this.#held.length >= MAX_QUEUED_PACKETS
    );
  }

  #jitter(number: number, chance: number): number {
    return this.#draw(number, chance) * this.#impairments.jitter;
  }

  /** A copy with one bit flipped; an empty datagram has none. */
  #corrupted(bytes: Uint8Array, number: number): Uint8Array {
    this.#counters.corrupted += 1;
    const copy = Uint8Array.from(bytes);
    const bit = Math.floor(this.#draw(number, CHANCE.corruptBit) * bytes.length * 8);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  }

  #draw(number: number, chance: number): number {
    return randomAt(this.#seed, number * CHANCES + chance);
  }
}
