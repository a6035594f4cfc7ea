/**
 * One route to the peer: where that is, and whether it is heard from there. Pure: time comes in as an argument.
 *
 *   unknown --authentic packet--> at an address --newest packet from another address--> moved
 */
import { MAX_PAYLOAD_BYTES, MAX_PROBED_PAYLOAD_BYTES, ROAM_INTERVAL_MS } from './constants.ts';
import { Hearing } from './hearing.ts';
import { MtuSearch } from './mtu.ts';
import { Pings } from './pings.ts';

export interface Endpoint {
  /** Numeric IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
}

export class Path {
  readonly hearing = new Hearing();
  readonly pings = new Pings();
  /** Packets can be sent here: it has an address, or it is a stream that is open. */
  available: boolean;
  readonly search = new MtuSearch();
  /** What the client found, as a station knows it. */
  #statedMtu = MAX_PAYLOAD_BYTES;
  #remote: Endpoint | null;
  #movedAt = Number.NEGATIVE_INFINITY;

  constructor(remote: Endpoint | null) {
    this.#remote = remote;
    this.available = remote !== null;
  }

  get remote(): Endpoint | null {
    return this.#remote;
  }

  /** Largest payload that passes here, bytes. */
  get mtu(): number {
    return Math.max(this.search.size, this.#statedMtu);
  }

  /** The client says what passes here. */
  stateMtu(bytes: number): void {
    this.#statedMtu = Math.min(MAX_PROBED_PAYLOAD_BYTES, Math.max(MAX_PAYLOAD_BYTES, bytes));
  }

  /** Another network, or other ports: nothing of what was found need hold. */
  restart(): void {
    this.pings.forget();
    this.search.restart();
  }

  /** Takes note of an authentic packet's source; true if the session moved there. */
  heardFrom(from: Endpoint, newest: boolean, now: number): boolean {
    const here = this.#remote;
    if (here === from || (here && here.port === from.port && here.address === from.address)) return false;
    if (here && (!newest || now - this.#movedAt < ROAM_INTERVAL_MS)) return false;
    this.#remote = { address: from.address, port: from.port };
    this.available = true;
    if (here) this.#movedAt = now; // to learn the first address is no move
    return here !== null;
  }

  /** Sends there from now on; null takes the route away. Said by the driver, not by the network. */
  lead(remote: Endpoint | null): void {
    this.#remote = remote;
    this.available = remote !== null;
  }
}
