/** The last step of what a connection sends: sealed under the keys in force, numbered, and put out by a route. Pure. */
import {
  type Channel,
  MAX_COUNTER,
  MAX_OUTPUTS,
  MAX_PROBED_PAYLOAD_BYTES,
  type Route,
  STREAM_ROUTE,
} from './constants.ts';
import type { Epochs } from './epochs.ts';
import { type Output, Outputs } from './outputs.ts';
import type { Path } from './path.ts';
import type { Routes } from './routes.ts';
import { sealPacket } from './sealed-packet.ts';

export class Sender {
  readonly #epochs: Epochs;
  readonly #routes: Routes;
  readonly #outputs = new Outputs();
  #sent = 0;
  #closed = false;

  constructor(epochs: Epochs, routes: Routes) {
    this.#epochs = epochs;
    this.#routes = routes;
  }

  /** Packets sealed so far, and the counter of the last of them. */
  get sent(): number {
    return this.#sent;
  }

  /** Nothing goes out: the driver left too much lying, the numbers are used up, or it was closed. */
  get full(): boolean {
    return this.#closed || this.#outputs.length >= MAX_OUTPUTS || this.#sent >= MAX_COUNTER;
  }

  /** Largest payload that passes on a route, bytes. */
  limit(route: Route): number {
    return route === STREAM_ROUTE ? MAX_PROBED_PAYLOAD_BYTES : this.#path(route).mtu;
  }

  /** Sends on one route, whatever is in use; nothing if it is not there. */
  sendOn(route: Route, channel: Channel, payload: Uint8Array): void {
    if (this.full || !this.#path(route).available) return;
    this.put(route, channel, this.seal(channel, payload));
  }

  seal(channel: Channel, payload: Uint8Array): Uint8Array {
    const { session, sealing } = this.#epochs.current;
    this.#sent += 1;
    return sealPacket(sealing, session, this.#sent, channel, payload);
  }

  /** Puts a sealed packet out by a route. */
  put(route: Route, channel: Channel, bytes: Uint8Array): void {
    this.#outputs.put({ kind: 'datagram', route, channel, bytes, to: this.#path(route).remote });
  }

  /** Tells the driver something, in order with the packets. */
  tell(output: Output): void {
    this.#outputs.put(output);
  }

  /** The oldest output, or undefined. */
  poll(): Output | undefined {
    return this.#outputs.take();
  }

  /** Drops what was not taken; nothing goes out any more. */
  close(): void {
    this.#closed = true;
    this.#outputs.clear();
  }

  #path(route: Route): Path {
    return this.#routes.paths[route] as Path;
  }
}
