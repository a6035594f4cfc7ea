/**
 * A TCP connection through the station, as an ordinary stream. The SSH library's channels forget write callbacks when
 * they are closed and know no destroy(error); this keeps a Duplex's promises above one.
 */
import { Duplex } from 'node:stream';
import { VoiptermError } from '../../errors.ts';
import { formatHostPort, type HostPort } from './spec.ts';

export interface TcpSocketOptions {
  /** As of net.Socket: false (the default) ends our side when the other side ended. */
  readonly allowHalfOpen?: boolean;
}

type Done = (error?: Error | null) => void;

export class TcpSocket extends Duplex {
  /** Where it leads, as asked for. */
  readonly to: HostPort;
  readonly #channel: Duplex;
  #bytesRead = 0;
  #bytesWritten = 0;
  /** The channel is no more. */
  #over = false;
  /** A write or an end that waits for the channel. */
  #waiting: Done | undefined;

  /** @internal */
  constructor(channel: Duplex, to: HostPort, { allowHalfOpen = false }: TcpSocketOptions) {
    super({ allowHalfOpen });
    this.to = to;
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      this.#bytesRead += chunk.length;
      if (!this.destroyed && !this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.#closed());
    channel.on('error', (error) => this.destroy(this.#failed(error.message)));
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** The destination as asked for: a name or an address. */
  get remoteAddress(): string {
    return this.to.host;
  }

  get remotePort(): number {
    return this.to.port;
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    if (this.#over) return done(this.#failed('it was closed'));
    this.#waiting = done;
    this.#channel.write(chunk, () => {
      this.#bytesWritten += chunk.length;
      this.#settle();
    });
  }

  override _final(done: Done): void {
    if (this.#over) return done();
    this.#waiting = done;
    this.#channel.end(() => this.#settle());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#channel.destroy();
    this.#channel.resume(); // the library says 'close' only after all was read
    done(error);
  }

  #settle(error?: Error): void {
    const done = this.#waiting;
    this.#waiting = undefined;
    done?.(error);
  }

  /** What came before is still there to read. */
  #closed(): void {
    this.#over = true;
    this.#settle(this.#failed('it was closed'));
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }

  #failed(why: string): VoiptermError {
    return new VoiptermError('forward.unreachable', `the connection to ${formatHostPort(this.to)}: ${why}`);
  }
}
