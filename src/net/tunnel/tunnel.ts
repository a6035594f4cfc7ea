/**
 * The client's tunnel: connects, says hello, opens the datagram session, and does it again when it breaks.
 *
 *  connecting --hello--> online --TCP lost--> offline --backoff--> connecting
 *      +--- a failure that retrying cannot mend ---> failed
 *
 * The datagram session does not end with the TCP connection: voice goes on while a new connection is made, which
 * asks for the same seat (seat.ts). Only where the station refuses that, a new session with new keys begins.
 * The tunnel knows nothing of rooms: the session joins and resends when the phase is online again.
 */
import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, sentenceOf, VoiptermError } from '../../errors.ts';
import { type Logger, silentLog } from '../../log.ts';
import type { ControlClient } from '../control/rpc.ts';
import type { Answer, Method } from '../control/schema.ts';
import { Forwards } from '../forward/forwards.ts';
import { CHANNEL, type Channel } from '../protocol/constants.ts';
import { backoffMs } from './backoff.ts';
import { BulkGate } from './bulk-gate.ts';
import { forwardLink, gated, Refusals } from './forwarding.ts';
import { aborted, DEAD_LINK_MS, type Link, openLink } from './link.ts';
import type { Call, ConnectOptions, Phase, TunnelEvent } from './messages.ts';
import { serveShell } from './shell-port.ts';
import { Seat } from './seat.ts';
import { VoiceBridge } from './voice-bridge.ts';

/** How often counters are shown: what a person can read. */
const STATS_INTERVAL_MS = 250;
/** A connection that lasted this long was a good one: the next failure starts the backoff anew. */
const STABLE_MS = 10_000;

/** Failures that trying again cannot mend. */
const PERMANENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'control.auth-refused',
  'control.proxy-refused',
  'control.host-key-changed',
  'control.host-key-unknown',
  'control.version',
  'control.name-taken',
  'control.invalid-params',
  'control.kicked',
  'control.banned',
  'identity.unreadable',
  'store.unwritable', // a host key that cannot be remembered
]);

export class Tunnel {
  /** They outlive links and seats; this only tells them. */
  readonly forwards: Forwards;
  readonly #refusals = new Refusals();
  readonly #emit: (event: TunnelEvent) => void;
  readonly #log: Logger;
  readonly #voice = new VoiceBridge((packet) => this.#seat?.datagrams.send(CHANNEL.voice, packet) ?? false);
  #options: ConnectOptions | undefined;
  /** While online. */
  #link: Link | undefined;
  #onlineSince = 0;
  /** From the first hello until we leave, also while offline. */
  #seat: Seat | undefined;
  /** What was said last of voice without the link. */
  #voiceGoesOn = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #stats: NodeJS.Timeout | undefined;
  /** The attempt under way or the link that came of it; aborted by a disconnect. */
  #attempt = new AbortController();

  constructor(emit: (event: TunnelEvent) => void, log: Logger = silentLog) {
    this.#emit = emit;
    this.#log = log;
    this.forwards = new Forwards({
      changed: (forward) => emit({ event: 'forward', forward }),
      notice: (id, code, text) => emit({ event: 'forward-notice', id, code, text }),
    });
  }

