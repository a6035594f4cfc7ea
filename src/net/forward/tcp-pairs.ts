/** The TCP connections of one forward: how many are open, what they carried, and ending them all. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { splice } from './splice.ts';

/** Connections of one forward at a time: a browser with many tabs fits; each holds some buffers at both ends. */
export const MAX_CONNECTIONS = 512;

export class TcpPairs {
  readonly #sockets = new Set<Socket>();
  #opened = 0;
  #read = 0;
  #written = 0;

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
      this.#read += socket.bytesRead;
      this.#written += socket.bytesWritten;
    });
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

  /** `read` and `written` in bytes, as our sockets saw them. */
  counters(): { open: number; opened: number; read: number; written: number } {
    let read = this.#read;
    let written = this.#written;
    for (const socket of this.#sockets) {
      read += socket.bytesRead;
      written += socket.bytesWritten;
    }
    return { open: this.#sockets.size, opened: this.#opened, read, written };
  }
}
