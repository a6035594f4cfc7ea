/**
 * The two plain UDP forwards of a station: to one destination with a socket for each flow (NAT), and from one listener
 * with a flow for each peer. On the path of every datagram: nothing waits, nothing is looked up.
 */
import type { Socket } from 'node:dgram';
import { type FlowCounters, type FlowLimits, FlowTable, PeerFlows } from '../net/forward/flow-table.ts';
import { STATION_FLOW } from '../net/protocol/forward-packet.ts';
import type { Counters } from './counters.ts';
import type { Address } from './destinations.ts';
import type { FlowOwner } from './flow-budget.ts';
import { RECEIVE_BUFFER_BYTES, udpSocket } from './listeners.ts';

/** What a forward is given. */
export interface ForwardHost {
  readonly counters: Counters;
  readonly limits: FlowLimits;
  /** Makes room for one more flow of the station; false if there is none to be had. */
  begin(): boolean;
  /** A flow ended. */
  ended(): void;
  /** Sends data of a flow to the member, as far as it gets through. */
  deliver(flow: number, data: Uint8Array): void;
  /** Tells the member why datagrams do not arrive; not more often than a person can read. */
  notice(sentence: string): void;
}

/** The flows of a forward, for whoever counts and bounds them. */
export interface Flows extends FlowOwner {
  readonly counters: FlowCounters;
}

export interface UdpForward {
  readonly flows: Flows;
  /** Data from the member. The bytes may be read until they are sent, which may be later: nobody may change them. */
  receive(flow: number, data: Uint8Array, now: number): void;
  expire(now: number): void;
  close(): void;
}

/** A member's datagrams to one destination. Each flow has a connected socket, so only the destination can answer. */
export class DestinationForward implements UdpForward {
  readonly #host: ForwardHost;
  readonly #to: Address;
  readonly #port: number;
  readonly flows: FlowTable<Socket>;

  constructor(host: ForwardHost, to: Address, port: number) {
    this.#host = host;
    this.#to = to;
    this.#port = port;
    this.flows = new FlowTable<Socket>(host.limits, ({ value }) => {
      value.close();
      host.ended();
    });
  }

  receive(flow: number, data: Uint8Array, now: number): void {
    const socket = this.flows.use(flow, now) ?? this.#begin(flow, now);
    socket?.send(data);
  }

  expire(now: number): void {
    this.flows.expire(now);
  }

  close(): void {
    this.flows.clear();
  }

  #begin(flow: number, now: number): Socket | undefined {
    const { counters } = this.#host;
    if (flow >= STATION_FLOW) {
      counters.forwardMalformed += 1;
      return undefined;
    }
    if (!this.#host.begin()) return undefined;
    const socket = openSocket(this.#to.family, counters, { address: this.#to.address, port: this.#port });
    if (!socket) {
      this.#host.ended();
      return undefined;
    }
    socket.on('message', (data) => this.#answer(flow, data));
    this.flows.add(flow, socket, now);
    return socket;
  }

  #answer(flow: number, data: Uint8Array): void {
    this.flows.use(flow, performance.now());
    this.#host.deliver(flow, data);
  }
}

/** Datagrams of whoever sends to a port of the station, to the member and back. */
export class ListenForward implements UdpForward {
  readonly #host: ForwardHost;
  readonly #socket: Socket;
  readonly flows: PeerFlows;

  /** Takes over a bound socket. */
  constructor(host: ForwardHost, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    this.flows = new PeerFlows({ ...host.limits, firstId: STATION_FLOW, ended: () => host.ended() });
    socket.on('message', (data, from) => this.#hear(data, from.address, from.port));
    socket.on('error', () => {
      host.counters.forwardUnreachable += 1;
    });
  }

  receive(flow: number, data: Uint8Array, now: number): void {
    const peer = this.flows.peerOf(flow, now);
    if (peer) this.#socket.send(data, peer.port, peer.address);
    else this.#host.counters.forwardUnknown += 1;
  }

  expire(now: number): void {
    this.flows.expire(now);
  }

  close(): void {
    this.flows.clear();
    this.#socket.close();
  }

  #hear(data: Uint8Array, address: string, port: number): void {
    const known = this.flows.find(address, port) !== undefined;
    if (!known && !this.#host.begin()) return;
    this.#host.deliver(this.flows.flowOf(address, port, performance.now()), data);
  }
}

/**
 * A socket that is ready to send: with `to` only there. All of it happens in this call, since the addresses are numbers.
 * Undefined, and counted, if the system has none left. An ICMP answer that nobody listens is counted; the socket stays.
 */
export function openSocket(
  family: number,
  counters: Counters,
  to?: { readonly address: string; readonly port: number },
): Socket | undefined {
  const socket = udpSocket(family);
  let opened = false;
  socket.on('error', () => {
    if (opened) counters.forwardUnreachable += 1;
  });
  try {
    socket.bind({ port: 0, exclusive: true });
    if (to) socket.connect(to.port, to.address);
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    opened = true;
    return socket;
  } catch {
    counters.forwardUnsent += 1;
    socket.close();
    return undefined;
  }
}
