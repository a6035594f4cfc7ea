/**
 * The client's UDP sockets, one for each of the station's UDP ports; opens them, and opens them anew.
 *
 * The station goes on to send to the old socket until it hears from the new one, which it never does where only the way
 * up is blocked. So the old ones are listened to until something came by a new one.
 */
import type { Logger } from '../../log.ts';
import { type Channel, MAX_FURTHER_UDP_PORTS, type Route } from '../protocol/constants.ts';
import type { Endpoint } from '../protocol/path.ts';
import { type Carrier, openUdpCarrier } from './carriers.ts';

export interface UdpRoutesOptions {
  readonly onPacket: (packet: Uint8Array, from: Endpoint, route: Route) => void;
  readonly log: Logger;
}

type Carriers = readonly (Carrier | undefined)[];

export class UdpRoutes {
  readonly #options: UdpRoutesOptions;
  #peers: readonly Endpoint[] = [];
  #carriers: Carriers = [];
  /** Whether anything came by them. */
  #heard = false;
  /** Those of before, by which the station was heard last. */
  #old: Carriers = [];
  #errors = 0;
  /** Grows with each opening: what an older one still brings is closed. */
  #generation = 0;

  constructor(options: UdpRoutesOptions) {
    this.#options = options;
  }

  /** Sends that failed, as far as the system told. */
  get errors(): number {
    return this.#errors;
  }

  /** Where the routes lead: 0 to the station's UDP port, the others to its further ones. */
  get peers(): readonly Endpoint[] {
    return this.#peers;
  }

  /** Leads the routes to a station's host and ports, in order. Resolves when the sockets are open, or are not to be had. */
  lead(host: string, ports: readonly number[]): Promise<void> {
    this.#peers = ports.slice(0, 1 + MAX_FURTHER_UDP_PORTS).map((port) => ({ address: host, port }));
    return this.reopen();
  }

  /** Opens new sockets and sends by them. The old ones are let go once something came by a new one. */
  async reopen(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    const opened = await Promise.all(this.#peers.map((peer, route) => this.#open(peer, route, generation)));
    if (generation !== this.#generation) return closeAll(opened);
    closeAll(this.#heard ? this.#old : this.#carriers);
    if (this.#heard) this.#old = this.#carriers;
    this.#carriers = opened;
    this.#heard = false;
  }

  send(route: Route, packet: Uint8Array, channel: Channel): void {
    this.#carriers[route]?.send(packet, channel);
  }

  close(): void {
    this.#generation += 1;
    closeAll(this.#carriers);
    closeAll(this.#old);
    this.#carriers = [];
    this.#old = [];
  }

  async #open(peer: Endpoint, route: Route, generation: number): Promise<Carrier | undefined> {
    try {
      return await openUdpCarrier({
        peer,
        onPacket: (packet) => {
          if (!this.#heard && generation === this.#generation) this.#hear();
          this.#options.onPacket(packet, peer, route);
        },
        onError: (error) => this.#failed(error),
      });
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }

  #hear(): void {
    this.#heard = true;
    closeAll(this.#old);
    this.#old = [];
  }

  #failed(error: Error): void {
    this.#errors += 1;
    // One line, not one a packet: an unplugged cable fails fifty times a second. No warning: a station that stopped
    // looks the same until its connection ends, which is told.
    if (this.#errors === 1) this.#options.log.info('a datagram could not be sent', { reason: error.message });
  }
}

function closeAll(carriers: Carriers): void {
  for (const carrier of carriers) carrier?.close();
}
