/**
 * One datagram session of the client: drives a Connection over UDP and the SSH connection's stream, with the real clock
 * and a timer. It does not end with the SSH connection.
 */
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { sentenceOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Answer } from '../control/schema.ts';
import { Connection, type Endpoint } from '../protocol/connection.ts';
import { CHANNEL, type Channel, type Route, STREAM_ROUTE } from '../protocol/constants.ts';
import type { SessionKeys } from '../protocol/epochs.ts';
import type { BulkGate } from './bulk-gate.ts';
import { ForwardLine } from './forward-line.ts';
import type { TunnelStats } from './messages.ts';
import { REKEY_LIMITS, Rekeying, type RekeyLimits } from './rekeying.ts';
import { Reopening, SLEPT_MS } from './reopening.ts';
import { StreamCarrier } from './stream-carrier.ts';
import { tunnelStats } from './tunnel-stats.ts';
import { UdpRoutes } from './udp-routes.ts';

/** A stream that was full is taken to be so for this long, ms: forwards and voice come and go in seconds. */
const CROWDED_MS = 10_000;

export interface DatagramSessionOptions {
  readonly keys: SessionKeys;
  /** The station's UDP address; null if there is none to try, and the stream is all. */
  readonly peer: Endpoint | null;
  /** Its further UDP ports, best first. */
  readonly furtherUdpPorts?: readonly number[];
  /**
   * An authentic payload of the voice or the forward channel; for voice also when it came (process.hrtime.bigint()). The bytes are
   * a view that nobody else uses; its buffer may be larger.
   */
  readonly onPayload: (channel: Channel, payload: Uint8Array, receiveNs: bigint) => void;
  /** Asks the station for new keys (datagram.rekey); rejects while there is no SSH connection. */
  readonly rekey: (session: number) => Promise<Answer<'datagram.rekey'>>;
  /** When to ask. */
  readonly rekeyLimits?: RekeyLimits;
  readonly log: Logger;
}