  /** Connects and stays connected. To the same station again, while offline, keeps the seat there. */
  connect(options: ConnectOptions): void {
    const before = this.#options;
    if (before && !this.#link && isSameStation(before, options)) this.#cancel();
    else this.disconnect();
    this.#options = options;
    this.#failures = 0;
    void this.#connect();
  }

  /** Says goodbye, so that the others see us leave at once. */
  disconnect(): void {
    this.#options = undefined;
    this.#link?.control.notify({ method: 'bye', params: {} });
    const link = this.#link;
    this.#link = undefined;
    this.#cancel();
    link?.control.fail(aborted());
    link?.connection.close();
    this.#leaveSeat();
  }

  /** One control request. Rejects with 'control.unreachable' while offline. */
  async call(call: Call): Promise<Answer<Method>> {
    if (this.#link) {
      this.#seat?.datagrams.stir();
      return this.#link.control.call(call.method, call.ask);
    }
    throw new VoiptermError('control.unreachable', 'not connected to the station');
  }

  notify(notification: Parameters<ControlClient['notify']>[0]): void {
    this.#link?.control.notify(notification);
  }

  /** A shell on the station's host, on the port. Rejects with 'control.unreachable' while offline. */
  async openShell(columns: number, rows: number, port: MessagePort): Promise<undefined> {
    if (!this.#link) throw new VoiptermError('control.unreachable', 'not connected to the station');
    await this.#link.connection.channels.openShell(columns, rows, (channel) => serveShell(channel, port));
    return undefined;
  }

  /** The audio side's end of the voice channel; a newer one replaces it. */
  setVoicePort(port: MessagePort): void {
    this.#voice.setPort(port);
  }

  async #connect(): Promise<void> {
    const options = this.#options;
    if (!options) return;
    const { signal } = this.#attempt;
    this.#phase({ at: 'connecting', voice: this.#seat?.alive ?? false });
    try {
      await this.#open(options, signal);
    } catch (error) {
      if (!signal.aborted) this.#failed(asVoiptermError(error));
    }
  }

  async #open(options: ConnectOptions, signal: AbortSignal): Promise<void> {
    /** A link that is lost before we are online. */
    const early: { lost?: VoiptermError; removed?: VoiptermError } = {};
    const link: Link = await openLink(
      options,
      this.#seat?.resume,
      {
        onNotification: (notification) => {
          this.#refusals.heard(notification);
          const { method, params } = notification;
          // Whom the station sent away does not come back by itself.
          if (method === 'removed') early.removed = new VoiptermError(params.code, params.text);
          this.#emit({ event: 'notification', notification });
        },
        onNewHostKey: (fingerprint) =>
          this.#emit({ event: 'host-key', host: hostLabel(options), fingerprint }),
        onLost: (reason) => {
          early.lost = early.removed ?? reason;
          if (this.#link === link) this.#lost(early.lost);
        },
      },
      signal,
    );
    try {
      const seat = await this.#sitDown(link, options, signal);
      if (signal.aborted) throw aborted();
      if (early.lost) throw early.lost;
      this.#goOnline(link, seat);
    } catch (error) {
      link.connection.close();
      throw error;
    }
  }

  /** The seat that we had, if the station kept it; else a new one. */
  async #sitDown(link: Link, options: ConnectOptions, signal: AbortSignal): Promise<Seat> {
    if (this.#seat && link.hello.resumed) {
      await this.#seat.sitDownAgain(link);
      return this.#seat;
    }
    this.#leaveSeat();
    const seat = await Seat.open(link, options, {
      onPayload: (channel, payload, receiveNs) => this.#receive(channel, payload, receiveNs),
      rekey: (session) => this.#rekey(session),
      log: this.#log,
    });
    if (signal.aborted) seat.datagrams.close();
    else this.#takeSeat(seat);
    return seat;
  }

