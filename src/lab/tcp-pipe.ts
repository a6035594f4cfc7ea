/** One direction of a proxied TCP connection: what is read from one socket is written to the other when it arrives. */
import type { Socket } from 'node:net';
import { Alarm } from './alarm.ts';
import type { Impairments } from './spec.ts';
import type { StreamImpairment, StreamItem } from './stream-impairment.ts';

export class TcpPipe {
  readonly #stream: StreamImpairment;
  readonly #alarm = new Alarm((now) => this.#drain(now));
  /** What is no data: the connection's begin and ends. */
  readonly #onArrived: (kind: Exclude<StreamItem['kind'], 'data'>) => void;
  #from: Socket | undefined;
  #to: Socket | undefined;
  #stopped = false;

  constructor(stream: StreamImpairment, onArrived: (kind: Exclude<StreamItem['kind'], 'data'>) => void) {
    this.#stream = stream;
    this.#onArrived = onArrived;
  }

  /** Reads a socket's bytes and its end; a broken or refused connection is a reset. */
  readFrom(from: Socket): void {
    this.#from = from;
    let ended = false;
    from.on('data', (bytes: Buffer) => {
      this.take({ kind: 'data', bytes });
      if (this.#stream.full) from.pause();
    });
    from.on('end', () => {
      ended = true;
      this.take({ kind: 'end' });
    });
    from.on('close', (hadError) => {
      if (hadError || !ended) this.take({ kind: 'reset' });
    });
    from.resume();
  }

  /** Where data goes. Until then none may arrive: 'open' has to come first. */
  writeTo(to: Socket): void {
    this.#to = to;
    to.on('drain', () => this.#drain(performance.now()));
  }

  take(item: StreamItem): void {
    if (this.#stopped) return;
    this.#stream.receive(item);
    this.#drain(performance.now());
  }

  change(impairments: Impairments, rtoMs: number): void {
    this.#stream.change(impairments, rtoMs);
    this.#alarm.clear();
    this.#drain(performance.now());
  }

  /** What is on its way is gone. */
  stop(): void {
    this.#stopped = true;
    this.#alarm.clear();
  }

  /** Writes what has arrived, unless its reader is slower than the network: then 'drain' goes on. */
  #drain(now: number): void {
    if (this.#stopped) return;
    this.#to?.cork();
    while (!this.#stopped && !this.#to?.writableNeedDrain) {
      const item = this.#stream.poll(now);
      if (!item) break;
      if (item.kind === 'data') this.#to?.write(item.bytes);
      else this.#onArrived(item.kind);
    }
    this.#to?.uncork();
    if (this.#stopped) return;
    if (this.#from?.isPaused() && !this.#stream.full) this.#from.resume();
    if (!this.#to?.writableNeedDrain) this.#alarm.set(this.#stream.nextDeadline(now), now);
  }
}