export class DatagramSession {
  readonly #connection: Connection;
  readonly #options: DatagramSessionOptions;
  readonly #udp: UdpRoutes;
  readonly #forwards = new ForwardLine<undefined>((_to, payload) =>
    this.#options.onPayload(CHANNEL.forward, payload, 0n),
  );
  readonly #reopening = new Reopening(performance.now());
  readonly #rekeying: Rekeying;
  #session: number;
  #stream: StreamCarrier | undefined;
  #staleInStream = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer is set for, and how far the wall clock was ahead of the monotonic one then. */
  #wakeAt = Number.POSITIVE_INFINITY;
  #wallAhead = Date.now() - performance.now();
  #warnedOfSize = false;
  #closed = false;

  private constructor(options: DatagramSessionOptions) {
    this.#options = options;
    this.#session = options.keys.session;
    this.#rekeying = new Rekeying(options.rekeyLimits ?? REKEY_LIMITS, performance.now());
    this.#connection = new Connection({
      ...options.keys,
      role: 'client',
      remote: null,
      now: performance.now(),
    });
    this.#udp = new UdpRoutes({
      onPacket: (packet, from, route) => this.#receive(packet, from, route),
      log: options.log,
    });
  }

  /** Opens the sockets and sends the first probe. Without UDP it waits for a stream. */
  static async open(options: DatagramSessionOptions): Promise<DatagramSession> {
    const session = new DatagramSession(options);
    if (options.peer) await session.moveTo(options.peer, options.furtherUdpPorts);
    session.#wake();
    return session;
  }

  /** The station is there now: opens sockets to that address. */
  async moveTo(peer: Endpoint, furtherUdpPorts: readonly number[] = []): Promise<void> {
    await this.#udp.lead(peer.address, [peer.port, ...furtherUdpPorts]);
    if (this.#closed) return this.#udp.close();
    const now = performance.now();
    for (const [route, to] of this.#udp.peers.entries()) this.#connection.lead(route, to, now);
    this.#settle();
  }

  /** Seals one payload and hands it to the network; false, and counted, if it cannot go out now or is over maxPayload(). */
  send(channel: Channel, payload: Uint8Array): boolean {
    const sent = this.#connection.send(channel, payload, performance.now());
    if (sent) this.#sent();
    else if (payload.length > this.#connection.maxPayload()) this.#warnOfSize(payload.length);
    return sent;
  }

  /** Largest payload that goes out at present, bytes. */
  maxPayload(): number {
    return this.#connection.maxPayload();
  }

  /** Takes a byte stream of the SSH connection ('voipterm-datagrams') as a way for datagrams; it ends with that connection. */
  attachStream(stream: Duplex, gate?: BulkGate): void {
    this.#dropStream();
    if (this.#closed) return void stream.destroy();
    const carrier = new StreamCarrier(stream, {
      onPacket: (packet) => this.#receive(packet, null, STREAM_ROUTE),
      onClose: () => {
        if (this.#stream === carrier) this.#dropStream();
      },
      gate,
    });
    this.#stream = carrier;
    this.#connection.openStream(true, performance.now());
    this.#settle();
  }

  /** For how long the stream is asked and brings nothing, ms; 0 without one. */
  streamSilenceMs(): number {
    if (!this.#stream) return 0;
    const now = performance.now();
    return Math.min(this.#connection.liveness.streamUnansweredMs(now), now - this.#stream.heardAt);
  }

  /** Whether there is a byte stream and it was full in the last CROWDED_MS. */
  streamCrowded(): boolean {
    return this.#stream !== undefined && performance.now() - this.#stream.keptBackAt < CROWDED_MS;
  }

  /** Somebody uses the tunnel: whatever does not work should be found soon. */
  stir(): void {
    this.#connection.stir(performance.now());
    this.#sent();
  }

  stats(): TunnelStats {
    const now = performance.now();
    const answeredAt = this.#connection.liveness.answeredByUdpAt(now);
    return tunnelStats({
      connection: this.#connection.stats(now),
      ports: this.#udp.peers.map(({ port }) => port),
      udpAnsweredAgoMs: answeredAt === null ? null : now - answeredAt,
      udpErrors: this.#udp.errors,
      stale: this.#stale(),
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connection.close();
    this.#dropStream();
    this.#forwards.close();
    this.#udp.close();
  }

  /** The first payload after a rest brings deadlines forward. */
  #sent(): void {
    this.#drain(0n);
    this.#armIfSooner();
  }

  #receive(packet: Uint8Array, from: Endpoint | null, route: Route): void {
    const receiveNs = process.hrtime.bigint();
    this.#connection.receive(packet, from, performance.now(), route);
    this.#drain(receiveNs);
    this.#armIfSooner();
  }

  /** Gives every output of the connection to whom it is for. */
  #drain(receiveNs: bigint): void {
    let streamed = false;
    for (let output = this.#connection.poll(); output; output = this.#connection.poll()) {
      if (output.kind === 'payload') this.#deliver(output.channel, output.payload, receiveNs);
      else if (output.kind !== 'datagram') continue;
      else if (output.route === STREAM_ROUTE) {
        this.#stream?.send(output.bytes, output.channel);
        streamed = true;
      } else this.#udp.send(output.route, output.bytes, output.channel);
    }
    if (streamed) this.#stream?.flush();
  }

  #deliver(channel: Channel, payload: Uint8Array, receiveNs: bigint): void {
    if (channel === CHANNEL.forward) this.#forwards.take(undefined, payload, performance.now());
    else this.#options.onPayload(channel, payload, receiveNs);
  }

  /** Runs what is due and sleeps until the next deadline. */
  #wake(): void {
    if (this.#closed) return;
    const now = performance.now();
    const due = this.#reopening.due(this.#connection.liveness.answeredByUdpAt(now), now);
    if (this.#slept(now) || due) void this.#reopen();
    if (this.#connection.settled && this.#rekeying.begin(this.#connection, now)) void this.#rekey();
    this.#connection.tick(now);
    this.#settle();
  }

  /** Gets new keys and seals with them. Voice goes on under the old ones meanwhile, and if it fails. */
  async #rekey(): Promise<void> {
    let renewed = false;
    try {
      const { session, clientKey, stationKey } = await this.#options.rekey(this.#session);
      if (this.#closed) return;
      this.#renew(session, Buffer.from(clientKey, 'base64'), Buffer.from(stationKey, 'base64'));
      renewed = true;
    } catch (error) {
      this.#options.log.debug('no new keys', {
        reason: sentenceOf(error),
      });
    }
    this.#rekeying.done(renewed, performance.now());
  }

  #renew(session: number, clientKey: Buffer, stationKey: Buffer): void {
    const { suite } = this.#options.keys;
    this.#connection.renew({ session, suite, clientKey, stationKey }, performance.now());
    this.#session = session;
    clientKey.fill(0);
    stationKey.fill(0);
    this.#settle();
  }

  #settle(): void {
    this.#drain(0n);
    this.#arm(performance.now());
  }

  #armIfSooner(): void {
    if (this.#connection.nextDeadline() < this.#wakeAt) this.#arm(performance.now());
  }

  #arm(now: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#wakeAt = Math.max(
      now + 1,
      Math.min(this.#connection.nextDeadline(), this.#reopening.dueAt, this.#rekeying.dueAt),
    );
    this.#timer = setTimeout(() => this.#wake(), this.#wakeAt - now);
  }

  /** Whether the machine was asleep: the monotonic clock stands still then on some systems and goes on on others. */
  #slept(now: number): boolean {
    const ahead = Date.now() - now;
    const slept = ahead - this.#wallAhead > SLEPT_MS || now - this.#wakeAt > SLEPT_MS;
    this.#wallAhead = ahead;
    return slept;
  }

  async #reopen(): Promise<void> {
    await this.#udp.reopen();
    if (this.#closed) return this.#udp.close();
    this.#connection.reopened(performance.now());
    this.#settle();
  }

  #dropStream(): void {
    if (!this.#stream) return;
    this.#staleInStream = this.#stale();
    this.#stream.close();
    this.#stream = undefined;
    this.#connection.openStream(false, performance.now());
    this.#settle();
  }

  /** Packets that became too old before the stream took them. */
  #stale(): number {
    if (!this.#stream) return this.#staleInStream;
    const { voice, control, forward, bulk } = this.#stream.dropped;
    return this.#staleInStream + voice + control + forward + bulk;
  }

  #warnOfSize(bytes: number): void {
    if (this.#warnedOfSize) return;
    this.#warnedOfSize = true;
    this.#options.log.warn('a datagram was too large for the path and was not sent', {
      bytes,
      limit: this.#connection.maxPayload(),
    });
  }
}
