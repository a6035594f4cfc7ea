/**
 * The client's tunnel: connects, says hello, opens the datagram session, and does it again when it breaks.
 *
 *  connecting --hello, datagram session--> online --TCP lost--> offline --backoff--> connecting
 *      +------------- a failure that retrying cannot mend ------------> failed
 *
 * It knows nothing of rooms: the session joins and resends when the phase is online again. Each connection
 * brings a datagram session with keys of its own, so no counter ever repeats under a key.
 */
import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, VoiptermError } from '../../errors.ts';
import { type Logger, silentLog } from '../../log.ts';
import { type ControlConnection, openControl } from '../control/connection.ts';
import { ControlClient } from '../control/rpc.ts';
import type { Answer, Method, StationNotification } from '../control/schema.ts';
import { CHANNEL, type Channel, PROTOCOL_VERSION } from '../protocol/constants.ts';
import type { FromAudio, ToAudio } from '../protocol/voice-port.ts';
import { backoffMs } from './backoff.ts';
import { DatagramSession } from './datagrams.ts';
import type { Call, ConnectOptions, Phase, TunnelEvent } from './messages.ts';

/** How often counters are shown: what a person can read. */
const STATS_INTERVAL_MS = 250;
/** A connection that lasted this long was a good one: the next failure starts the backoff anew. */
const STABLE_MS = 10_000;

/** Failures that trying again cannot mend. */
const PERMANENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'control.auth-refused',
  'control.host-key-changed',
  'control.host-key-unknown',
  'control.version',
  'control.name-taken',
  'control.invalid-params',
  'identity.unreadable',
  'store.unwritable', // a host key that cannot be remembered
]);

/** What one good connection consists of. */
interface Online {
  readonly connection: ControlConnection;
  readonly control: ControlClient;
  readonly datagrams: DatagramSession;
  readonly since: number;
}

export class Tunnel {
  readonly #emit: (event: TunnelEvent) => void;
  readonly #log: Logger;
  #options: ConnectOptions | undefined;
  #online: Online | undefined;
  /** The connection being made: closed by a disconnect in the middle. */
  #opening: { connection: ControlConnection; control: ControlClient } | undefined;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #stats: NodeJS.Timeout | undefined;
  #voicePort: MessagePort | undefined;
  #ssrc: number | null = null;
  /** Grows with each connect and disconnect: whatever an older attempt still brings is dropped. */
  #generation = 0;

  constructor(emit: (event: TunnelEvent) => void, log: Logger = silentLog) {
    this.#emit = emit;
    this.#log = log;
  }

  connect(options: ConnectOptions): void {
    this.disconnect();
    this.#options = options;
    this.#failures = 0;
    void this.#attempt();
  }