  #takeSeat(seat: Seat): void {
    this.#seat = seat;
    this.#stats = setInterval(() => this.#emitStats(), STATS_INTERVAL_MS);
    this.#voice.session(seat.member, seat.maxVoiceBitrate);
  }

  #leaveSeat(): void {
    if (!this.#seat) return;
    this.#emitStats();
    clearInterval(this.#stats);
    this.#voice.session(null);
    this.forwards.offline();
    this.#seat.datagrams.close();
    this.#seat = undefined;
  }

  #goOnline(link: Link, seat: Seat): void {
    this.#link = link;
    this.#onlineSince = performance.now();
    this.#rememberTls(link.hello.tlsPort);
    const gate = new BulkGate(true);
    void seat.attachStream(link, gate, this.#log);
    const { member, name, station, resumed = false, rooms = [], tlsPort } = link.hello;
    const { fingerprint } = link.connection;
    const door = tlsPort === undefined ? {} : { tlsPort };
    this.#phase({ at: 'online', member, name, station, fingerprint, resumed, rooms, ...door });
    link.connection.channels.onTcp = (incoming) => this.forwards.incoming(gated(incoming, gate));
    this.forwards.online(forwardLink(link, seat, this.#refusals, gate), resumed);
  }

  /** What the station says of its TLS port counts for the next attempts, unless the user wants none. */
  #rememberTls(tlsPort: number | undefined): void {
    const options = this.#options;
    if (tlsPort !== undefined && options?.path?.tlsPort) {
      this.#options = { ...options, path: { ...options.path, tlsPort } };
    }
  }

  #lost(reason: VoiptermError): void {
    if (performance.now() - this.#onlineSince > STABLE_MS) this.#failures = 0;
    this.#link = undefined;
    this.#failed(reason);
  }

  #failed(error: VoiptermError): void {
    const { code, message: reason } = error;
    if (PERMANENT.has(code)) {
      this.#options = undefined;
      this.#leaveSeat();
      this.#phase({ at: 'failed', code, reason });
      return;
    }
    this.#failures += 1;
    const retryInMs = backoffMs(this.#failures, Math.random());
    const alive = this.#seat?.alive ?? false;
    this.#phase({ at: 'offline', code, reason, retryInMs, voice: alive });
    this.forwards.interrupted(alive);
    this.#retry = setTimeout(() => void this.#connect(), retryInMs);
  }

  /** Ends the attempt under way and the wait for the next. */
  #cancel(): void {
    clearTimeout(this.#retry);
    this.#attempt.abort();
    this.#attempt = new AbortController();
  }

  async #rekey(session: number): Promise<Answer<'datagram.rekey'>> {
    if (this.#link) return this.#link.control.call('datagram.rekey', { session });
    throw new VoiptermError('control.unreachable', 'not connected to the station');
  }

  #receive(channel: Channel, payload: Uint8Array, receiveNs: bigint): void {
    if (channel === CHANNEL.voice) this.#voice.heard(payload, receiveNs);
    else if (channel === CHANNEL.forward) this.forwards.receive(payload);
  }

  #emitStats(): void {
    if (!this.#seat) return;
    const { datagrams } = this.#seat;
    const stats = datagrams.stats();
    this.#emit({ event: 'stats', stats });
    this.#voice.crowded(stats.carrierUp === 'stream' && datagrams.streamCrowded());
    if (!this.#link) this.#watchVoice(this.#seat.alive);
    else if (this.#seat.datagrams.streamSilenceMs() > DEAD_LINK_MS) this.#link.connection.lose();
  }

  /** Datagrams may fall silent after the SSH connection, as they do when a station is killed, or come back before it. */
  #watchVoice(goesOn: boolean): void {
    if (goesOn === this.#voiceGoesOn) return;
    this.#voiceGoesOn = goesOn;
    if (!goesOn) this.forwards.interrupted(false);
    this.#emit({ event: 'voice', goesOn });
  }

  #phase(phase: Phase): void {
    this.#log.debug('phase', { at: phase.at });
    this.#voiceGoesOn = (phase.at === 'connecting' || phase.at === 'offline') && phase.voice;
    this.#emit({ event: 'phase', phase });
  }
}

function asVoiptermError(error: unknown): VoiptermError {
  if (error instanceof VoiptermError) return error;
  return new VoiptermError('internal', sentenceOf(error));
}

function isSameStation(a: ConnectOptions, b: ConnectOptions): boolean {
  return a.host === b.host && a.port === b.port && a.user === b.user;
}

function hostLabel({ host, port }: ConnectOptions): string {
  return `[${host}]:${port}`;
}
