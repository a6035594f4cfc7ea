/**
 * Carries datagrams between clients and a target through a bad network. Each client address has a socket of its own
 * towards the target, as behind a NAT. Thin: fates are impairment.ts's.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { type Address, createUdpSocket } from './addresses.ts';
import { Alarm } from './alarm.ts';
import { type Direction, type Links, type LinkState, type PerDirection, perDirection } from './direction.ts';
import { type DatagramCounters, type Delivery, Impairment } from './impairment.ts';
import { derivedSeed } from './random.ts';

/** Sockets towards the target at a time; the one unused for longest makes room. Well under a process's usual files. */
const MAX_FLOWS = 4096;
/** How long a client may be silent both ways, ms; RFC 4787 asks two minutes of a NAT. */
const FLOW_IDLE_MS = 120_000;
/** How often idle ones are looked for, ms. */
const SWEEP_MS = 10_000;
/** Asked of the system: a burst of 4 MiB is read before anything is lost. It gives what it allows. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

export interface UdpCounters {
  readonly up: DatagramCounters;
  readonly down: DatagramCounters;
  /** Client addresses that have a socket now. */
  readonly flows: number;
  /** Closed to make room. */
  readonly evictedFlows: number;
  /** What the system refused to send; by impairments it was delivered. */
  readonly sendErrors: number;
}

interface Flow {
  readonly client: RemoteInfo;
  readonly upstream: Socket;
  usedAt: number;
  closed: boolean;
}

export class UdpProxy {
  readonly #socket: Socket;
  readonly #target: Address;
  readonly #flows = new Map<string, Flow>();
  readonly #links: PerDirection<Impairment<Flow>>;
  readonly #alarms: PerDirection<Alarm>;
  readonly #sweeper: NodeJS.Timeout;
  #evictedFlows = 0;
  #sendErrors = 0;

  /** Takes over a bound socket. */
  constructor(socket: Socket, target: Address, { seed, impairments, bottlenecks }: Links) {
    this.#socket = socket;
    this.#target = target;
    this.#links = perDirection(
      (way) =>
        new Impairment<Flow>({
          seed: derivedSeed(seed, way === 'up' ? 0 : 1),
          impairments: impairments[way],
          bottleneck: bottlenecks[way],
        }),
    );
    this.#alarms = perDirection((way) => new Alarm((now) => this.#drain(way, now)));
    growBuffers(socket);
    socket.on('message', (bytes, from) => this.#fromClient(bytes, from));
    socket.on('error', () => this.#refused());
    this.#sweeper = setInterval(() => this.#sweep(performance.now()), SWEEP_MS).unref();
  }

  change(impairments: LinkState): void {
    this.#links.up.change(impairments.up);
    this.#links.down.change(impairments.down);
  }

  counters(): UdpCounters {
    return {
      up: this.#links.up.counters(),
      down: this.#links.down.counters(),
      flows: this.#flows.size,
      evictedFlows: this.#evictedFlows,
      sendErrors: this.#sendErrors,
    };
  }

  /** Closes all sockets; what is on its way is gone. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#alarms.up.clear();
    this.#alarms.down.clear();
    for (const flow of this.#flows.values()) this.#closeFlow(flow);
    this.#socket.close();
  }

  #fromClient(bytes: Buffer, client: RemoteInfo): void {
    const now = performance.now();
    const key = `${client.address} ${client.port}`;
    const flow = this.#flows.get(key) ?? this.#openFlow(key, client, now);
    this.#carry('up', bytes, flow, now);
  }

  #carry(way: Direction, bytes: Buffer, flow: Flow, now: number): void {
    flow.usedAt = now;
    this.#links[way].receive(bytes, flow, now);
    this.#drain(way, now);
  }

  #drain(way: Direction, now: number): void {
    const link = this.#links[way];
    for (let next = link.poll(now); next; next = link.poll(now)) this.#send(way, next);
    this.#alarms[way].set(link.nextDeadline(), now);
  }

  #send(way: Direction, { bytes, to }: Delivery<Flow>): void {
    if (to.closed) return;
    if (way === 'up') to.upstream.send(bytes, this.#target.port, this.#target.host);
    else this.#socket.send(bytes, to.client.port, to.client.address);
  }

  #openFlow(key: string, client: RemoteInfo, now: number): Flow {
    if (this.#flows.size >= MAX_FLOWS) this.#evictOne();
    const { host, port, family } = this.#target;
    const upstream = createUdpSocket(family);
    const flow: Flow = { client, upstream, usedAt: now, closed: false };
    upstream.on('message', (bytes, from) => {
      if (from.port === port && from.address === host) this.#carry('down', bytes, flow, performance.now());
    });
    upstream.on('error', () => this.#refused());
    upstream.once('listening', () => growBuffers(upstream));
    upstream.bind();
    this.#flows.set(key, flow);
    return flow;
  }

  #evictOne(): void {
    let oldest: [string, Flow] | undefined;
    for (const entry of this.#flows) if (!oldest || entry[1].usedAt < oldest[1].usedAt) oldest = entry;
    if (!oldest) return;
    this.#evictedFlows += 1;
    this.#flows.delete(oldest[0]);
    this.#closeFlow(oldest[1]);
  }

  #sweep(now: number): void {
    for (const [key, flow] of this.#flows) {
      if (flow.usedAt + FLOW_IDLE_MS > now) continue;
      this.#flows.delete(key);
      this.#closeFlow(flow);
    }
  }

  #closeFlow(flow: Flow): void {
    flow.closed = true;
    flow.upstream.close();
  }

  /** No route, nobody there, too long: losses like any other on UDP. */
  #refused(): void {
    this.#sendErrors += 1;
  }
}

function growBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // the system's own size does at calm rates
  }
}
