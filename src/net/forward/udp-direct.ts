/**
 * UDP to one destination without a listener on this machine: the program itself sends and hears, through any number
 * of flows, for each of which the station opens a socket.
 */
import { VoiptermError } from '../../errors.ts';
import { dataOf, encodeForward, FLOW_IDS, FORWARD_HEADER_BYTES, flowOf } from '../protocol/forward-packet.ts';
import type { ForwardDriver, Router } from './driver.ts';
import { DEFAULT_MAX_FLOWS } from './flow-table.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { NO_COUNTS } from './no-counts.ts';
import { formatHostPort } from './spec.ts';
import type { ForwardCounters } from './state.ts';

/** Largest payload of UDP over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

/** What became of a datagram. */
export type Sent =
  | 'sent'
  /** There is no link, or the station has not answered yet. */
  | 'offline'
  | 'too-large'
  /** The network or the tunnel's queue did not take it now. */
  | 'dropped';

export class UdpDirect implements ForwardDriver {
  readonly #router: Router;
  readonly #to: HostPort;
  readonly #idleS: number;
  readonly #receivers = new Map<number, (data: Uint8Array) => void>();
  /** Each datagram is put together here and sealed before the next one comes. */
  #buffer = new Uint8Array(0);
  #nextFlow = 0;
  #opened = 0;
  #link: ForwardLink | undefined;
  /** The station's number for it; 0 while it has none. */
  #forward = 0;

  constructor(to: HostPort, idleS: number, router: Router) {
    this.#to = to;
    this.#idleS = idleS;
    this.#router = router;
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
    const link = this.#link;
    if (!link || this.#forward === 0) return 'offline';
    if (FORWARD_HEADER_BYTES + data.length > link.maxPayload()) return 'too-large';
    const payload = encodeForward(this.#forward, flow, data, this.#room(data.length));
    return link.sendDatagram(payload) ? 'sent' : 'dropped';
  }

  /** Largest datagram that goes out now, bytes; undefined without a link. */
  get maxBytes(): number | undefined {
    if (!this.#link) return undefined;
    return Math.min(MAX_DATAGRAM_BYTES, this.#link.maxPayload() - FORWARD_HEADER_BYTES);
  }

  async online(link: ForwardLink, resumed: boolean): Promise<number> {
    this.#link = link;
    if (!resumed || this.#forward === 0) await this.#openAt(link);
    return 0;
  }

  interrupted(): boolean {
    return this.#forward !== 0;
  }

  offline(): void {
    this.#link = undefined;
    if (this.#forward !== 0) this.#router.unroute(this.#forward);
    this.#forward = 0;
  }

  close(): void {
    const forward = this.#forward;
    if (forward !== 0) this.#link?.call('forward.close', { forward }).catch(() => undefined);
    this.offline();
    this.#receivers.clear();
  }

  receive(payload: Uint8Array): void {
    this.#receivers.get(flowOf(payload))?.(dataOf(payload));
  }

  /** Datagrams are counted by the sockets. */
  counters(): ForwardCounters {
    return { ...NO_COUNTS, open: this.#receivers.size, opened: this.#opened };
  }

  async #openAt(link: ForwardLink): Promise<void> {
    this.#forward = 0;
    const { forward } = await link.call('forward.open', { kind: 'udp', ...this.#to, idleS: this.#idleS });
    // Closed, or on another link, in between: nobody would use it.
    if (this.#link !== link) return void link.call('forward.close', { forward }).catch(() => undefined);
    this.#forward = forward;
    this.#router.route(forward, this);
  }

  #room(bytes: number): Uint8Array {
    const needed = FORWARD_HEADER_BYTES + bytes;
    if (this.#buffer.length < needed) this.#buffer = new Uint8Array(needed);
    return this.#buffer;
  }
}
