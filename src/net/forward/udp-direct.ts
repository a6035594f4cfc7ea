/**
 * UDP to one destination without a listener on this machine: the program itself sends and hears, through any number
 * of flows, for each of which the station opens a socket.
 */
import { VoiptermError } from '../../errors.ts';
import { dataOf, FLOW_IDS, flowOf } from '../protocol/forward-packet.ts';
import type { ForwardDriver, Router } from './driver.ts';
import { DEFAULT_MAX_FLOWS } from './flow-table.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { NO_COUNTS } from './no-counts.ts';
import { formatHostPort } from './spec.ts';
import type { ForwardCounters } from './state.ts';
import { type Sent, StationForward } from './station-forward.ts';

export class UdpDirect implements ForwardDriver {
  readonly #to: HostPort;
  readonly #forward: StationForward;
  readonly #receivers = new Map<number, (data: Uint8Array) => void>();
  #nextFlow = 0;
  #opened = 0;

  constructor(to: HostPort, idleS: number, router: Router) {
    this.#to = to;
    this.#forward = new StationForward({
      router,
      driver: this,
      ask: (link) => link.call('forward.open', { kind: 'udp', ...to, idleS }),
    });
  }

  /** Begins a flow; its datagrams go to `receive`, which may keep the bytes. @throws VoiptermError 'control.limit'. */
  begin(receive: (data: Uint8Array) => void): number {
    if (this.#receivers.size >= DEFAULT_MAX_FLOWS) {
      throw new VoiptermError(
        'control.limit',
        `there are ${DEFAULT_MAX_FLOWS} sockets to ${formatHostPort(this.#to)} already; close one first`,
      );
    }
    while (this.#receivers.has(this.#nextFlow)) this.#nextFlow = (this.#nextFlow + 1) % FLOW_IDS;
    const flow = this.#nextFlow;
    this.#nextFlow = (flow + 1) % FLOW_IDS;
    this.#receivers.set(flow, receive);
    this.#opened += 1;
    return flow;
  }

  /** Nothing more is heard of the flow. The station forgets it by its silence. */
  end(flow: number): void {
    this.#receivers.delete(flow);
  }

  /** Sends; the bytes may be used again at once. */
  send(flow: number, data: Uint8Array): Sent {
    return this.#forward.send(flow, data);
  }

  /** Largest datagram that goes out now, bytes; undefined without a link. */
  get maxBytes(): number | undefined {
    return this.#forward.maxBytes;
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
  }

  close(): void {
    this.#forward.close();
    this.#receivers.clear();
  }

  receive(payload: Uint8Array): void {
    this.#receivers.get(flowOf(payload))?.(dataOf(payload));
  }

  /** Datagrams are counted by the sockets. */
  counters(): ForwardCounters {
    return { ...NO_COUNTS, open: this.#receivers.size, opened: this.#opened };
  }
}
