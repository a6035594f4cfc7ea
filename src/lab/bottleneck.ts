/**
 * The slowest link of a direction: so many bits a second, and a queue before it. Pure. All that goes in that direction
 * shares it, datagrams and streams alike.
 */
import type { Impairments } from './spec.ts';

export class Bottleneck {
  #bitsPerMs: number | undefined;
  #queueMs: number;
  /** When the last bit of what was let in leaves, ms. */
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(impairments: Impairments) {
    this.#bitsPerMs = undefined;
    this.#queueMs = 0;
    this.change(impairments);
  }

  /** What is in the queue keeps its time. */
  change({ rate, queue }: Impairments): void {
    this.#bitsPerMs = rate === undefined ? undefined : rate / 1000;
    this.#queueMs = queue;
  }

  /** When the last bit of a packet that comes now has left, ms; undefined if the queue is full. */
  admit(bytes: number, now: number): number | undefined {
    if (this.#bitsPerMs === undefined) return now;
    if (this.roomAt() > now) return undefined;
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes * 8) / this.#bitsPerMs;
    return this.#freeAt;
  }

  /** From when on the queue takes one more packet, ms; it may be in the past. */
  roomAt(): number {
    return this.#bitsPerMs === undefined ? Number.NEGATIVE_INFINITY : this.#freeAt - this.#queueMs;
  }
}
