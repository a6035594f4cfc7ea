/** -D: a SOCKS5 server on this machine (RFC 1928, 1929). CONNECT goes over SSH, UDP ASSOCIATE over the datagram plane. */
import type { Server, Socket } from 'node:net';
import { type ErrorCode, VoiptermError } from '../../errors.ts';
import type { DriverHost, ForwardDriver } from './driver.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { listenTcp, portOfServer } from './local-listen.ts';
import { type Credentials, encodeReply, SOCKS_COMMAND, SOCKS_REPLY, type SocksReply } from './socks.ts';
import { SocksHandshake } from './socks-handshake.ts';
import { SocksUdp } from './socks-udp.ts';
import type { ForwardAsk, ForwardCounters } from './state.ts';
import { peerOf } from './tcp-local.ts';
import { TcpPairs } from './tcp-pairs.ts';

/** From the connection to the request: programs take milliseconds, and a place is not held for who never asks. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

export class SocksServer implements ForwardDriver {
  readonly #host: DriverHost;
  readonly #auth: Credentials | null;
  readonly #servers: readonly Server[];
  readonly #pairs = new TcpPairs();
  readonly #udp: SocksUdp;
  #link: ForwardLink | undefined;

  /** Listens. Rejects with 'forward.in-use'. */
  static async open(ask: ForwardAsk, host: DriverHost): Promise<SocksServer> {
    return new SocksServer(await listenTcp(ask.spec.bind), ask, host);
  }

  private constructor(servers: readonly Server[], { socksAuth, idleS }: ForwardAsk, host: DriverHost) {
    this.#servers = servers;
    this.#auth = socksAuth;
    this.#host = host;
    this.#udp = new SocksUdp(host, this, idleS);
    for (const server of servers) server.on('connection', (socket) => this.#connected(socket));
  }

  online(link: ForwardLink, resumed: boolean): Promise<number> {
    this.#link = link;
    this.#udp.online(link, resumed);
    const [server] = this.#servers;
    return Promise.resolve(server ? portOfServer(server) : 0);
  }

  /** UDP goes on; the connections ended with their channels. */
  interrupted(): boolean {
    this.#link = undefined;
    return false;
  }

  offline(): void {
    this.#link = undefined;
    this.#udp.offline();
  }

  close(): void {
    this.#udp.close();
    this.#link = undefined;
    this.#pairs.clear();
    for (const server of this.#servers) server.close();
  }

  receive(payload: Uint8Array): void {
    this.#udp.receive(payload);
  }

  counters(): ForwardCounters {
    const [tcp, udp] = [this.#pairs.counters(), this.#udp.counters()];
    return {
      ...udp,
      open: tcp.open,
      opened: tcp.opened,
      bytesUp: tcp.bytesUp + udp.bytesUp,
      bytesDown: tcp.bytesDown + udp.bytesDown,
      dropped: tcp.dropped + udp.dropped,
      unreachable: tcp.unreachable + udp.unreachable,
    };
  }

  #connected(socket: Socket): void {
    if (this.#pairs.full) {
      this.#pairs.dropped();
      socket.destroy();
      return;
    }
    this.#pairs.add(socket);
    const handshake = new SocksHandshake(this.#auth);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    // A client that ends before it asked for something gets nothing.
    socket.on('end', hangUp);
    const take = (chunk: Uint8Array): void => {
      const { answers, next } = handshake.push(chunk);
      for (const answer of answers) socket.write(answer);
      if (next === 'more') return;
      socket.off('data', take);
      if (next === 'close') return hangUp.call(socket);
      clearTimeout(timer);
      socket.off('end', hangUp);
      socket.pause();
      void this.#requested(socket, next.request.command, next.request.to, next.rest);
    };
    socket.on('data', take);
    socket.resume();
  }

  async #requested(socket: Socket, command: number, to: HostPort, rest: Uint8Array): Promise<void> {
    try {
      if (command === SOCKS_COMMAND.connect) await this.#connect(socket, to, rest);
      else if (command === SOCKS_COMMAND.associate) await this.#associate(socket);
      else refuse(socket, SOCKS_REPLY.commandUnsupported);
    } catch (error) {
      this.#pairs.unreachable();
      const code = error instanceof VoiptermError ? error.code : 'internal';
      refuse(socket, REPLIES[code] ?? SOCKS_REPLY.failure);
      if (error instanceof VoiptermError) this.#host.notice(code, error.message);
    }
  }

  async #connect(socket: Socket, to: HostPort, rest: Uint8Array): Promise<void> {
    const link = this.#link;
    if (!link) throw new VoiptermError('control.unreachable', 'not connected to the station');
    const stream = await link.openTcp(to, peerOf(socket));
    socket.write(encodeReply(SOCKS_REPLY.succeeded));
    if (rest.length > 0) socket.unshift(rest);
    this.#pairs.join(socket, stream);
  }

  /** The association lives as long as its TCP connection, on which nothing more is said. */
  async #associate(socket: Socket): Promise<void> {
    const bound = await this.#udp.open(socket);
    socket.write(encodeReply(SOCKS_REPLY.succeeded, bound));
    socket.on('end', hangUp);
    socket.resume();
  }
}

const REPLIES: { readonly [C in ErrorCode]?: SocksReply } = {
  'forward.refused': SOCKS_REPLY.notAllowed,
  'forward.unreachable': SOCKS_REPLY.hostUnreachable,
  'control.unreachable': SOCKS_REPLY.networkUnreachable,
  'tunnel.closed': SOCKS_REPLY.networkUnreachable,
};

function refuse(socket: Socket, reply: SocksReply): void {
  socket.write(encodeReply(reply));
  hangUp.call(socket);
}

/** Sends what is left to be sent, then closes, whatever the client still says. */
function hangUp(this: Socket): void {
  this.end(() => this.destroy());
}
