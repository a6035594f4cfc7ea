/**
 * One open tunnel, as a program sees it. It runs on the thread that opened it, and holds nothing that another tunnel of
 * the process shares.
 */
import { EventEmitter } from 'node:events';
import { VoiptermError } from '../errors.ts';
import { silentLog } from '../log.ts';
import type { Attached } from '../net/forward/forwards.ts';
import type { ForwardAsk, ForwardView } from '../net/forward/state.ts';
import { TcpDirect } from '../net/forward/tcp-direct.ts';
import type { TcpSocket, TcpSocketOptions } from '../net/forward/tcp-socket.ts';
import type { Phase, TunnelEvent, TunnelStats } from '../net/tunnel/messages.ts';
import { Tunnel } from '../net/tunnel/tunnel.ts';
import type { TunnelEvents, TunnelStation } from './events.ts';
import { ForwardWaits, nameOf } from './forward-waits.ts';
import {
  connectOptionsOf,
  type Destination,
  destinationOf,
  type ForwardWish,
  forwardAskOf,
  idleOf,
  type TunnelOptions,
} from './options.ts';
import type { UdpSocket } from './udp-socket.ts';
import { UdpSockets } from './udp-sockets.ts';

/** How long it may take until everything is there, ms: longer than any step of it. */
const START_TIMEOUT_MS = 20_000;

export class TunnelHandle extends EventEmitter<TunnelEvents> {
  readonly #tunnel: Tunnel;
  readonly #tcp = new TcpDirect();
  readonly #attached: Attached;
  readonly #udp: UdpSockets;
  readonly #waits = new ForwardWaits();
  #online: (() => void) | undefined;
  #fail: ((error: VoiptermError) => void) | undefined;
  /** connect() has resolved. */
  #started = false;
  #closed = false;
  #failure: VoiptermError | undefined;
  #phase: Phase['at'] = 'connecting';
  #station: TunnelStation | undefined;
  #newHostKey = false;
  #stats: TunnelStats | null = null;
  #unlisten: () => void = () => undefined;

  /**
   * Connects; see `connect` of the entry.
   * @internal
   */
  static async connect(options: TunnelOptions): Promise<TunnelHandle> {
    const { signal } = options;
    if (signal?.aborted) throw aborted(signal);
    const handle = new TunnelHandle(options);
    try {
      await handle.#start(options);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private constructor({ log = silentLog }: TunnelOptions) {
    super();
    this.#tunnel = new Tunnel((event) => this.#onEvent(event), log);
    this.#attached = this.#tunnel.forwards.attach(
      () => this.#tcp,
      () => undefined,
    );
    this.#udp = new UdpSockets(this.#tunnel.forwards);
  }

