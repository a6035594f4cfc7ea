/** Drives a StreamQueue over a byte stream (an SSH channel), at either end. */
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Channel } from '../protocol/constants.ts';
import { encodeAck, encodeFrame, encodeMark, FrameDecoder } from '../protocol/stream-frames.ts';
import { type Class, StreamQueue } from '../protocol/stream-queue.ts';
import type { BulkGate } from './bulk-gate.ts';

export interface StreamCarrierOptions {
  /** Takes each sealed packet that came; the bytes are the taker's. */
  readonly onPacket: (packet: Uint8Array) => void;
  /** Comes once, when the stream is over, not after close(). */
  readonly onClose: () => void;
  /** That of the same SSH connection: what is acknowledged here tells how much forwards beside it may write. */
  readonly gate?: BulkGate | undefined;
}

export class StreamCarrier {
  readonly #stream: Duplex;
  readonly #options: StreamCarrierOptions;
  readonly #queue = new StreamQueue();
  readonly #decoder = new FrameDecoder();
  #heardAt = performance.now();
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
    options.gate?.attach(() => this.#mark());
  }

  /** Dropped so far because they waited too long. */
  get dropped(): Readonly<Record<Class, number>> {
    return this.#queue.dropped;
  }

  /** When packets, or forwards of the same connection, had to wait last, ms of performance.now(); -Infinity for never. */
  get keptBackAt(): number {
    const { gate } = this.#options;
    return Math.max(this.#queue.window.keptBackAt, gate?.keptBackAt ?? Number.NEGATIVE_INFINITY);
  }

  /** When something came by it last, ms of performance.now(); at first when it began. */
  get heardAt(): number {
    return this.#heardAt;
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
    if (frames.length === 0) return;
    this.#options.gate?.streamCarried(frames.length);
    this.#writeFrames(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.gate?.open();
    this.#stream.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    this.#heardAt = performance.now();
    const before = this.#decoder.received;
    let acked: number | undefined;
    const good = this.#decoder.push(chunk, {
      packet: (packet) => {
        this.#options.gate?.streamCarried(1);
        this.#options.onPacket(packet);
      },
      acked: (received) => {
        acked = received;
      },
    });
    if (!good) {
      this.#stream.destroy();
      this.#end();
      return;
    }
    if (this.#decoder.received > before) this.#write(encodeAck(this.#decoder.received));
    if (acked !== undefined) this.#queue.window.acknowledged(acked, performance.now());
    this.flush();
    // Forwards come after what waited here.
    if (acked !== undefined) this.#options.gate?.acknowledged(acked);
  }

  #mark(): void {
    if (this.#closed) return;
    const mark = encodeMark();
    this.#queue.window.wrote(mark.length, performance.now());
    this.#writeFrames(mark);
  }

  #writeFrames(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#options.gate?.streamWrote(bytes.length);
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
    this.#options.gate?.open();
    this.#options.onClose();
  }
}
