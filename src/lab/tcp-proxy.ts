/**
 * Carries TCP connections between clients and a target through a bad network. Thin: when what arrives is
 * stream-impairment.ts's.
 *
 * The opening of a connection travels like its bytes, and so do its ends: under `block` the target sees neither. The
 * client's own SYN is answered by this machine, so a client believes in its connection one round trip early.
 */
import { connect, type Server, type Socket } from 'node:net';
import type { Address } from './addresses.ts';
import { DIRECTIONS, type Links, type LinkState, type PerDirection, perDirection } from './direction.ts';
import { derivedSeed } from './random.ts';
import { retransmissionTimeout, type StreamCounters, StreamImpairment } from './stream-impairment.ts';
import { TcpPipe } from './tcp-pipe.ts';

/** At a time; further ones are closed at once. With 4 MiB each way on its way they fill 2 GiB. */
const MAX_CONNECTIONS = 256;
/** Seeds of connections stand behind those of the two directions of datagrams. */
const FIRST_SEED = 2;

export interface TcpCounters {
  readonly up: StreamCounters;
  readonly down: StreamCounters;
  /** Since the start, now, and turned away because there were too many. */
  readonly connections: number;
  readonly open: number;
  readonly refused: number;
}

export class TcpProxy {
  readonly #server: Server;
  readonly #target: Address;
  readonly #links: Links;
  readonly #counters: PerDirection<StreamCounters>;
  readonly #open = new Set<Connection>();
  #state: LinkState;
  #connections = 0;
  #refused = 0;

  /** Takes over a listening server that was made with `allowHalfOpen` and `pauseOnConnect`. */
  constructor(server: Server, target: Address, links: Links) {
    this.#server = server;
    this.#target = target;
    this.#links = links;
    this.#state = links.impairments;
    this.#counters = perDirection(() => ({
      segments: 0,
      receivedBytes: 0,
      deliveredBytes: 0,
      retransmissions: 0,
    }));
    server.on('connection', (client) => this.#accept(client));
  }

  /** At once, also for what is on its way. */
  change(state: LinkState): void {
    this.#state = state;
    for (const connection of this.#open) connection.change(state);
  }

  counters(): TcpCounters {
    return {
      up: { ...this.#counters.up },
      down: { ...this.#counters.down },
      connections: this.#connections,
      open: this.#open.size,
      refused: this.#refused,
    };
  }

  /** Ends all connections at once and resolves when the port is free. */
  close(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    for (const connection of this.#open) connection.destroy();
    return closed;
  }

  #accept(client: Socket): void {
    if (this.#open.size >= MAX_CONNECTIONS) {
      this.#refused += 1;
      client.destroy();
      return;
    }
    const streams = this.#streams(this.#connections);
    this.#connections += 1;
    const connection = new Connection(client, this.#target, streams, () => this.#open.delete(connection));
    this.#open.add(connection);
    connection.open();
  }

  /** The two directions of the n-th connection. */
  #streams(nth: number): PerDirection<StreamImpairment> {
    const rtoMs = retransmissionTimeout(this.#state.up, this.#state.down);
    return perDirection(
      (way) =>
        new StreamImpairment({
          seed: derivedSeed(this.#links.seed, FIRST_SEED + nth * 2 + DIRECTIONS.indexOf(way)),
          impairments: this.#state[way],
          bottleneck: this.#links.bottlenecks[way],
          rtoMs,
          counters: this.#counters[way],
        }),
    );
  }
}

/** Two sockets and a pipe each way. It is over when both are closed, or when a reset has arrived. */
class Connection {
  readonly #target: Address;
  readonly #pipes: PerDirection<TcpPipe>;
  readonly #sockets = new Set<Socket>();
  readonly #client: Socket;
  readonly #onOver: () => void;
  #upstream: Socket | undefined;

  constructor(client: Socket, target: Address, streams: PerDirection<StreamImpairment>, onOver: () => void) {
    this.#client = client;
    this.#target = target;
    this.#onOver = onOver;
    this.#pipes = {
      up: new TcpPipe(streams.up, (kind) => {
        if (kind === 'open') this.#connect();
        else this.#end(kind, this.#upstream);
      }),
      down: new TcpPipe(streams.down, (kind) => this.#end(kind, this.#client)),
    };
    this.#watch(client);
    this.#pipes.down.writeTo(client);
  }

  open(): void {
    this.#pipes.up.take({ kind: 'open' });
    this.#pipes.up.readFrom(this.#client);
  }

  change(state: LinkState): void {
    const rtoMs = retransmissionTimeout(state.up, state.down);
    for (const way of DIRECTIONS) this.#pipes[way].change(state[way], rtoMs);
  }

  destroy(): void {
    this.#pipes.up.stop();
    this.#pipes.down.stop();
    for (const socket of this.#sockets) socket.destroy();
    this.#onOver();
  }

  #connect(): void {
    const { host, port } = this.#target;
    const upstream = connect({ host, port, allowHalfOpen: true });
    this.#upstream = upstream;
    this.#watch(upstream);
    this.#pipes.up.writeTo(upstream);
    this.#pipes.down.readFrom(upstream);
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // its 'close' follows, and is a reset
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#upstream && this.#sockets.size === 0) this.destroy();
    });
  }

  #end(kind: 'open' | 'end' | 'reset', receiver: Socket | undefined): void {
    if (kind === 'end') receiver?.end();
    else {
      receiver?.resetAndDestroy();
      this.destroy();
    }
  }
}