  /** True while the connection to the station is there. */
  get online(): boolean {
    return this.#phase === 'online' && !this.#closed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** As it was when it was last connected. */
  get station(): TunnelStation {
    if (this.#station) return this.#station;
    throw new VoiptermError('internal', 'the tunnel was never online');
  }

  /**
   * Opens a UDP socket at the station's side: what is sent goes from there to `to`, what comes from there is a 'message'.
   * Each socket has a source port of its own there, until it is silent for `idleS` seconds (60). It outlives reconnects.
   * Rejects with 'forward.refused' (the station's operator must allow it), 'forward.unreachable' (its name), 'control.unreachable'
   * (not online now), 'usage.invalid', 'control.limit' or 'tunnel.closed'.
   */
  async udp(to: Destination & { readonly idleS?: number }): Promise<UdpSocket> {
    const destination = destinationOf(to);
    const idleS = idleOf(to.idleS);
    this.#demandOnline();
    return this.#udp.open(destination, idleS);
  }

  /**
   * Opens a TCP connection from the station to `to`. It ends with an error when the connection to the station breaks.
   * Rejects as `udp` does, and with 'forward.unreachable' where nobody listens.
   */
  async tcp(to: Destination & TcpSocketOptions): Promise<TcpSocket> {
    const destination = destinationOf(to);
    this.#demandOnline();
    const { allowHalfOpen } = to;
    return this.#tcp.connect(destination, allowHalfOpen === undefined ? {} : { allowHalfOpen });
  }

  /**
   * Adds a forward, as -L, -R and -D do on the command line. Resolves once it carries traffic, which while offline is when
   * the tunnel is online again; it outlives reconnects. Rejects, and is not there, with 'forward.in-use', 'forward.refused' and
   * what else keeps it from that.
   */
  async forward(wish: ForwardWish): Promise<ForwardView> {
    const ask = forwardAskOf(wish);
    this.#demandOpen();
    const { id } = await this.#tunnel.forwards.add(ask);
    try {
      return await this.#waits.active(this.#view(id));
    } catch (error) {
      this.#tunnel.forwards.remove(id);
      throw error;
    }
  }

  /** All forwards with their counters. */
  forwards(): readonly ForwardView[] {
    return this.#tunnel.forwards.list();
  }

  /** Ends a forward and its connections; false if there is none with that id. */
  removeForward(id: number): boolean {
    return this.#tunnel.forwards.remove(id);
  }

  /** The newest counters, at most a quarter of a second old; null before the first. */
  stats(): TunnelStats | null {
    return this.#stats;
  }

  /**
   * Ends forwards and sockets, says goodbye to the station and holds nothing afterwards that keeps the process running.
   * Twice is once.
   */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#unlisten();
    const error = new VoiptermError('tunnel.closed', 'the tunnel was closed');
    this.#waits.fail(error);
    this.#fail?.(error);
    this.#udp.close();
    this.#attached.detach();
    this.#tunnel.forwards.close();
    this.#tunnel.disconnect();
    if (this.#started) process.nextTick(() => this.emit('close'));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(options: TunnelOptions): Promise<void> {
    const connect = connectOptionsOf(options);
    const asks = (options.forwards ?? []).map(forwardAskOf);
    const stopped = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    const timer = setTimeout(() => this.#fail?.(this.#late()), START_TIMEOUT_MS);
    if (options.signal) this.#heed(options.signal);
    try {
      await Promise.race([this.#begin(connect, asks), stopped]);
      this.#started = true;
    } finally {
      clearTimeout(timer);
      this.#fail = undefined;
    }
  }

  async #begin(connect: ReturnType<typeof connectOptionsOf>, asks: readonly ForwardAsk[]): Promise<void> {
    // First the ports of this machine: one that is taken is known without the station.
    for (const ask of asks) await this.#tunnel.forwards.add(ask);
    if (this.#closed) return;
    const online = new Promise<void>((resolve) => {
      this.#online = resolve;
    });
    const active = Promise.all(this.forwards().map((view) => this.#waits.active(view)));
    this.#tunnel.connect(connect);
    await Promise.all([online, active]);
  }

  #heed(signal: AbortSignal): void {
    const abort = (): void => {
      this.#fail?.(aborted(signal));
      void this.close();
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', abort);
  }

  #onEvent(event: TunnelEvent): void {
    if (this.#closed) return;
    if (event.event === 'phase') this.#onPhase(event.phase);
    else if (event.event === 'host-key') this.#newHostKey = true;
    else if (event.event === 'forward') {
      this.#waits.changed(event.forward);
      this.#tell('forward', event.forward);
    } else if (event.event === 'forward-notice') this.#notice(event.id, event.code, event.text);
    else if (event.event === 'notification' && event.notification.method === 'notice') {
      const { code, text } = event.notification.params;
      this.#notice(null, code, text);
    } else if (event.event === 'stats') {
      this.#stats = event.stats;
      this.#tell('stats', event.stats);
    }
  }

  #onPhase(phase: Phase): void {
    this.#phase = phase.at;
    if (phase.at === 'connecting') return;
    if (phase.at === 'online') {
      const { name: user, station: name, fingerprint, resumed } = phase;
      this.#station = { name, user, fingerprint, newHostKey: this.#newHostKey };
      this.#tell('online', { resumed });
      return this.#online?.();
    }
    const error = new VoiptermError(phase.code, phase.reason);
    this.#fail?.(error);
    if (phase.at === 'failed') return this.#onFailed(error);
    this.#tell('offline', { error, retryInMs: phase.retryInMs, datagrams: phase.voice });
  }

  #onFailed(error: VoiptermError): void {
    this.#failure = error;
    this.#waits.fail(error);
    this.#udp.fail(error);
    this.#tell('failed', error);
  }

  #notice(forward: number | null, code: string, text: string): void {
    this.#tell('notice', { forward, code, text });
  }

  /** Soon, so that what a listener throws is its own and no failure of the tunnel's. */
  #tell<E extends keyof TunnelEvents>(event: E, ...what: TunnelEvents[E]): void {
    const emit = this.emit.bind(this) as (event: string, ...what: readonly unknown[]) => boolean;
    if (this.#started) process.nextTick(() => emit(event, ...what));
  }

  #view(id: number): ForwardView {
    const view = this.forwards().find((known) => known.id === id);
    if (view) return view;
    throw new VoiptermError('tunnel.closed', 'the forward was removed');
  }

  #demandOnline(): void {
    this.#demandOpen();
    if (!this.online)
      throw new VoiptermError('control.unreachable', 'the tunnel is not connected to the station now');
  }

  #demandOpen(): void {
    if (this.#closed) throw new VoiptermError('tunnel.closed', 'the tunnel was closed');
    if (this.#failure) throw this.#failure;
  }

  #late(): VoiptermError {
    const waiting = this.forwards().filter(({ state }) => state.at !== 'active');
    const missing = waiting.length > 0 ? `; not there: ${waiting.map(nameOf).join(', ')}` : '';
    return new VoiptermError('control.timeout', `the station does not answer${missing}`);
  }
}

function aborted(signal: AbortSignal): VoiptermError {
  return new VoiptermError('tunnel.closed', 'the connection was given up', { cause: signal.reason });
}
