/** TCP ports of the station on which it listens for one SSH connection (tcpip-forward). */
import type { Server, Socket } from 'node:net';
import { VoiptermError } from '../errors.ts';
import { listenTcp } from './listeners.ts';

/** Of one SSH connection. */
const MAX_CONNECTION_LISTENERS = 64;

/** A connection to a listener that was asked for as `bind` and `port`. */
export interface Arrival {
  readonly bind: string;
  readonly port: number;
  /** Paused; may be half-closed. */
  readonly socket: Socket;
}

export class TcpListeners {
  readonly #onArrival: (arrival: Arrival) => void;
  readonly #servers = new Map<string, Server>();
  #opening = 0;
  #closed = false;

  constructor(onArrival: (arrival: Arrival) => void) {
    this.#onArrival = onArrival;
  }

  get size(): number {
    return this.#servers.size;
  }

  /** Whether it listens on a port, at whatever address. */
  has(port: number): boolean {
    return [...this.#servers.keys()].some((key) => key.startsWith(`${port} `));
  }

  /** Listens and answers the port, which is a free one for 0. Rejects with 'forward.in-use' or 'control.limit'. */
  async listen(bind: string, port: number): Promise<number> {
    if (this.#servers.size + this.#opening >= MAX_CONNECTION_LISTENERS) {
      throw new VoiptermError(
        'control.limit',
        `You have ${MAX_CONNECTION_LISTENERS} TCP listeners at this station, which is all: remove one first.`,
      );
    }
    this.#opening += 1;
    try {
      const server = await listenTcp(bind, port);
      const address = server.address();
      const chosen = typeof address === 'object' && address ? address.port : port;
      this.#take(server, bind, chosen);
      return chosen;
    } finally {
      this.#opening -= 1;
    }
  }

  /** False if it does not listen there. Connections that came by it stay. */
  unlisten(bind: string, port: number): boolean {
    const key = keyOf(bind, port);
    const server = this.#servers.get(key);
    server?.close();
    return this.#servers.delete(key);
  }

  close(): void {
    this.#closed = true;
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
  }

  #take(server: Server, bind: string, port: number): void {
    if (this.#closed) {
      server.close();
      throw new VoiptermError('control.closing', 'The connection was closed.');
    }
    this.#servers.set(keyOf(bind, port), server);
    server.on('connection', (socket) => this.#onArrival({ bind, port, socket }));
    // Out of file descriptors, as a rule: who came is turned away, the next one may get in.
    server.on('error', () => undefined);
  }
}

function keyOf(bind: string, port: number): string {
  return `${port} ${bind}`;
}
