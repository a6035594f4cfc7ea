/** Drives a StreamQueue over a byte stream (an SSH channel), at either end. */
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Channel } from '../protocol/constants.ts';
import { encodeAck, encodeFrame, FrameDecoder } from '../protocol/stream-frames.ts';
import { type Class, StreamQueue } from '../protocol/stream-queue.ts';

export interface StreamCarrierOptions {
  /** Takes each sealed packet that came; the bytes are the taker's. */
  readonly onPacket: (packet: Uint8Array) => void;
  /** Comes once, when the stream is over, not after close(). */
  readonly onClose: () => void;
}

export class StreamCarrier {
  readonly #stream: Duplex;
  readonly #options: StreamCarrierOptions;
  readonly #queue = new StreamQueue();
  readonly #decoder = new FrameDecoder();
  #blocked = false;
  #closed = false;

  /** Takes the stream over. */
  constructor(stream: Duplex, options: StreamCarrierOptions) {
    this.#stream = stream;
    this.#options = options;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('drain', () => this.#unblock());
    stream.on('error', () => this.#end());
    stream.on('close', () => this.#end());
    stream.on('end', () => this.#end());
  }

  /** Dropped so far because they waited too long. */
  get dropped(): Readonly<Record<Class, number>> {
    return this.#queue.dropped;
  }

  /** Queues a packet; flush() writes. */
  send(packet: Uint8Array, channel: Channel): void {
    this.#queue.push(packet, channel, performance.now());
  }

  /** Writes what may go now; acknowledgements let the rest go later. */
  flush(): void {
    if (this.#blocked || this.#closed) return;
    const now = performance.now();
    const frames: Uint8Array[] = [];
    for (let packet = this.#queue.next(now); packet; packet = this.#queue.next(now))
      frames.push(encodeFrame(packet));
    if (frames.length > 0)
      this.#write(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    const before = this.#decoder.received;
    const good = this.#decoder.push(chunk, {
      packet: (packet) => this.#options.onPacket(packet),
      acked: (received) => this.#queue.window.acknowledged(received, performance.now()),
    });
    if (!good) {
      this.#stream.destroy();
      this.#end();
      return;
    }
    if (this.#decoder.received > before) this.#write(encodeAck(this.#decoder.received));
    this.flush();
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed || !this.#stream.writable) return;
    if (!this.#stream.write(bytes)) this.#blocked = true;
  }

  #unblock(): void {
    this.#blocked = false;
    this.flush();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClose();
  }
}
