/**
 * Further channels of the client's SSH connection, beside the control channel: TCP through the station both ways
 * (RFC 4254, 7) and the stream that carries sealed datagrams where UDP does not get through.
 */
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { VoiptermError } from '../../errors.ts';
import { DATAGRAM_SUBSYSTEM, STATION_SHELL_COMMAND } from './schema.ts';

export interface TcpEndpoint {
  /** A name (which the far end resolves) or a numeric address. */
  readonly host: string;
  readonly port: number;
}

/** A TCP connection that came in at a listener of the station's. */
export interface IncomingTcp {
  /** The listener as it was asked for; its port is the real one. */
  readonly to: TcpEndpoint;
  /** Who connected, as the station saw it. */
  readonly from: TcpEndpoint;
  /** Takes it. Backpressure and half-close are the stream's. */
  accept(): Duplex;
  reject(): void;
}

/** SSH_OPEN_CONNECT_FAILED (RFC 4254, 5.1): it was allowed, but the destination did not take it. */
const CONNECT_FAILED = 2;
/** Says what an operator could do; the station's own sentence is used where it sent one. */
const NO_SENTENCE = 'the station refused it without a reason; ask its operator to allow it';

export class ControlChannels {
  /** Called for each connection that comes in; without a listener it is refused. */
  onTcp: (incoming: IncomingTcp) => void = (incoming) => incoming.reject();
  readonly #client: Client;
  #open = true;

  constructor(client: Client) {
    this.#client = client;
    client.on('tcp connection', ({ destIP, destPort, srcIP, srcPort }, accept, reject) => {
      this.onTcp({
        to: { host: destIP, port: destPort },
        from: { host: srcIP, port: srcPort },
        accept: () => accept(),
        reject: () => reject(),
      });
    });
  }

  /** Every later call rejects. */
  close(): void {
    this.#open = false;
  }

  /**
   * Opens a TCP connection from the station to `to` (direct-tcpip); `from` tells who asked for it.
   * Rejects with 'forward.refused' or 'forward.unreachable' and the station's sentence.
   */
  openTcp(to: TcpEndpoint, from: TcpEndpoint): Promise<Duplex> {
    return this.#ask<ClientChannel>((done) =>
      this.#client.forwardOut(from.host, from.port, to.host, to.port, done),
    );
  }

  /** Asks the station to listen; resolves with the port, which it picks for 0. Rejects with 'forward.refused'. */
  listenTcp(bind: string, port: number): Promise<number> {
    return this.#ask<number>((done) => this.#client.forwardIn(bind, port, done));
  }

  /** Ends what listenTcp began; `port` is the one that it resolved with. Harmless when the connection is gone. */
  unlistenTcp(bind: string, port: number): void {
    if (this.#open)
      this.#ask<unknown>((done) =>
        this.#client.unforwardIn(bind, port, (error) => done(error, undefined)),
      ).catch(() => undefined);
  }

  /**
   * A shell on the station's host, in a terminal of this size. `ready` gets the channel before anything can come of it.
   * Rejects with 'forward.refused' and the SSH library's words.
   */
  async openShell(columns: number, rows: number, ready: (channel: ClientChannel) => void): Promise<void> {
    const pty = { term: 'xterm-256color', cols: columns, rows, width: 0, height: 0 };
    await this.#ask<ClientChannel>((done) =>
      this.#client.exec(STATION_SHELL_COMMAND, { pty }, (error, channel) => {
        if (!error) ready(channel);
        done(error, channel);
      }),
    );
  }

  /** A stream for the datagrams of this connection's session. Rejects with 'control.protocol' where there is none. */
  async openStream(): Promise<Duplex> {
    try {
      return await this.#ask<ClientChannel>((done) => this.#client.subsys(DATAGRAM_SUBSYSTEM, done));
    } catch (error) {
      if (error instanceof VoiptermError && error.code !== 'forward.refused') throw error;
      throw new VoiptermError('control.protocol', 'the station offers no stream for datagrams', {
        cause: error,
      });
    }
  }

  /** The library throws where it is not connected, and forgets its callbacks when the connection ends. */
  #ask<T>(start: (done: (error: Error | null | undefined, result: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = (): void =>
        reject(new VoiptermError('control.unreachable', 'the connection to the station was lost'));
      if (!this.#open) return lost();
      this.#client.once('close', lost);
      try {
        start((error, result) => {
          this.#client.off('close', lost);
          if (error) reject(refused(error));
          else resolve(result);
        });
      } catch {
        this.#client.off('close', lost);
        lost();
      }
    });
  }
}

function refused(error: Error): VoiptermError {
  const sentence = error.message.replace(/^\(SSH\) Channel open failure: ?/, '').trim();
  const unreachable = 'reason' in error && error.reason === CONNECT_FAILED;
  return new VoiptermError(
    unreachable ? 'forward.unreachable' : 'forward.refused',
    sentence === '' ? NO_SENTENCE : sentence,
  );
}
