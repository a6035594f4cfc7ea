/**
 * One direction of a TCP connection through a bad network. Pure: bytes go in as they are read and come out late, whole
 * and in order, which is all that TCP lets a bad network do.
 *
 * What comes is cut into segments of at most 1,448 bytes. A lost segment comes when it has been sent again: the first
 * time after a retransmission timeout (RTO), then after twice as long, and so on (RFC 6298, 5.5). The RTO is 200 ms
 * as in Linux, or the longest round trip of the two directions if that is more. All that follows waits behind it. Fast
 * retransmit, which saves up to one RTO minus a round trip where much data is under way, and the congestion window are
 * not modelled: a stream of small messages, as voice is, has the delays of a real one; a bulk transfer is faster.
 *
 * The n-th segment has the n-th fate. Reordering, duplicates and corruption are for TCP either nothing or a loss,
 * and are ignored here.
 */
import type { Bottleneck } from './bottleneck.ts';
import { LossChain } from './loss.ts';
import { randomAt } from './random.ts';
import { type Impairments, isClear } from './spec.ts';

/** Ethernet's 1,500 bytes without the headers of IPv4 and of TCP with timestamps. */
export const SEGMENT_BYTES = 1448;
/** Linux, TCP_RTO_MIN and TCP_RTO_MAX, ms. */
export const MIN_RTO_MS = 200;
const MAX_RTO_MS = 120_000;
/** Bytes on their way before the sender is held back: a large window, as tuned kernels reach. */
const MAX_WINDOW_BYTES = 4 * 1024 * 1024;
/** Before a slow link the window follows what fits into it, but is never smaller than a first window (RFC 6928). */
const MIN_WINDOW_BYTES = 10 * SEGMENT_BYTES;
/** Attempts that may be lost by chance, by when minutes have passed; only at 100% none gets through ever. */
const MAX_LOST_ATTEMPTS = 16;
/** Chances of one segment: being lost so many times, and its jitter. */
const JITTER_CHANCE = MAX_LOST_ATTEMPTS;
const CHANCES = MAX_LOST_ATTEMPTS + 1;

/** What travels: the connection's begin and its two kinds of end keep their place among the bytes. */
export type StreamItem =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'open' | 'end' | 'reset' };

export interface StreamCounters {
  segments: number;
  receivedBytes: number;
  deliveredBytes: number;
  /** How often a segment was sent again. */
  retransmissions: number;
}

export interface StreamImpairmentOptions {
  readonly seed: number;
  readonly impairments: Impairments;
  readonly bottleneck: Bottleneck;
  /** From retransmissionTimeout. */
  readonly rtoMs: number;
  /** Counted into, by all connections of a direction. */
  readonly counters: StreamCounters;
}

interface Segment {
  readonly item: StreamItem;
  readonly size: number;
  readonly number: number;
}

interface Flying extends Segment {
  /** When it was, or will be, sent (again), ms. */
  sentAt: number;
  attempt: number;
  /** Whether that attempt is lost. */
  lost: boolean;
}

/** The RTO over two directions, ms. */
export function retransmissionTimeout(up: Impairments, down: Impairments): number {
  return Math.max(MIN_RTO_MS, up.delay + up.jitter + down.delay + down.jitter);
}

export class StreamImpairment {
  readonly #seed: number;
  readonly #bottleneck: Bottleneck;
  readonly #counters: StreamCounters;
  readonly #loss = new LossChain();
  #impairments: Impairments;
  #rtoMs: number;
  #clear: boolean;
  /** Before the bottleneck, and behind it. */
  #waiting = new Fifo<Segment>();
  #flying = new Fifo<Flying>();
  #queuedBytes = 0;
  #number = 0;

  constructor({ seed, impairments, bottleneck, rtoMs, counters }: StreamImpairmentOptions) {
    this.#seed = seed;
    this.#bottleneck = bottleneck;
    this.#impairments = impairments;
    this.#rtoMs = rtoMs;
    this.#counters = counters;
    this.#clear = isClear(impairments);
  }

