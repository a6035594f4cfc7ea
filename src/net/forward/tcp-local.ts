/** -L for TCP: this machine listens, the station connects to the destination. */
import type { Server, Socket } from 'node:net';
import { VoiptermError } from '../../errors.ts';
import type { DriverHost, ForwardDriver } from './driver.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { listenTcp, portOfServer } from './local-listen.ts';
import type { ForwardAsk, ForwardCounters } from './state.ts';
import { TcpPairs } from './tcp-pairs.ts';

export class TcpLocal implements ForwardDriver {
  readonly #host: DriverHost;
  readonly #to: HostPort;
  readonly #servers: readonly Server[];
  readonly #pairs = new TcpPairs();
  #link: ForwardLink | undefined;

  /** Listens. Rejects with 'forward.in-use'. */
  static async open({ spec }: ForwardAsk, to: HostPort, host: DriverHost): Promise<TcpLocal> {
    return new TcpLocal(await listenTcp(spec.bind), to, host);
  }

  private constructor(servers: readonly Server[], to: HostPort, host: DriverHost) {
    this.#servers = servers;
    this.#to = to;
    this.#host = host;
    for (const server of servers) server.on('connection', (socket) => void this.#connected(socket));
  }

  /** The station is asked for each connection, not before. */
  online(link: ForwardLink): Promise<number> {
    this.#link = link;
    const [server] = this.#servers;
    return Promise.resolve(server ? portOfServer(server) : 0);
  }

  interrupted(): boolean {
    this.offline();
    return false;
  }

  offline(): void {
    this.#link = undefined;
    this.#pairs.clear();
  }

  close(): void {
    this.offline();
    for (const server of this.#servers) server.close();
  }

  counters(): ForwardCounters {
    return this.#pairs.counters();
  }

  async #connected(socket: Socket): Promise<void> {
    const link = this.#link;
    if (!link || this.#pairs.full) {
      this.#pairs.dropped();
      socket.destroy();
      return;
    }
    this.#pairs.add(socket);
    try {
      this.#pairs.join(socket, await link.openTcp(this.#to, peerOf(socket)));
    } catch (error) {
      this.#pairs.unreachable();
      socket.destroy();
      if (error instanceof VoiptermError) this.#host.notice(error.code, error.message);
    }
  }
}

/** Who connected, for the far end's log. */
export function peerOf(socket: Socket): HostPort {
  return { host: socket.remoteAddress ?? '127.0.0.1', port: socket.remotePort ?? 0 };
}
