/** A UDP socket at the station's side of a tunnel, with one destination: what a connected socket of node:dgram is here. */
import { EventEmitter } from 'node:events';
import { VoiptermError } from '../errors.ts';
import type { ForwardCounters } from '../net/forward/state.ts';
import type { Sent } from '../net/forward/station-forward.ts';
import type { UdpDirect } from '../net/forward/udp-direct.ts';
import { MAX_PAYLOAD_BYTES } from '../net/protocol/constants.ts';
import { FORWARD_HEADER_BYTES } from '../net/protocol/forward-packet.ts';
import type { Destination } from './options.ts';

export interface UdpEvents {
  /** A datagram from the destination. The bytes are the listener's to keep. */
  message: [bytes: Buffer, from: Destination];
  /** The socket came to its end: the station refuses it after a reconnect, or the tunnel failed. 'close' follows. */
  error: [error: VoiptermError];
  close: [];
}

/** What a socket has carried; `dropped` are those that could not go out: while offline, or as the network did not take them. */
export type UdpSocketCounters = Pick<
  ForwardCounters,
  'datagramsUp' | 'datagramsDown' | 'bytesUp' | 'bytesDown' | 'tooLarge' | 'dropped'
>;

/** What every way carries that a tunnel goes by. */
const SURE_BYTES = MAX_PAYLOAD_BYTES - FORWARD_HEADER_BYTES;

/** @internal */
export interface UdpPlace {
  readonly direct: UdpDirect;
  readonly to: Destination;
  /** The socket is no more. */
  readonly onClose: (socket: UdpSocket) => void;
}

export class UdpSocket extends EventEmitter<UdpEvents> {
  /** Where it sends to, and hears from. */
  readonly to: Destination;
  readonly #place: UdpPlace;
  readonly #flow: number;
  #closed = false;
  #datagramsUp = 0;
  #datagramsDown = 0;
  #bytesUp = 0;
  #bytesDown = 0;
  #tooLarge = 0;
  #dropped = 0;

  /**
   * Made by `tunnel.udp()`.
   * @internal
   */
  constructor(place: UdpPlace) {
    super();
    this.#place = place;
    this.to = Object.freeze({ ...place.to });
    this.#flow = place.direct.begin((data) => this.#receive(data));
  }

  /** Largest datagram that goes out now, bytes: at least 1,194, more where the path was found to take it. */
  get maxBytes(): number {
    return this.#place.direct.maxBytes ?? SURE_BYTES;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends one datagram. The bytes may be used again at once. True if it was handed on to the network, which may lose it
   * as any other; false if it was dropped here, which `callback` is told why. An overloaded or broken path drops: there
   * is nothing to wait for.
   */
  send(bytes: Uint8Array | string, callback?: (error: VoiptermError | null) => void): boolean {
    const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const sent = this.#closed ? 'closed' : this.#place.direct.send(this.#flow, data);
    this.#count(sent, data.length);
    if (callback) process.nextTick(callback, sent === 'sent' ? null : this.#error(sent, data.length));
    return sent === 'sent';
  }

  counters(): UdpSocketCounters {
    return {
      datagramsUp: this.#datagramsUp,
      datagramsDown: this.#datagramsDown,
      bytesUp: this.#bytesUp,
      bytesDown: this.#bytesDown,
      tooLarge: this.#tooLarge,
      dropped: this.#dropped,
    };
  }

  /** Nothing more is heard; 'close' comes. Twice is once. */
  close(): void {
    if (!this.#closed) this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /**
   * Ends it with an 'error'; the tunnel's to call.
   * @internal
   */
  destroy(error: VoiptermError): void {
    if (this.#closed) return;
    process.nextTick(() => this.emit('error', error));
    this.#end();
  }

  #end(): void {
    this.#closed = true;
    this.#place.direct.end(this.#flow);
    this.#place.onClose(this);
    process.nextTick(() => this.emit('close'));
  }

  #receive(data: Uint8Array): void {
    this.#datagramsDown += 1;
    this.#bytesDown += data.length;
    // Straight, for the sake of time: a listener that throws must not stop what the tunnel still has to read.
    try {
      this.emit('message', Buffer.from(data.buffer, data.byteOffset, data.length), this.to);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #count(sent: Sent | 'closed', bytes: number): void {
    if (sent === 'sent') {
      this.#datagramsUp += 1;
      this.#bytesUp += bytes;
    } else if (sent === 'too-large') this.#tooLarge += 1;
    else this.#dropped += 1;
  }

  #error(sent: Exclude<Sent, 'sent'> | 'closed', bytes: number): VoiptermError {
    switch (sent) {
      case 'too-large':
        return new VoiptermError(
          'tunnel.too-large',
          `a datagram of ${bytes} bytes was dropped: the tunnel carries at most ${this.maxBytes} now`,
        );
      case 'closed':
        return new VoiptermError('tunnel.closed', 'the socket is closed');
      case 'offline':
        return new VoiptermError(
          'control.unreachable',
          'a datagram was dropped: the tunnel is not connected now',
        );
      case 'dropped':
        return new VoiptermError('tunnel.dropped', 'a datagram was dropped: the network did not take it');
    }
  }
}
