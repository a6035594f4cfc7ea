/** A TCP relay on loopback that a test can cut, black-hole and let go on: a network that breaks. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpRelay {
  readonly port: number;
  /** Connections taken so far. */
  taken = 0;
  readonly #server: Server;
  /** Both ends of every connection. */
  readonly #sockets = new Set<Socket>();
  readonly #near = new Set<Socket>();
  #holed = false;

  static async start(target: { host: string; port: number }): Promise<TcpRelay> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpRelay(server, target);
  }

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => {
      this.taken += 1;
      const far = connect({ ...target, allowHalfOpen: true });
      this.#near.add(near);
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  /** Connections that clients have open to here. */
  get open(): number {
    return this.#near.size;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts the clients off; with a black hole before, their station learns nothing of it. */
  cutNear(): void {
    for (const socket of this.#near) socket.destroy();
  }

  /** Takes bytes and connections, and passes nothing on, no end either. */
  blackHole(): void {
    this.#holed = true;
  }

  /** What comes from now on gets through again. */
  heal(): void {
    this.#holed = false;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#near.delete(from);
      if (!this.#holed) to.destroy();
    });
    from.on('end', () => (this.#holed ? from.destroy() : to.end()));
    from.on('data', (bytes) => {
      if (!this.#holed) to.write(bytes);
    });
  }
}
