/**
 * -R for UDP: the station listens and makes a flow of each source address; here each flow has a socket to the
 * destination, so that its answers find their way back.
 */
import type { Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import { VoiptermError } from '../../errors.ts';
import { dataOf, flowOf, STATION_FLOW } from '../protocol/forward-packet.ts';
import type { DriverHost, ForwardDriver } from './driver.ts';
import { DEFAULT_MAX_FLOWS, FlowTable } from './flow-table.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { plainUdpSocket } from './local-listen.ts';
import { formatHostPort } from './spec.ts';
import type { ForwardAsk, ForwardCounters } from './state.ts';
import { type StationAnswer, StationForward } from './station-forward.ts';
import { reasonOf } from './tcp-remote.ts';
import { UdpCounts } from './udp-counts.ts';

export class UdpRemote implements ForwardDriver {
  readonly #bind: HostPort;
  readonly #to: HostPort;
  readonly #idleS: number;
  readonly #flows: FlowTable<Socket>;
  readonly #counts: UdpCounts;
  readonly #forward: StationForward;
  /** The destination's address; looked up on each link, since a laptop's network changes. */
  #address = '';

  constructor({ spec, idleS }: ForwardAsk, to: HostPort, host: DriverHost) {
    this.#bind = spec.bind;
    this.#to = to;
    this.#idleS = idleS;
    this.#forward = new StationForward({ router: host, driver: this, ask: (link) => this.#listen(link) });
    this.#counts = new UdpCounts(host, `from ${formatHostPort(to)}`);
    this.#flows = new FlowTable<Socket>({ idleMs: idleS * 1000, maxFlows: DEFAULT_MAX_FLOWS }, ({ value }) =>
      value.close(),
    );
  }

  online(link: ForwardLink, resumed: boolean): Promise<number> {
    this.#forward.attach(link, resumed);
    return this.#forward.ready();
  }

  interrupted(): boolean {
    return this.#forward.known;
  }

  offline(): void {
    this.#forward.offline();
    // The station's next flows are others, whatever their numbers.
    this.#flows.clear();
  }

  close(): void {
    this.#forward.close();
    this.offline();
  }

  receive(payload: Uint8Array): void {
    const flow = flowOf(payload);
    if (flow < STATION_FLOW) return this.#counts.dropped();
    const now = performance.now();
    const socket = this.#flows.use(flow, now) ?? this.#begin(flow, now);
    const data = dataOf(payload);
    this.#counts.down(data.length);
    socket?.send(data);
  }

  expire(now: number): void {
    this.#flows.expire(now);
  }

  counters(): ForwardCounters {
    return this.#counts.counters(this.#flows.size, this.#flows.counters);
  }

  async #listen(link: ForwardLink): Promise<StationAnswer> {
    this.#address = await addressOf(this.#to);
    const { host: bind, port } = this.#bind;
    return link.call('forward.listen', { kind: 'udp', bind, port, idleS: this.#idleS });
  }

  /** A flow's socket, ready to send when this returns. Undefined, and counted, if the system has none left. */
  #begin(flow: number, now: number): Socket | undefined {
    const socket = plainUdpSocket(this.#address);
    // A port where nobody listens says so to a connected socket; the next datagram may find somebody.
    socket.on('error', () => this.#counts.unreachable());
    try {
      socket.bind({ port: 0, exclusive: true });
      socket.connect(this.#to.port, this.#address);
    } catch {
      socket.close();
      this.#counts.dropped();
      return undefined;
    }
    socket.on('message', (bytes) => this.#up(flow, bytes));
    this.#flows.add(flow, socket, now);
    return socket;
  }

  #up(flow: number, bytes: Uint8Array): void {
    if (this.#flows.use(flow, performance.now())) this.#counts.up(this.#forward, flow, bytes);
    else this.#counts.dropped();
  }
}

/** IPv4 first: over UDP there is no telling early which of two families a program listens on, and most are there. */
async function addressOf(to: HostPort): Promise<string> {
  try {
    return (await lookup(to.host, { order: 'ipv4first' })).address;
  } catch (error) {
    throw new VoiptermError(
      'forward.unreachable',
      `${formatHostPort(to)} cannot be reached from here: ${reasonOf(error)}`,
    );
  }
}
