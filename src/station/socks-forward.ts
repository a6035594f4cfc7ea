/**
 * The UDP forward behind SOCKS5's UDP ASSOCIATE: each datagram begins with the address that it goes to, or came from.
 * A destination's name is looked up and judged at its first datagram, not again.
 */
import type { Socket } from 'node:dgram';
import { FlowTable } from '../net/forward/flow-table.ts';
import type { HostPort } from '../net/forward/spec.ts';
import {
  encodeSocksAddress,
  MAX_SOCKS_ADDRESS_BYTES,
  readSocksAddress,
  socksAddressBytes,
} from '../net/forward/socks.ts';
import { STATION_FLOW } from '../net/protocol/forward-packet.ts';
import type { Address } from './destinations.ts';
import { type ForwardHost, openSocket, type UdpForward } from './udp-forward.ts';

/** Destinations that one forward remembers: a game or a call has dozens, a resolver some hundred. */
const MAX_DESTINATIONS = 1024;
/** How long a destination is remembered, ms: names move, and refusals may have been lifted. */
const DESTINATION_MS = 60_000;
/** Datagrams that wait for a name to be looked up: enough for a handshake, too few to matter. */
const MAX_WAITING = 16;
/** Sources that one flow hears answers from. */
const MAX_PEERS = 256;
/** Largest datagram from outside. */
const MAX_DATAGRAM_BYTES = 65_536;

const NO_BYTES = new Uint8Array(0);

/** The first address of a destination that the member may reach; rejects with a sentence. */
export type Resolve = (to: HostPort) => Promise<Address>;

interface Destination {
  readonly port: number;
  readonly since: number;
  /** Undefined while it is looked up; null when it is refused or does not exist. */
  address: Address | null | undefined;
  waiting: { readonly flow: number; readonly data: Uint8Array }[];
}

/** One application's sockets, opened when they are needed. */
interface SocksFlow {
  udp4: Socket | undefined;
  udp6: Socket | undefined;
  /** Addresses that it sent to: only they may answer, from any port (RFC 4787, address-dependent filtering). */
  readonly peers: Set<string>;
}

export class SocksForward implements UdpForward {
  readonly #host: ForwardHost;
  readonly #resolve: Resolve;
  readonly flows: FlowTable<SocksFlow>;
  /** By the bytes of the address. */
  readonly #destinations = new Map<string, Destination>();
  #lastKey = Buffer.alloc(0);
  #last: Destination | undefined;
  readonly #scratch = Buffer.allocUnsafe(MAX_SOCKS_ADDRESS_BYTES + MAX_DATAGRAM_BYTES);
  #closed = false;

  constructor(host: ForwardHost, resolve: Resolve) {
    this.#host = host;
    this.#resolve = resolve;
    this.flows = new FlowTable<SocksFlow>(host.limits, ({ value }) => {
      value.udp4?.close();
      value.udp6?.close();
      host.ended();
    });
  }

  receive(flow: number, data: Uint8Array, now: number): void {
    const head = socksAddressBytes(data, 0);
    if (head === 0 || flow >= STATION_FLOW) {
      this.#host.counters.forwardMalformed += 1;
      return;
    }
    const to = this.#destination(data.subarray(0, head), now);
    const rest = data.subarray(head);
    if (to?.address) this.#send(flow, to.address, to.port, rest, now);
    else if (to && this.#mayWait(to)) to.waiting.push({ flow, data: Buffer.from(rest) });
    else this.#host.counters.forwardUnsent += 1;
  }

  expire(now: number): void {
    this.flows.expire(now);
    for (const [key, { since, address }] of this.#destinations) {
      if (now - since < DESTINATION_MS) break; // the order is that of `since`
      if (address !== undefined) this.#destinations.delete(key);
    }
    this.#last = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#destinations.clear();
    this.#last = undefined;
    this.flows.clear();
  }

  #mayWait({ address, waiting }: Destination): boolean {
    return address === undefined && waiting.length < MAX_WAITING;
  }

  #destination(key: Uint8Array, now: number): Destination | undefined {
    // Datagrams come in runs to one place: comparing bytes is cheaper than making a string of them.
    if (this.#last && this.#lastKey.equals(key)) return this.#last;
    const text = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
    const to = this.#destinations.get(text) ?? this.#discover(text, key, now);
    this.#lastKey = Buffer.from(key);
    this.#last = to;
    return to;
  }

  #discover(text: string, key: Uint8Array, now: number): Destination | undefined {
    const read = readSocksAddress(key, 0);
    if (read.read !== 'whole' || read.value.port === 0) return undefined;
    if (this.#destinations.size >= MAX_DESTINATIONS) {
      const [oldest] = this.#destinations.keys();
      if (oldest !== undefined) this.#destinations.delete(oldest);
    }
    const to: Destination = { port: read.value.port, since: now, address: undefined, waiting: [] };
    this.#destinations.set(text, to);
    this.#resolve(read.value).then(
      (address) => this.#found(to, address),
      (error: unknown) => this.#notFound(to, error),
    );
    return to;
  }

  #found(to: Destination, address: Address): void {
    to.address = address;
    const now = performance.now();
    for (const { flow, data } of to.waiting) {
      if (!this.#closed) this.#send(flow, address, to.port, data, now);
    }
    to.waiting = [];
  }

  #notFound(to: Destination, error: unknown): void {
    to.address = null;
    this.#host.counters.forwardUnsent += to.waiting.length;
    to.waiting = [];
    if (!this.#closed)
      this.#host.notice(error instanceof Error ? error.message : 'A destination cannot be reached.');
  }

  #send(flow: number, { address, family }: Address, port: number, data: Uint8Array, now: number): void {
    const entry = this.flows.use(flow, now) ?? this.#begin(flow, now);
    const socket = entry && this.#socketOf(flow, entry, family);
    if (!entry || !socket) return;
    if (entry.peers.size >= MAX_PEERS) entry.peers.clear();
    entry.peers.add(address);
    socket.send(data, port, address);
  }

  #begin(flow: number, now: number): SocksFlow | undefined {
    if (!this.#host.begin()) return undefined;
    const entry: SocksFlow = { udp4: undefined, udp6: undefined, peers: new Set() };
    this.flows.add(flow, entry, now);
    return entry;
  }

  #socketOf(flow: number, entry: SocksFlow, family: number): Socket | undefined {
    const open = family === 6 ? entry.udp6 : entry.udp4;
    if (open) return open;
    const socket = openSocket(family, this.#host.counters);
    if (!socket) return undefined;
    if (family === 6) entry.udp6 = socket;
    else entry.udp4 = socket;
    let from: { address: string; port: number; head: Uint8Array } = { address: '', port: 0, head: NO_BYTES };
    socket.on('message', (data, { address, port }) => {
      if (!entry.peers.has(address)) return;
      if (from.address !== address || from.port !== port) {
        from = { address, port, head: encodeSocksAddress({ host: address, port }) };
      }
      this.flows.use(flow, performance.now());
      this.#scratch.set(from.head);
      this.#scratch.set(data, from.head.length);
      this.#host.deliver(flow, this.#scratch.subarray(0, from.head.length + data.length));
    });
    return socket;
  }
}
