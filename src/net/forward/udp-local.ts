/**
 * -L for UDP: this machine listens, and each source address is a flow, for which the station opens a socket (NAT).
 *
 * The path of a datagram makes no promise, no timer and no string of its own.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { performance } from 'node:perf_hooks';
import { dataOf, encodeForward, FORWARD_HEADER_BYTES, flowOf } from '../protocol/forward-packet.ts';
import type { DriverHost, ForwardDriver } from './driver.ts';
import { DEFAULT_MAX_FLOWS, PeerFlows } from './flow-table.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { listenUdp } from './local-listen.ts';
import type { ForwardAsk, ForwardCounters } from './state.ts';
import { formatHostPort } from './spec.ts';
import { UdpCounts } from './udp-counts.ts';

/** Largest UDP payload there is: one that does not fit into the tunnel is counted, not cut. */
const MAX_DATAGRAM_BYTES = 65_535;

export class UdpLocal implements ForwardDriver {
  readonly #host: DriverHost;
  readonly #to: HostPort;
  readonly #idleS: number;
  readonly #sockets: readonly Socket[];
  readonly #flows: PeerFlows;
  readonly #counts: UdpCounts;
  /** Each datagram is put together here and sealed before the next one comes. */
  readonly #buffer = new Uint8Array(FORWARD_HEADER_BYTES + MAX_DATAGRAM_BYTES);
  #link: ForwardLink | undefined;
  /** The station's number for it; 0 while it has none. */
  #forward = 0;

  /** Listens. Rejects with 'forward.in-use'. */
  static async open(ask: ForwardAsk, to: HostPort, host: DriverHost): Promise<UdpLocal> {
    return new UdpLocal(await listenUdp(ask.spec.bind), ask, to, host);
  }

  private constructor(sockets: readonly Socket[], { idleS }: ForwardAsk, to: HostPort, host: DriverHost) {
    this.#sockets = sockets;
    this.#to = to;
    this.#idleS = idleS;
    this.#host = host;
    this.#flows = new PeerFlows({ firstId: 0, idleMs: idleS * 1000, maxFlows: DEFAULT_MAX_FLOWS });
    this.#counts = new UdpCounts(host, `to ${formatHostPort(to)}`);
    for (const socket of sockets) {
      socket.on('message', (bytes, from) => this.#up(bytes, from));
      socket.on('error', () => this.#counts.unreachable());
    }
  }

  async online(link: ForwardLink, resumed: boolean): Promise<number> {
    this.#link = link;
    if (!resumed || this.#forward === 0) await this.#openAt(link);
    return this.#sockets[0]?.address().port ?? 0;
  }

  interrupted(): boolean {
    return this.#forward !== 0;
  }

  offline(): void {
    this.#link = undefined;
    if (this.#forward !== 0) this.#host.unroute(this.#forward);
    this.#forward = 0;
  }

  close(): void {
    const forward = this.#forward;
    if (forward !== 0) this.#link?.call('forward.close', { forward }).catch(() => undefined);
    this.offline();
    this.#flows.clear();
    for (const socket of this.#sockets) socket.close();
  }

  receive(payload: Uint8Array): void {
    const peer = this.#flows.peerOf(flowOf(payload), performance.now());
    if (!peer) return this.#counts.dropped();
    const data = dataOf(payload);
    this.#counts.down(data.length);
    this.#socketFor(peer.address)?.send(data, peer.port, peer.address);
  }

  expire(now: number): void {
    this.#flows.expire(now);
  }

  counters(): ForwardCounters {
    return this.#counts.counters(this.#flows.size, this.#flows.counters);
  }

  async #openAt(link: ForwardLink): Promise<void> {
    this.#forward = 0;
    const { forward } = await link.call('forward.open', { kind: 'udp', ...this.#to, idleS: this.#idleS });
    // Closed, or on another link, in between: nobody would use it.
    if (this.#link !== link) return void link.call('forward.close', { forward }).catch(() => undefined);
    this.#forward = forward;
    this.#host.route(forward, this);
  }

  #up(bytes: Uint8Array, from: RemoteInfo): void {
    const flow = this.#flows.flowOf(from.address, from.port, performance.now());
    const link = this.#link;
    if (!link || this.#forward === 0) return this.#counts.dropped();
    if (FORWARD_HEADER_BYTES + bytes.length > link.maxPayload())
      return this.#counts.tooLarge(bytes.length, link);
    const sent = link.sendDatagram(encodeForward(this.#forward, flow, bytes, this.#buffer));
    this.#counts.up(bytes.length, sent);
  }

  /** On 'localhost' one socket for each family; one socket on '::' serves both. */
  #socketFor(address: string): Socket | undefined {
    const [first, second] = this.#sockets;
    return second && address.includes(':') ? second : first;
  }
}
