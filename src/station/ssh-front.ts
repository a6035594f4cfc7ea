/** The SSH side of a station: takes TCP connections within bounds and hands control channels on. */
import type { Server, Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Logger } from '../log.ts';
import { SSH_ALGORITHMS } from '../net/control/algorithms.ts';
import type { Counters } from './counters.ts';
import { Admission, type AdmissionBounds } from './limits.ts';
import { HANDSHAKE_MS, SshConnection, type SshContext } from './ssh-connection.ts';

/** A keepalive every 15 s ends a connection whose peer vanished within a minute and keeps a NAT mapping alive. */
const KEEPALIVE_MS = 15_000;
const KEEPALIVES_MISSED = 3;
/** How long a drain waits for peers to take their last words. */
const DRAIN_MS = 1500;

export interface SshFrontOptions extends Pick<SshContext, 'door' | 'open' | 'forwards' | 'guests'> {
  /** The listening socket; the front closes it. */
  readonly tcp: Server;
  /** The host key's text. */
  readonly hostKey: string;
  readonly counters: Counters;
  readonly log: Logger;
  readonly admission?: AdmissionBounds | undefined;
  readonly handshakeMs?: number | undefined;
}

export class SshFront {
  #listeners: Server[] = [];
  #context: SshContext;
  #admission: Admission;
  #connections = new Set<SshConnection>();
  #drained: (() => void) | undefined;

  constructor(options: SshFrontOptions) {
    const { tcp, hostKey, door, open, forwards, guests, counters, log } = options;
    this.#admission = new Admission(options.admission);
    this.#context = {
      server: {
        hostKeys: [hostKey],
        algorithms: SSH_ALGORITHMS,
        ident: 'voipterm',
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: KEEPALIVES_MISSED,
      },
      handshakeMs: options.handshakeMs ?? HANDSHAKE_MS,
      door,
      open,
      forwards,
      guests,
      counters,
      log,
    };
    this.#listen(tcp, (socket) => socket);
  }

  /** Takes connections from a second socket, which wrap SSH in TLS; the front closes it. */
  listenTls(tcp: Server, secureContext: SecureContext): void {
    // The deadline of the SSH handshake holds for TLS as well: what SSH says first waits until TLS is up.
    this.#listen(tcp, (socket) => new TLSSocket(socket, { isServer: true, secureContext }));
  }

  /** Ends the connections of those keys and addresses; answers how many. */
  endWhere(fits: (key: string, address: string) => boolean): number {
    return [...this.#connections].filter((connection) => connection.endIf(fits)).length;
  }

  /** Stops listening, says goodbye to everybody, and resolves when all connections are closed. */
  async close(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    for (const connection of this.#connections) connection.end();
    const cut = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, DRAIN_MS);
    if (this.#connections.size > 0) await drained;
    clearTimeout(cut);
  }

  #listen(tcp: Server, wrap: (socket: Socket) => Socket): void {
    const { log } = this.#context;
    this.#listeners.push(tcp);
    tcp.on('connection', (socket) => this.#take(socket, wrap));
    // Out of file descriptors, as a rule: those who are in stay in, and the next one may find a place.
    tcp.on('error', (error) => log.warn('a connection could not be taken', { error: error.message }));
  }

  #take(socket: Socket, wrap: (socket: Socket) => Socket): void {
    const place = this.#admission.enter(socket.remoteAddress ?? '');
    if (!place) {
      this.#context.counters.refused += 1;
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    this.#context.counters.connections += 1;
    const connection = new SshConnection(wrap(socket), place, this.#context, () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#drained?.();
    });
    this.#connections.add(connection);
  }
}
