/** TCP through the station without a listener on this machine: the program itself reads and writes. */
import { VoiptermError } from '../../errors.ts';
import type { ForwardDriver } from './driver.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { NO_COUNTS } from './no-counts.ts';
import { formatHostPort } from './spec.ts';
import type { ForwardCounters } from './state.ts';
import { TcpSocket, type TcpSocketOptions } from './tcp-socket.ts';

/** The station is told who asks; a program without a socket is this machine. */
const FROM: HostPort = { host: '127.0.0.1', port: 0 };

export class TcpDirect implements ForwardDriver {
  readonly #sockets = new Set<TcpSocket>();
  #link: ForwardLink | undefined;
  #opened = 0;

  /**
   * Connects from the station to `to`. Rejects with 'forward.refused' or 'forward.unreachable' and the station's sentence,
   * or with 'control.unreachable' while there is no link.
   */
  async connect(to: HostPort, options: TcpSocketOptions): Promise<TcpSocket> {
    const link = this.#link;
    if (!link)
      throw new VoiptermError('control.unreachable', 'the tunnel is not connected to the station now');
    const socket = new TcpSocket(await link.openTcp(to, FROM), to, options);
    if (this.#link !== link) {
      socket.on('error', () => undefined);
      socket.destroy();
      throw lost(to);
    }
    this.#sockets.add(socket);
    this.#opened += 1;
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  /** The station is asked for each connection, not before. */
  online(link: ForwardLink): Promise<number> {
    this.#link = link;
    return Promise.resolve(0);
  }

  interrupted(): boolean {
    this.offline();
    return false;
  }

  /** A byte stream with a hole is worth nothing: whoever reads one learns that it was cut. */
  offline(): void {
    this.#link = undefined;
    for (const socket of this.#sockets) socket.destroy(lost(socket.to));
  }

  /** Cut by ourselves: no error. */
  close(): void {
    this.#link = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  counters(): ForwardCounters {
    return { ...NO_COUNTS, open: this.#sockets.size, opened: this.#opened };
  }
}

function lost(to: HostPort): VoiptermError {
  return new VoiptermError(
    'control.unreachable',
    `the connection to ${formatHostPort(to)} ended with the connection to the station`,
  );
}
