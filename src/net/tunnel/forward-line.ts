/**
 * Hands on what came on the forward channel without letting voice wait behind it.
 *
 * Reading a socket costs a third of handing a datagram on. So the first few of a turn of the event loop are handed on as
 * they come, which at a calm rate is all of them. From then on they wait in line while the sockets are read dry: voice that stands
 * behind thousands of forwards in the kernel's buffer is found and played. While more keeps coming than is handed on, the
 * oldest in the line are let go.
 */
import { performance } from 'node:perf_hooks';
import { ShedQueue } from '../protocol/shed-queue.ts';

/** Datagrams of one turn that are handed on at once. */
const AT_ONCE = 8;
/** libuv reads a socket so often in one turn: with so many there are probably more. */
const FULL_TURN = 32;
/** Handed on in a turn in which more is to be read. */
const WHILE_READING = 16;
/** Datagrams in line: a burst of 10,000 fits. */
const CAPACITY = 16_384;

interface Waiting<T> {
  readonly to: T;
  readonly payload: Uint8Array;
}

export class ForwardLine<T> {
  readonly #handOn: (to: T, payload: Uint8Array, now: number) => void;
  readonly #queue = new ShedQueue<Waiting<T>>(CAPACITY);
  #turn = 0;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(handOn: (to: T, payload: Uint8Array, now: number) => void) {
    this.#handOn = handOn;
  }

  /** Let go so far, because more came than could be handed on. */
  get shed(): number {
    return this.#queue.shed;
  }

  take(to: T, payload: Uint8Array, now: number): void {
    this.#scheduled ??= setImmediate(() => this.#next());
    this.#turn += 1;
    if (this.#turn <= AT_ONCE && this.#queue.length === 0) this.#handOn(to, payload, now);
    else this.#queue.push({ to, payload }, now);
  }

  close(): void {
    clearImmediate(this.#scheduled);
  }

  #next(): void {
    const most = this.#turn >= FULL_TURN ? WHILE_READING : FULL_TURN * 2;
    this.#turn = 0;
    this.#scheduled = undefined;
    const now = performance.now();
    for (let n = 0; n < most; n++) {
      const waiting = this.#queue.take(now);
      if (!waiting) return;
      this.#handOn(waiting.to, waiting.payload, now);
    }
    this.#scheduled = setImmediate(() => this.#next());
  }
}
