/**
 * A forwarded TCP connection on its way into the SSH connection: what is written waits for the gate (bulk-gate.ts), a piece at a
 * time. Backpressure and half-close are the channel's; it ends when the channel does.
 */
import { Duplex } from 'node:stream';
import type { BulkGate } from './bulk-gate.ts';

type Done = (error?: Error | null) => void;

export class GatedStream extends Duplex {
  readonly #channel: Duplex;
  readonly #gate: BulkGate;
  /** What is being written and has not gone yet. */
  #rest: Buffer | undefined;
  /** Who waits for a write or an end. */
  #waiting: Done | undefined;
  #over = false;
  readonly #pump = (): void => this.#next();

  /** Takes the channel over. */
  constructor(channel: Duplex, gate: BulkGate) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    this.#gate = gate;
    channel.on('data', (chunk: Buffer) => {
      if (!this.destroyed && !this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.#closed());
    channel.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    this.#waiting = done;
    this.#rest = chunk;
    this.#next();
  }

  override _final(done: Done): void {
    if (this.#over) return done();
    this.#waiting = done;
    this.#channel.end(() => this.#settle());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#rest = undefined;
    this.#channel.destroy();
    this.#channel.resume(); // the library says 'close' only after all was read
    done(error);
  }

  /** Writes as much as may go. */
  #next(): void {
    if (!this.#rest) return;
    if (this.#over) return this.#settle(new Error('the connection was closed'));
    const { room } = this.#gate;
    if (room === 0) return this.#gate.whenRoom(this.#pump);
    const piece = this.#rest.length > room ? this.#rest.subarray(0, room) : this.#rest;
    const last = piece.length === this.#rest.length;
    this.#rest = last ? undefined : this.#rest.subarray(piece.length);
    this.#channel.write(piece, () => (last ? this.#settle() : this.#next()));
    this.#gate.wrote(piece.length);
  }

  #settle(error?: Error): void {
    const done = this.#waiting;
    this.#waiting = undefined;
    this.#rest = undefined;
    done?.(error);
  }

  /** What came before is still there to read. The library forgets who waits. */
  #closed(): void {
    this.#over = true;
    if (this.readableEnded) this.#end();
    else this.once('end', () => this.#end());
    if (!this.#channel.readableEnded) this.destroy();
  }

  #end(): void {
    this.#settle();
    this.destroy();
  }
}
