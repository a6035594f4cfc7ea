/** What a connection wants done, in order. Pure. A driver takes all of it after every call, so the list stays short. */
import type { Channel, Route } from './constants.ts';
import type { Endpoint } from './path.ts';

export type Output =
  /** A sealed packet for the network. `to` is null for the stream (route 7). */
  | {
      readonly kind: 'datagram';
      readonly route: Route;
      readonly channel: Channel;
      readonly bytes: Uint8Array;
      readonly to: Endpoint | null;
    }
  /** An authentic payload; a view into memory that nobody else uses. */
  | { readonly kind: 'payload'; readonly channel: Channel; readonly payload: Uint8Array }
  | { readonly kind: 'moved'; readonly route: Route; readonly from: Endpoint | null; readonly to: Endpoint }
  /** A session index under which nothing is taken any more. */
  | { readonly kind: 'retired'; readonly session: number };

export class Outputs {
  #items: Output[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  put(output: Output): void {
    this.#items.push(output);
  }

  /** The oldest one, or undefined. A head that moves makes this O(1), where Array.shift is not. */
  take(): Output | undefined {
    const output = this.#items[this.#head];
    if (output === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) this.clear();
    return output;
  }

  clear(): void {
    this.#items.length = 0;
    this.#head = 0;
  }
}
