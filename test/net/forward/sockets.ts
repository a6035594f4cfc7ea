/** Small ends for forwards in tests: UDP and TCP on loopback, closed together, and waiting without sleeping. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How long anything on loopback may take, ms. */
const PATIENCE_MS = 10_000;

/** Looks again and again until it is true. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export class Sockets {
  #closers: (() => void)[] = [];

  /** A UDP socket, on a free port unless one is given; what it hears is in `heard`. */
  async udp(answer?: (data: Buffer, from: RemoteInfo, socket: UdpSocket) => void, port = 0): Promise<UdpEnd> {
    const end = new UdpEnd();
    if (answer) end.socket.on('message', (data, from) => answer(data, from, end.socket));
    this.#closers.push(() => end.close());
    end.socket.bind(port, '127.0.0.1');
    await once(end.socket, 'listening');
    return end;
  }

  /** A UDP socket that sends back what it hears. */
  udpEcho(port = 0): Promise<UdpEnd> {
    return this.udp((data, from, socket) => socket.send(data, from.port, from.address), port);
  }

  /** A TCP server; returns its port. */
  async tcp(onConnection: (socket: Socket) => void): Promise<number> {
    const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      this.#closers.push(() => socket.destroy());
      onConnection(socket);
    });
    this.#closers.push(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** A TCP server that sends back what it hears, and ends when the other side ended. */
  tcpEcho(): Promise<number> {
    return this.tcp((socket) => socket.pipe(socket));
  }

  /** A TCP connection; what it hears is in `heard`. */
  async connect(port: number): Promise<TcpEnd> {
    const end = new TcpEnd(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    this.#closers.push(() => end.socket.destroy());
    await once(end.socket, 'connect');
    return end;
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close();
  }
}

export class UdpEnd {
  readonly socket: UdpSocket = createSocket('udp4');
  readonly heard: string[] = [];
  #open = true;

  constructor() {
    this.socket.on('message', (data) => this.heard.push(data.toString('latin1')));
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(data: string | Uint8Array, port: number): void {
    this.socket.send(data, port, '127.0.0.1');
  }

  close(): void {
    if (this.#open) this.socket.close();
    this.#open = false;
  }
}

export class TcpEnd {
  readonly socket: Socket;
  heard = Buffer.alloc(0);
  ended = false;
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.heard = Buffer.concat([this.heard, chunk]);
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  /** The other side said that nothing more comes, or cut it. */
  get over(): boolean {
    return this.ended || this.closed;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }
}
