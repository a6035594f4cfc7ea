/**
 * Joins an SSH channel with a TCP socket: what comes out of one goes into the other, no faster than it takes it, and a
 * side that has said all (a half-closed stream) can still be answered.
 *
 * The SSH library leaves two things to us. Its channel closes wholly when it is ended, so an end is told by eof() after
 * the last byte. And it writes to the connection's socket as long as the peer's window is open, without looking
 * whether the socket takes it; so `Outlet` looks, and asks the connection's gate, so that voice in it does not wait.
 */
import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import type { BulkGate } from '../net/tunnel/bulk-gate.ts';

/** Bytes that may wait in one SSH connection's socket before its forwards stop reading: a few hundred ms of a fast link. */
const MAX_OUTLET_BYTES = 1024 * 1024;
/** How often a full outlet is looked at. In a key exchange the library holds bytes back, which no event tells the end of. */
const OUTLET_CHECK_MS = 20;
/** How long a socket has to take the rest after its channel closed. */
const LINGER_MS = 10_000;
/** More than a peer may send while nothing is read: twice its window, on which the library does not insist. */
const MAX_INLET_BYTES = 4 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

/** The way out of one SSH connection, which its forwards share. */
export class Outlet {
  readonly gate: BulkGate;
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  /** Bytes that the library keeps for after a key exchange, as far as we know, and what had been written then. */
  #withheld = 0;
  #writtenThen = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, gate: BulkGate) {
    this.gate = gate;
    this.#socket = socket;
    socket.on('drain', () => this.#check());
  }

  /** Writes to a channel of the connection. False: wait before the next. */
  write(channel: ServerChannel, chunk: Uint8Array): boolean {
    const before = this.#socket.bytesWritten;
    const taken = channel.write(chunk);
    this.gate.wrote(chunk.length);
    if (this.#socket.bytesWritten > before) this.#withheld = 0;
    else if (channel.writableLength === 0) {
      this.#withheld += chunk.length;
      this.#writtenThen = before;
    }
    return taken && !this.#full();
  }

  /** Calls back once, when the connection's socket takes more. */
  whenFree(resume: () => void): void {
    this.#waiting.add(resume);
    this.#timer ??= setInterval(() => this.#check(), OUTLET_CHECK_MS);
  }

  close(): void {
    this.#waiting.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #full(): boolean {
    return this.#socket.writableLength + this.#withheld > MAX_OUTLET_BYTES;
  }

  #check(): void {
    if (this.#socket.bytesWritten > this.#writtenThen) this.#withheld = 0;
    if (this.#full()) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}

export class Splice {
  readonly #channel: ServerChannel;
  readonly #tcp: Socket;
  readonly #outlet: Outlet;
  readonly #onClosed: () => void;
  #channelOpen = true;
  #tcpOpen = true;
  #linger: NodeJS.Timeout | undefined;
  /** Read from the socket, and not written yet. */
  #rest: Uint8Array = NO_BYTES;
  /** What waits for that. */
  #afterRest: (() => void)[] = [];
  readonly #pump = (): void => this.#write();

  /** Takes both over; `onClosed` comes once, when both are closed. The socket must have been made with allowHalfOpen. */
  constructor(channel: ServerChannel, tcp: Socket, outlet: Outlet, onClosed: () => void) {
    this.#channel = channel;
    this.#tcp = tcp;
    this.#outlet = outlet;
    this.#onClosed = onClosed;
    this.#listenToTcp();
    this.#listenToChannel();
    tcp.resume();
  }

  /** Whether the peer sent more than it may while the socket takes nothing: it must go. */
  get overflowing(): boolean {
    return this.#channel.readableLength > MAX_INLET_BYTES;
  }

  /** Ends both at once: the SSH connection is gone. What the socket has taken still goes out. */
  cut(): void {
    this.#endTcp();
    this.#channelClosed();
  }

  #listenToTcp(): void {
    const tcp = this.#tcp;
    let failed = false;
    tcp.on('data', (chunk: Uint8Array) => this.#fromTcp(chunk));
    tcp.on('end', () => this.#afterWrites(() => this.#channel.eof()));
    tcp.on('drain', () => this.#channel.resume());
    tcp.on('error', () => {
      failed = true;
    });
    tcp.once('close', () => {
      this.#tcpOpen = false;
      clearTimeout(this.#linger);
      if (failed) this.#closeChannel();
      else this.#afterWrites(() => this.#closeChannel());
      this.#closedIfBoth();
    });
  }

  #listenToChannel(): void {
    const channel = this.#channel;
    channel.on('data', (chunk: Uint8Array) => {
      if (this.#tcpOpen && !this.#tcp.write(chunk)) channel.pause();
    });
    channel.on('end', () => this.#tcp.end());
    channel.on('error', () => this.#closeChannel());
    channel.on('drain', this.#pump);
    channel.once('close', () => {
      this.#endTcp();
      this.#channelClosed();
    });
  }

  #fromTcp(chunk: Uint8Array): void {
    if (!this.#channelOpen) return;
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#write();
  }

  /** Writes what may go, reads on once that is all, and else waits for what keeps it back. */
  #write(): void {
    while (this.#rest.length > 0 && this.#channelOpen) {
      const { room } = this.#outlet.gate;
      if (room === 0) return this.#wait(() => this.#outlet.gate.whenRoom(this.#pump));
      const piece = this.#rest.length > room ? this.#rest.subarray(0, room) : this.#rest;
      this.#rest = this.#rest.subarray(piece.length);
      if (this.#outlet.write(this.#channel, piece)) continue;
      // A channel that waits for the peer's window tells when it goes on; a full socket is asked for it.
      const told = this.#channel.writableNeedDrain;
      return this.#wait(() => told || this.#outlet.whenFree(this.#pump));
    }
    for (const then of this.#afterRest.splice(0)) then();
    this.#tcp.resume();
  }

  #wait(wait: () => void): void {
    this.#tcp.pause();
    wait();
  }

  #afterWrites(then: () => void): void {
    if (this.#rest.length > 0 && this.#channelOpen)
      return void this.#afterRest.push(() => this.#afterWrites(then));
    if (!this.#channelOpen || !this.#channel.writable) return;
    this.#channel.write(NO_BYTES, () => {
      if (this.#channelOpen) then();
    });
  }

  #closeChannel(): void {
    if (this.#channelOpen) this.#channel.close();
  }

  #channelClosed(): void {
    this.#channelOpen = false;
    this.#closedIfBoth();
  }

  /** Nobody reads what still comes from the socket; what was written to it goes out, if its peer takes it in time. */
  #endTcp(): void {
    if (!this.#tcpOpen || this.#linger) return;
    this.#linger = setTimeout(() => this.#tcp.destroy(), LINGER_MS);
    this.#tcp.resume();
    this.#tcp.destroySoon();
  }

  #closedIfBoth(): void {
    if (this.#channelOpen || this.#tcpOpen) return;
    this.#onClosed();
  }
}