  disconnect(): void {
    this.#generation += 1;
    this.#options = undefined;
    clearTimeout(this.#retry);
    this.#opening?.connection.close();
    this.#opening = undefined;
    this.#drop(new VoiptermError('tunnel.closed', 'the connection was closed'));
  }

  /** One control request. Rejects with 'control.unreachable' while offline. */
  async call(call: Call): Promise<Answer<Method>> {
    return this.#control().call(call.method, call.ask);
  }

  notify(notification: Parameters<ControlClient['notify']>[0]): void {
    this.#online?.control.notify(notification);
  }

  /** The audio side's end of the voice channel; a newer one replaces it. */
  setVoicePort(port: MessagePort): void {
    this.#voicePort?.close();
    this.#voicePort = port;
    port.on('message', (message: FromAudio) => this.#sendVoice(message));
    this.#toAudio({ kind: 'session', ssrc: this.#ssrc });
  }

  #control(): ControlClient {
    if (this.#online) return this.#online.control;
    throw new VoiptermError('control.unreachable', 'not connected to the station');
  }

  async #attempt(): Promise<void> {
    const options = this.#options;
    if (!options) return;
    const generation = this.#generation;
    this.#phase({ at: 'connecting' });
    try {
      await this.#open(options, generation);
    } catch (error) {
      if (generation === this.#generation) this.#failed(asVoiptermError(error));
    }
  }

  async #open(options: ConnectOptions, generation: number): Promise<void> {
    const control = new ControlClient((line) => connection.sendLine(line));
    control.onNotification = (notification) => this.#notified(notification);
    const connection: ControlConnection = await openControl(options, {
      onLine: (line) => control.receive(line),
      onClose: (reason) => {
        control.fail(reason);
        if (this.#online?.connection === connection) this.#lost(reason);
      },
    });
    control.onProtocolError = () => connection.close();
    if (generation !== this.#generation) return connection.close();
    this.#opening = { connection, control };
    try {
      const host = hostLabel(options);
      if (connection.newHostKey) this.#emit({ event: 'host-key', host, fingerprint: connection.fingerprint });
      const hello = await control.call('hello', { versions: [PROTOCOL_VERSION], client: 'voipterm' });
      const datagrams = await this.#openDatagrams(control, connection, options);
      if (generation !== this.#generation) return datagrams.close();
      this.#goOnline({ connection, control, datagrams, since: Date.now() }, hello);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      if (this.#opening?.connection === connection) this.#opening = undefined;
    }
  }

  async #openDatagrams(
    control: ControlClient,
    connection: ControlConnection,
    options: ConnectOptions,
  ): Promise<DatagramSession> {
    const answer = await control.call('datagram.open', { suites: [...options.suites] });
    if (!options.suites.includes(answer.suite)) {
      throw new VoiptermError('control.protocol', 'the station chose a cipher that was not offered');
    }
    const clientKey = Buffer.from(answer.clientKey, 'base64');
    const stationKey = Buffer.from(answer.stationKey, 'base64');
    try {
      return await DatagramSession.open({
        keys: { session: answer.session, suite: answer.suite, clientKey, stationKey },
        peer: { address: connection.remoteAddress, port: answer.udpPort },
        onPayload: (channel, payload, receiveNs) => this.#heard(channel, payload, receiveNs),
        log: this.#log,
      });
    } finally {
      clientKey.fill(0);
      stationKey.fill(0);
    }
  }

  #goOnline(online: Online, hello: Answer<'hello'>): void {
    this.#online = online;
    this.#ssrc = hello.member;
    this.#stats = setInterval(() => this.#emitStats(), STATS_INTERVAL_MS);
    this.#toAudio({ kind: 'session', ssrc: hello.member });
    const { member, name, station } = hello;
    this.#phase({ at: 'online', member, name, station, fingerprint: online.connection.fingerprint });
  }

  #lost(reason: VoiptermError): void {
    const online = this.#online;
    if (online && Date.now() - online.since > STABLE_MS) this.#failures = 0;
    this.#drop(reason);
    this.#failed(reason);
  }

  /** Lets go of the connection, if there is one. */
  #drop(reason: VoiptermError): void {
    const online = this.#online;
    if (!online) return;
    this.#emitStats();
    this.#online = undefined;
    this.#ssrc = null;
    clearInterval(this.#stats);
    this.#toAudio({ kind: 'session', ssrc: null });
    online.datagrams.close();
    online.control.fail(reason);
    online.connection.close();
  }

  #failed(error: VoiptermError): void {
    const { code, message: reason } = error;
    if (PERMANENT.has(code)) {
      this.#options = undefined;
      this.#phase({ at: 'failed', code, reason });
      return;
    }
    this.#failures += 1;
    const retryInMs = backoffMs(this.#failures, Math.random());
    this.#phase({ at: 'offline', code, reason, retryInMs });
    this.#retry = setTimeout(() => void this.#attempt(), retryInMs);
  }

  #heard(channel: Channel, payload: Uint8Array, receiveNs: bigint): void {
    if (channel !== CHANNEL.voice) return;
    this.#toAudio({ kind: 'heard', packet: Uint8Array.from(payload), receiveNs });
  }

  #sendVoice(message: FromAudio): void {
    if (!this.#online?.datagrams.send(CHANNEL.voice, message.packet) || !message.traced) return;
    this.#toAudio({ kind: 'sent', seq: message.seq, sendNs: process.hrtime.bigint() });
  }

  #toAudio(message: ToAudio): void {
    this.#voicePort?.postMessage(message);
  }

  #notified(notification: StationNotification): void {
    this.#emit({ event: 'notification', notification });
  }

  #emitStats(): void {
    if (this.#online) this.#emit({ event: 'stats', stats: this.#online.datagrams.stats() });
  }

  #phase(phase: Phase): void {
    this.#log.debug('phase', { at: phase.at });
    this.#emit({ event: 'phase', phase });
  }
}

function asVoiptermError(error: unknown): VoiptermError {
  if (error instanceof VoiptermError) return error;
  return new VoiptermError('internal', error instanceof Error ? error.message : String(error));
}

function hostLabel({ host, port }: ConnectOptions): string {
  return `[${host}]:${port}`;
}
