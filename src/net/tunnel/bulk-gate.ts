/**
 * Lets forwarded TCP connections write into an SSH connection no faster than voice beside them bears (net/protocol/sluice.ts). Each end
 * has one for each connection. Open without limits where there is no stream for datagrams, as with a stock ssh client.
 */
import { performance } from 'node:perf_hooks';
import { Sluice } from '../protocol/sluice.ts';

export class BulkGate {
  readonly #waiting = new Set<() => void>();
  #sluice: Sluice | undefined;
  #sendMark: () => void = () => undefined;
  #held: boolean;
  #keptBackAt = Number.NEGATIVE_INFINITY;

  /** @param held until attach() or open(): a stream is about to come. */
  constructor(held = false) {
    this.#held = held;
  }

  /** Bytes that a forward may write now. */
  get room(): number {
    if (this.#sluice) return this.#sluice.room(performance.now());
    return this.#held ? 0 : Number.POSITIVE_INFINITY;
  }

  /** When a forward had to wait for the stream beside it last, ms of performance.now(); -Infinity for never. */
  get keptBackAt(): number {
    return this.#keptBackAt;
  }

  /** A forward wrote so many. */
  wrote(bytes: number): void {
    this.#sluice?.wroteBulk(bytes, performance.now());
    this.#mark();
  }

  /** Calls back once, when there is room again; who then wants more waits behind the others. */
  whenRoom(resume: () => void): void {
    if (this.#sluice) this.#keptBackAt = performance.now();
    this.#waiting.add(resume);
    this.#mark();
  }

  /** There is a stream, which sends a mark when it is told to and reports what it writes and what is acknowledged. */
  attach(sendMark: () => void): void {
    this.#sluice = new Sluice();
    this.#sendMark = sendMark;
    this.#wake();
  }

  /** There is no stream, or none any more. */
  open(): void {
    this.#held = false;
    this.#sluice = undefined;
    this.#sendMark = () => undefined;
    this.#wake();
  }

  streamWrote(bytes: number): void {
    this.#sluice?.wroteStream(bytes, performance.now());
  }

  /** Packets went or came in the stream: they should not wait. */
  streamCarried(packets: number): void {
    this.#sluice?.carried(packets, performance.now());
  }

  acknowledged(received: number): void {
    this.#sluice?.acknowledged(received, performance.now());
    this.#wake();
  }

  #mark(): void {
    if (this.#sluice?.markDue(performance.now())) this.#sendMark();
  }

  #wake(): void {
    for (let left = this.#waiting.size; left > 0 && this.room > 0; left--) {
      const [first] = this.#waiting;
      if (!first) return;
      this.#waiting.delete(first);
      first();
    }
  }
}
