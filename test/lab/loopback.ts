/** Targets and clients on this machine for tests of the proxies, all of them closed at the end of a test. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, vi } from 'vitest';
import { ImpairmentProxy, type ImpairmentProxyOptions } from '../../src/lab/proxy.ts';

const HOST = '127.0.0.1';
/** Cold starts on two busy cores take time. */
export const PATIENCE = { timeout: 10_000, interval: 2 };

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

export function closing<T extends { close(): unknown }>(one: T): T {
  opened.push(one);
  return one;
}

/** A proxy on a free port in front of a target's. */
export async function startProxy(
  port: number,
  options: Partial<ImpairmentProxyOptions> = {},
): Promise<ImpairmentProxy> {
  const listen = { host: HOST, port: 0 };
  return closing(await ImpairmentProxy.start({ listen, target: { host: HOST, port }, ...options }));
}

/** A UDP socket that remembers what came, and when. */
export class UdpPeer {
  readonly socket: dgram.Socket;
  readonly got: { bytes: Buffer; at: number; from: dgram.RemoteInfo }[] = [];

  static async open(
    onMessage?: (bytes: Buffer, from: dgram.RemoteInfo, peer: UdpPeer) => void,
  ): Promise<UdpPeer> {
    const socket = closing(dgram.createSocket('udp4'));
    socket.bind(0, HOST);
    await once(socket, 'listening');
    return new UdpPeer(socket, onMessage);
  }

  /** Sends everything back to where it came from. */
  static echo(): Promise<UdpPeer> {
    return UdpPeer.open((bytes, from, peer) => peer.socket.send(bytes, from.port, from.address));
  }

  private constructor(
    socket: dgram.Socket,
    onMessage?: (bytes: Buffer, from: dgram.RemoteInfo, peer: UdpPeer) => void,
  ) {
    this.socket = socket;
    socket.on('message', (bytes, from) => {
      this.got.push({ bytes, at: performance.now(), from });
      onMessage?.(bytes, from, this);
    });
  }

  get port(): number {
    return this.socket.address().port;
  }

  get texts(): string[] {
    return this.got.map(({ bytes }) => bytes.toString());
  }

  /** Resolves once the system has it. */
  send(port: number, bytes: string | Uint8Array): Promise<unknown> {
    return new Promise((done) => this.socket.send(bytes, port, HOST, done));
  }
}

/** A TCP target that keeps its connections, and echoes if asked. */
export class TcpTarget {
  readonly sockets: net.Socket[] = [];
  readonly port: number;

  static async open(options: { echo?: boolean } = {}): Promise<TcpTarget> {
    const server = closing(net.createServer({ allowHalfOpen: true }));
    server.listen(0, HOST);
    await once(server, 'listening');
    return new TcpTarget(server, options.echo ?? false);
  }

  private constructor(server: net.Server, echo: boolean) {
    this.port = (server.address() as net.AddressInfo).port;
    server.on('connection', (socket) => {
      this.sockets.push(socket);
      closing({ close: () => socket.destroy() });
      socket.on('error', () => undefined);
      if (echo) socket.pipe(socket);
    });
  }

  /** The n-th connection, once it is there. */
  async connection(n = 0): Promise<TcpPeer> {
    await vi.waitUntil(() => this.sockets[n] !== undefined, PATIENCE);
    return new TcpPeer(this.sockets[n]!);
  }
}

/** One end of a TCP connection, and all that came out of it. */
export class TcpPeer {
  readonly socket: net.Socket;
  ended = false;
  /** How it closed: undefined while it is open. */
  closed: 'cleanly' | 'with an error' | undefined;
  #chunks: Buffer[] = [];
  #failed = false;

  static async connect(port: number): Promise<TcpPeer> {
    const socket = net.connect({ host: HOST, port, allowHalfOpen: true });
    closing({ close: () => socket.destroy() });
    const peer = new TcpPeer(socket);
    await once(socket, 'connect');
    return peer;
  }

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('error', () => {
      this.#failed = true;
    });
    socket.on('close', () => {
      this.closed = this.#failed ? 'with an error' : 'cleanly';
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }

  async until(condition: (peer: TcpPeer) => boolean): Promise<void> {
    await vi.waitUntil(() => condition(this), PATIENCE);
  }
}
