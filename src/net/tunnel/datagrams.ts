/** One datagram session of the client: drives a Connection over a carrier with the real clock and a timer. */
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../log.ts';
import { Connection, type ConnectionOptions, type Endpoint } from '../protocol/connection.ts';
import { type Channel, MAX_PAYLOAD_BYTES } from '../protocol/constants.ts';
import { type Carrier, type Datagram, openUdpCarrier } from './carriers.ts';
import type { TunnelStats } from './messages.ts';

export interface DatagramSessionOptions {
  readonly keys: Pick<ConnectionOptions, 'session' | 'suite' | 'clientKey' | 'stationKey'>;
  readonly peer: Endpoint;
  /**
   * An authentic payload of the voice or the forward channel, and when it came (process.hrtime.bigint()). The bytes are
   * a view that nobody else uses; its buffer may be larger.
   */
  readonly onPayload: (channel: Channel, payload: Uint8Array, receiveNs: bigint) => void;
  readonly log: Logger;
}

export class DatagramSession {
  readonly #connection: Connection;
  readonly #options: DatagramSessionOptions;
  #carrier: Carrier | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sendErrors = 0;

  private constructor(options: DatagramSessionOptions) {
    this.#options = options;
    const remote = options.peer;
    this.#connection = new Connection({ ...options.keys, role: 'client', remote, now: performance.now() });
  }

  /** Opens the socket and sends the first probe. Rejects if no UDP socket can be had. */
  static async open(options: DatagramSessionOptions): Promise<DatagramSession> {
    const session = new DatagramSession(options);
    session.#carrier = await openUdpCarrier({
      peer: options.peer,
      onDatagrams: (batch) => session.#receive(batch),
      onError: (error) => session.#sendFailed(error),
    });
    session.#wake();
    return session;
  }

  /** Seals one payload and hands it to the network; false, and counted, if it cannot go out now or is over maxPayload(). */
  send(channel: Channel, payload: Uint8Array): boolean {
    const sent = this.#connection.send(channel, payload, performance.now());
    this.#drain();
    return sent;
  }

  /** Largest payload that goes out at present, bytes. */
  maxPayload(): number {
    return MAX_PAYLOAD_BYTES;
  }

  /** Takes a byte stream of the SSH connection ('voipterm-datagrams') as a way for datagrams; it ends with that connection. */
  attachStream(stream: Duplex): void {
    stream.on('error', () => stream.destroy());
    stream.resume();
  }

  stats(): TunnelStats {
    const stats = this.#connection.stats(performance.now());
    const { malformed, unauthentic, replayed, unsent } = stats.dropped;
    return {
      carrier: this.#carrier?.kind ?? 'udp',
      cipher: stats.suite,
      rttMs: stats.rttMs,
      lossUp: stats.lossOut,
      lossDown: stats.lossIn,
      heardAgoMs: stats.heardAgoMs,
      silent: stats.silent,
      datagramsSent: stats.sent,
      datagramsReceived: stats.received,
      dropped: { malformed, unauthentic, replayed, unroutable: unsent + this.#sendErrors },
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#connection.close();
    this.#carrier?.close();
    this.#carrier = undefined;
  }

  #receive(batch: readonly Datagram[]): void {
    const receiveNs = process.hrtime.bigint();
    const now = performance.now();
    for (const { bytes, peer } of batch) this.#connection.receive(bytes, peer, now);
    this.#drain(receiveNs);
  }

  /** Gives every output of the connection to whom it is for. */
  #drain(receiveNs = 0n): void {
    const out: Datagram[] = [];
    for (let output = this.#connection.poll(); output; output = this.#connection.poll()) {
      if (output.kind === 'datagram') out.push({ bytes: output.bytes, peer: output.to });
      else if (output.kind === 'payload') this.#options.onPayload(output.channel, output.payload, receiveNs);
    }
    if (out.length > 0) this.#carrier?.send(out);
  }

  /** Runs what is due and sleeps until the next deadline. */
  #wake(): void {
    const now = performance.now();
    this.#connection.tick(now);
    this.#drain();
    const wait = this.#connection.nextDeadline() - now;
    if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.#wake(), Math.max(1, wait));
  }

  #sendFailed(error: Error): void {
    this.#sendErrors += 1;
    // One line, not one a packet: an unplugged cable fails fifty times a second.
    if (this.#sendErrors === 1)
      this.#options.log.warn('a datagram could not be sent', { reason: error.message });
  }
}
