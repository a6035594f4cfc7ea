/**
 * SOCKS5's UDP ASSOCIATE (RFC 1928, 7): each association has a UDP socket beside its TCP connection, and is one flow of
 * the tunnel, in which every datagram names its own destination.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Socket as TcpSocket } from 'node:net';
import { VoiptermError } from '../../errors.ts';
import { FLOW_IDS, FORWARD_HEADER_BYTES, flowOf } from '../protocol/forward-packet.ts';
import type { DriverHost, ForwardDriver } from './driver.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { bindUdp } from './local-listen.ts';
import { UDP_PREFIX_BYTES, udpBody } from './socks.ts';
import type { ForwardCounters } from './state.ts';
import { StationForward } from './station-forward.ts';
import { UdpCounts } from './udp-counts.ts';

/** Associations of one forward: each holds a UDP socket here and one at the station. */
const MAX_ASSOCIATIONS = 256;
/** How long a client may be silent on its TCP connection until the kernel asks whether it is still there, ms. */
const KEEPALIVE_MS = 60_000;

interface Association {
  readonly flow: number;
  readonly socket: Socket;
  /** The client: its address as TCP knows it; its port is that of its first datagram, 0 before. */
  readonly address: string;
  port: number;
}

export class SocksUdp {
  readonly #host: DriverHost;
  readonly #forward: StationForward;
  readonly #counts: UdpCounts;
  readonly #associations = new Map<number, Association>();
  #nextFlow = 0;
  #opened = 0;

  /** @param driver who is routed the payloads. @param idleS how long the station remembers a silent one. */
  constructor(host: DriverHost, driver: ForwardDriver, idleS: number) {
    this.#host = host;
    this.#forward = new StationForward({
      router: host,
      driver,
      ask: (link) => link.call('forward.open', { kind: 'socks-udp', idleS }),
    });
    this.#counts = new UdpCounts(host, 'of a SOCKS client');
  }

  /** The station is asked once there is an association: it may allow TCP only. */
  online(link: ForwardLink, resumed: boolean): void {
    this.#forward.attach(link, resumed);
    if (this.#associations.size > 0) {
      this.#forward.ready().catch((error: unknown) => {
        if (error instanceof VoiptermError) this.#host.notice(error.code, error.message);
      });
    }
  }

  /** Associations stay: their clients need not notice. */
  offline(): void {
    this.#forward.offline();
  }

  close(): void {
    this.#forward.close();
    for (const association of [...this.#associations.values()]) this.#end(association);
  }

  /** Opens an association that ends with its TCP connection; resolves with where the client sends to. */
  async open(tcp: TcpSocket): Promise<HostPort> {
    if (this.#associations.size >= MAX_ASSOCIATIONS) {
      throw new VoiptermError('control.limit', `more than ${MAX_ASSOCIATIONS} SOCKS clients use UDP at once`);
    }
    await this.#forward.ready();
    const local = plain(tcp.localAddress);
    const socket = await bindUdp(local, 0);
    const association = { flow: this.#newFlow(), socket, address: plain(tcp.remoteAddress), port: 0 };
    this.#associations.set(association.flow, association);
    this.#opened += 1;
    socket.on('error', () => this.#counts.unreachable());
    socket.on('message', (bytes, from) => this.#up(association, bytes, from));
    tcp.setKeepAlive(true, KEEPALIVE_MS);
    tcp.once('close', () => this.#end(association));
    if (tcp.destroyed) this.#end(association);
    return { host: local, port: socket.address().port };
  }

  /** A datagram from the station: the SOCKS address of who sent it, and the data. */
  receive(payload: Uint8Array): void {
    const association = this.#associations.get(flowOf(payload));
    if (!association || association.port === 0) return this.#counts.dropped();
    // The flow's last three bytes make room for reserved and fragment, so that nothing is copied.
    const datagram = payload.subarray(FORWARD_HEADER_BYTES - UDP_PREFIX_BYTES).fill(0, 0, UDP_PREFIX_BYTES);
    this.#counts.down(payload.length - FORWARD_HEADER_BYTES);
    association.socket.send(datagram, association.port, association.address);
  }

  counters(): ForwardCounters {
    const flows = { opened: this.#opened, expired: 0, evicted: 0 };
    return this.#counts.counters(this.#associations.size, flows);
  }

  #up(association: Association, bytes: Uint8Array, from: RemoteInfo): void {
    // Nobody but the client may send through it (RFC 1928).
    if (from.address !== association.address) return this.#counts.dropped();
    if (association.port === 0) association.port = from.port;
    const body = udpBody(bytes);
    if (from.port !== association.port || !body) this.#counts.dropped();
    else this.#counts.up(this.#forward, association.flow, body);
  }

  #newFlow(): number {
    while (this.#associations.has(this.#nextFlow)) this.#nextFlow = (this.#nextFlow + 1) % FLOW_IDS;
    const flow = this.#nextFlow;
    this.#nextFlow = (flow + 1) % FLOW_IDS;
    return flow;
  }

  #end({ flow, socket }: Association): void {
    if (this.#associations.delete(flow)) socket.close();
  }
}

/** A dual-stack listener shows IPv4 clients as ::ffff:127.0.0.1. */
function plain(address = '127.0.0.1'): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