  /** At once, also for what is on its way: a segment whose last attempt was lost gets through with the next one. */
  change(impairments: Impairments, rtoMs: number): void {
    this.#impairments = impairments;
    this.#rtoMs = rtoMs;
    this.#clear = isClear(impairments);
  }

  /** Takes what was read, or the connection's begin or end; it must not be written to afterwards. */
  receive(item: StreamItem): void {
    if (item.kind !== 'data') {
      this.#wait(item, 0);
      return;
    }
    const { bytes } = item;
    this.#counters.receivedBytes += bytes.length;
    // Nothing happens to segments of a clear connection, so they need not be cut.
    const step = this.#clear ? bytes.length : SEGMENT_BYTES;
    for (let start = 0; start < bytes.length; start += step) {
      const piece = bytes.subarray(start, start + step);
      this.#wait({ kind: 'data', bytes: piece }, piece.length);
    }
  }

  /** Whether the sender has to wait until something came out. */
  get full(): boolean {
    return this.#queuedBytes >= this.#window();
  }

  /** Bytes on their way. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** The next item whose time has come, until there is none. */
  poll(now: number): StreamItem | undefined {
    if (this.#impairments.block) return undefined;
    this.#admit(now);
    const head = this.#flying.first;
    if (!head || this.#arrivalOf(head, now) > now) return undefined;
    this.#flying.shift();
    this.#queuedBytes -= head.size;
    this.#counters.deliveredBytes += head.size;
    return head.item;
  }

  /** When to poll next, ms; Infinity if nothing can come before a change. */
  nextDeadline(now: number): number {
    if (this.#impairments.block) return Number.POSITIVE_INFINITY;
    this.#admit(now);
    const head = this.#flying.first;
    return Math.min(
      head ? this.#arrivalOf(head, now) : Number.POSITIVE_INFINITY,
      this.#waiting.first ? this.#bottleneck.roomAt() : Number.POSITIVE_INFINITY,
    );
  }

  #wait(item: StreamItem, size: number): void {
    this.#waiting.push({ item, size, number: this.#number });
    this.#number += 1;
    this.#counters.segments += 1;
    this.#queuedBytes += size;
  }

  /** Lets what waits into the bottleneck, as far as its queue takes it. */
  #admit(now: number): void {
    for (let next = this.#waiting.first; next; next = this.#waiting.first) {
      const sentAt = this.#bottleneck.admit(next.size, now);
      if (sentAt === undefined) return;
      this.#waiting.shift();
      const lost = this.#loss.next(this.#impairments, this.#draw(next.number, 0));
      this.#flying.push({ ...next, sentAt, attempt: 0, lost });
    }
  }

  /** When a segment arrives, or is sent again if that is later than now, ms. */
  #arrivalOf(segment: Flying, now: number): number {
    while (segment.lost) {
      const again = segment.sentAt + Math.min(MAX_RTO_MS, this.#rtoMs * 2 ** segment.attempt);
      if (again > now) return again;
      this.#counters.retransmissions += 1;
      segment.sentAt = again;
      segment.attempt += 1;
      segment.lost = this.#isLost(segment);
    }
    const { delay, jitter } = this.#impairments;
    return segment.sentAt + delay + jitter * this.#draw(segment.number, JITTER_CHANCE);
  }

  /** Whether an attempt after the first is lost: runs of losses are over after an RTO. */
  #isLost({ number, attempt }: Flying): boolean {
    const chance = attempt < MAX_LOST_ATTEMPTS ? this.#draw(number, attempt) : 1 - Number.EPSILON;
    return chance < this.#impairments.loss;
  }

  #window(): number {
    const { rate, delay, queue } = this.#impairments;
    if (rate === undefined) return MAX_WINDOW_BYTES;
    const fits = (rate / 8000) * (delay + queue);
    return Math.min(MAX_WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, fits));
  }

  #draw(number: number, chance: number): number {
    return randomAt(this.#seed, number * CHANCES + chance);
  }
}

/** A queue that does not move its items at every shift, as arrays of thousands do. */
class Fifo<T> {
  #items: T[] = [];
  #start = 0;

  get first(): T | undefined {
    return this.#items[this.#start];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#start += 1;
    if (this.#start * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }
}
