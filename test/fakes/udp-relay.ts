/** A box between a client and a station that forwards UDP and can stop doing so, in either direction or for known ports. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export class UdpRelay {
  /** Directions in which nothing passes. */
  readonly blocked = new Set<'up' | 'down'>();
  /** Client ports through which nothing passes any more. */
  readonly dead = new Set<number>();
  /** Client ports that were seen. */
  readonly seen = new Set<number>();
  readonly #front: Socket;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #backs = new Map<number, Socket>();

  private constructor(front: Socket, target: { host: string; port: number }) {
    this.#front = front;
    this.#target = target;
    front.on('message', (bytes, from) => this.#up(bytes, from.port));
  }

  static async start(target: { host: string; port: number }): Promise<UdpRelay> {
    const front = createSocket('udp4').bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new UdpRelay(front, target);
  }

  get port(): number {
    return this.#front.address().port;
  }

  /** Lets nothing through from the client ports that are in use now. */
  kill(): void {
    for (const port of this.seen) this.dead.add(port);
  }

  close(): void {
    for (const socket of [this.#front, ...this.#backs.values()]) socket.close();
  }

  #up(bytes: Uint8Array, port: number): void {
    this.seen.add(port);
    if (this.blocked.has('up') || this.dead.has(port)) return;
    this.#back(port).send(bytes, this.#target.port, this.#target.host);
  }

  #back(port: number): Socket {
    const known = this.#backs.get(port);
    if (known) return known;
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    socket.on('message', (bytes) => {
      if (!this.blocked.has('down') && !this.dead.has(port)) this.#front.send(bytes, port, '127.0.0.1');
    });
    this.#backs.set(port, socket);
    return socket;
  }
}
