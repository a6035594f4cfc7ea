/** The TCP connections of one forward: what of them is counted, and ending them all. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NO_COUNTS } from './no-counts.ts';
import { splice } from './splice.ts';
import type { ForwardCounters } from './state.ts';

/** Connections of one forward at a time: a browser with many tabs fits; each holds some buffers at both ends. */
export const MAX_CONNECTIONS = 512;

export class TcpPairs {
  readonly #sockets = new Set<Socket>();
  #opened = 0;
  #bytesUp = 0;
  #bytesDown = 0;
  #dropped = 0;
  #unreachable = 0;

  /** True while no more connections are taken. */
  get full(): boolean {
    return this.#sockets.size >= MAX_CONNECTIONS;
  }

  /** Takes a socket of ours in, before the other end is there. Its errors end it and nothing else. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    this.#opened += 1;
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#bytesUp += socket.bytesRead;
      this.#bytesDown += socket.bytesWritten;
    });
  }

  /** A connection came while there was no link or no place for it. */
  dropped(): void {
    this.#dropped += 1;
  }

  /** A destination refused or did not answer. */
  unreachable(): void {
    this.#unreachable += 1;
  }

  /** Joins a socket that was added with the stream to the far end; a socket that is gone already ends the stream. */
  join(socket: Socket, stream: Duplex): void {
    // A stream that is cut may complain; that it closes says enough.
    stream.on('error', () => stream.destroy());
    if (socket.destroyed) stream.destroy();
    else splice(socket, stream, () => undefined);
  }

  /** Cuts all connections. */
  clear(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Bytes as our sockets saw them: what was read there goes up. */
  counters(): ForwardCounters {
    let bytesUp = this.#bytesUp;
    let bytesDown = this.#bytesDown;
    for (const socket of this.#sockets) {
      bytesUp += socket.bytesRead;
      bytesDown += socket.bytesWritten;
    }
    const [open, opened] = [this.#sockets.size, this.#opened];
    const [dropped, unreachable] = [this.#dropped, this.#unreachable];
    return { ...NO_COUNTS, open, opened, bytesUp, bytesDown, dropped, unreachable };
  }
}
