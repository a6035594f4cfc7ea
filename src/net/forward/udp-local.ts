/**
 * -L for UDP: this machine listens, and each source address is a flow, for which the station opens a socket (NAT).
 *
 * The path of a datagram makes no promise, no timer and no string of its own.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { performance } from 'node:perf_hooks';
import { dataOf, flowOf } from '../protocol/forward-packet.ts';
import type { DriverHost, ForwardDriver } from './driver.ts';
import { DEFAULT_MAX_FLOWS, PeerFlows } from './flow-table.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { listenUdp } from './local-listen.ts';
import type { ForwardAsk, ForwardCounters } from './state.ts';
import { formatHostPort } from './spec.ts';
import { StationForward } from './station-forward.ts';
import { UdpCounts } from './udp-counts.ts';

export class UdpLocal implements ForwardDriver {
  readonly #sockets: readonly Socket[];
  readonly #flows: PeerFlows;
  readonly #counts: UdpCounts;
  readonly #forward: StationForward;

  /** Listens. Rejects with 'forward.in-use'. */
  static async open(ask: ForwardAsk, to: HostPort, host: DriverHost): Promise<UdpLocal> {
    return new UdpLocal(await listenUdp(ask.spec.bind), ask, to, host);
  }

  private constructor(sockets: readonly Socket[], { idleS }: ForwardAsk, to: HostPort, host: DriverHost) {
    this.#sockets = sockets;
    this.#forward = new StationForward({
      router: host,
      driver: this,
      ask: (link) => link.call('forward.open', { kind: 'udp', ...to, idleS }),
    });
    this.#flows = new PeerFlows({ firstId: 0, idleMs: idleS * 1000, maxFlows: DEFAULT_MAX_FLOWS });
    this.#counts = new UdpCounts(host, `to ${formatHostPort(to)}`);
    for (const socket of sockets) {
      socket.on('message', (bytes, from) => this.#up(bytes, from));
      socket.on('error', () => this.#counts.unreachable());
    }
  }

  async online(link: ForwardLink, resumed: boolean): Promise<number> {
    this.#forward.attach(link, resumed);
    await this.#forward.ready();
    return this.#sockets[0]?.address().port ?? 0;
  }

  interrupted(): boolean {
    return this.#forward.known;
  }

  offline(): void {
    this.#forward.offline();
  }

  close(): void {
    this.#forward.close();
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

  #up(bytes: Uint8Array, from: RemoteInfo): void {
    const flow = this.#flows.flowOf(from.address, from.port, performance.now());
    this.#counts.up(this.#forward, flow, bytes);
  }

  /** On 'localhost' one socket for each family; one socket on '::' serves both. */
  #socketFor(address: string): Socket | undefined {
    const [first, second] = this.#sockets;
    return second && address.includes(':') ? second : first;
  }
}
