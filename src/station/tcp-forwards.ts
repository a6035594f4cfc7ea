/**
 * TCP through SSH, as RFC 4254, 7 has it: direct-tcpip (a client's -L and -D) and tcpip-forward (its -R), for a stock
 * ssh client as well as for our own.
 */
import type { Socket } from 'node:net';
import type { Connection, ServerChannel, TcpipBindInfo, TcpipRequestInfo } from 'ssh2';
import { toWireError, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { HostPort } from '../net/forward/spec.ts';
import type { BulkGate } from '../net/tunnel/bulk-gate.ts';
import type { Counters } from './counters.ts';
import type { Destinations } from './destinations.ts';
import { type ForwardAccess, requireListen } from './forward-access.ts';
import { Outlet, Splice } from './splice.ts';
import { REFUSAL_REASON, type RefusalReason, rejectWith } from './ssh-refusal.ts';
import { connectTo } from './tcp-connect.ts';
import { type Arrival, TcpListeners } from './tcp-listeners.ts';

/** TCP connections through one SSH connection: a browser behind -D has some hundred. */
export const MAX_CONNECTION_TCP = 512;
/** The same of all SSH connections: each is a socket and may hold 2 MiB. */
export const MAX_STATION_TCP = 8192;
/** From the wish to the connection, and from an arrival to the client's word that it takes it. */
const CONNECT_MS = 15_000;
/** How often peers are looked for that send more than they may. */
const CHECK_MS = 1000;

export interface TcpForwardsOptions {
  readonly access: ForwardAccess;
  readonly destinations: Destinations;
  readonly counters: Counters;
  readonly log: Logger;
}

/** An authenticated SSH connection. */
export interface SshPeer {
  readonly client: Connection;
  readonly socket: Socket;
  readonly gate: BulkGate;
  readonly fingerprint: string;
  /** Shows the member a sentence, if there is a way: a refused tcpip-forward has no room for one. */
  notice(sentence: string): void;
}

/** What all SSH connections of a station share. */
export class TcpForwards {
  readonly options: TcpForwardsOptions;
  readonly #open = new Set<SshForwards>();
  #live = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TcpForwardsOptions) {
    this.options = options;
  }

  /** Whether a key may forward anything, so that its connection is of use without a control channel. */
  permitsAny(fingerprint: string): boolean {
    return this.options.access.permitsAny(fingerprint);
  }

  /** Serves the forwards of a connection until close() is called on the answer. */
  attach(peer: SshPeer): SshForwards {
    const forwards = new SshForwards(this, peer, () => this.#detached(forwards));
    this.#open.add(forwards);
    this.#timer ??= setInterval(() => {
      for (const each of this.#open) each.check();
    }, CHECK_MS);
    return forwards;
  }

  /** Takes a place for a TCP connection; false if there is none. */
  enter(): boolean {
    if (this.#live >= MAX_STATION_TCP) return false;
    this.#live += 1;
    return true;
  }

  leave(): void {
    this.#live -= 1;
  }

  /** Adds what lives to a copy of the counters. */
  withLive(counters: Counters): Counters {
    let liveListeners = 0;
    for (const { listeners } of this.#open) liveListeners += listeners;
    return { ...counters, liveTcp: this.#live, liveListeners };
  }

  #detached(forwards: SshForwards): void {
    this.#open.delete(forwards);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The forwards of one SSH connection. */
export class SshForwards {
  readonly #shared: TcpForwards;
  readonly #peer: SshPeer;
  readonly #outlet: Outlet;
  readonly #onClosed: () => void;
  readonly #listeners = new TcpListeners((arrival) => this.#arrived(arrival));
  readonly #splices = new Set<Splice>();
  /** On their way to a splice. */
  readonly #pending = new Set<Socket>();
  #places = 0;
  #closed = false;

  constructor(shared: TcpForwards, peer: SshPeer, onClosed: () => void) {
    this.#shared = shared;
    this.#peer = peer;
    this.#onClosed = onClosed;
    this.#outlet = new Outlet(peer.socket, peer.gate);
    peer.client.on('tcpip', (accept, reject, info) => void this.#direct(accept, reject, info));
    peer.client.on('request', (accept, reject, name, info) => {
      if (name === 'tcpip-forward') void this.#listen(accept, reject, info);
      else if (name === 'cancel-tcpip-forward') this.#unlisten(accept, reject, info);
      else refuse(reject);
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Cuts a peer that sends more than its windows allow. */
  check(): void {
    for (const splice of this.#splices) {
      if (!splice.overflowing) continue;
      this.#shared.options.log.warn('a peer ignores its SSH window', { fingerprint: this.#peer.fingerprint });
      this.#peer.socket.destroy();
      return;
    }
  }

  /** Ends everything: the connection is gone or about to be. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.close();
    for (const socket of [...this.#pending]) socket.destroy();
    for (const splice of [...this.#splices]) splice.cut();
    this.#outlet.close();
    this.#onClosed();
  }

  async #direct(accept: () => ServerChannel, reject: () => void, info: TcpipRequestInfo): Promise<void> {
    const { counters } = this.#shared.options;
    try {
      const socket = await this.#reach({ host: info.destIP, port: info.destPort });
      this.#joinNew(accept, socket);
      counters.forwardsOpened += 1;
    } catch (error) {
      counters.forwardsRefused += 1;
      if (!this.#closed) this.#refuse(reject, error);
    }
  }

  #joinNew(accept: () => ServerChannel, socket: Socket): void {
    try {
      this.#join(accept(), socket);
    } catch (error) {
      socket.destroy(); // the library throws where the connection has just gone
      this.#leave();
      throw error;
    }
  }

  #refuse(reject: () => void, error: unknown): void {
    const { code, message } = toWireError(error);
    this.#shared.options.log.debug('a TCP forward was refused', {
      code,
      fingerprint: this.#peer.fingerprint,
    });
    rejectWith(this.#peer.client, reject, reasonOf(code), message);
  }

  /** A connection to the destination, with a place taken for it. */
  async #reach(to: HostPort): Promise<Socket> {
    const { access, destinations } = this.#shared.options;
    this.#enter();
    try {
      const rights = access.rightsOf(this.#peer.fingerprint);
      const addresses = await destinations.resolve(rights, to, 'tcp');
      const socket = await connectTo(addresses, to, CONNECT_MS, this.#pending);
      if (!this.#closed) return socket;
      socket.destroy();
      throw new VoiptermError('control.closing', 'The connection was closed.');
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async #listen(
    accept: ((port?: number) => void) | undefined,
    reject: (() => void) | undefined,
    { bindAddr, bindPort }: TcpipBindInfo,
  ): Promise<void> {
    const { access, counters } = this.#shared.options;
    try {
      requireListen(access.rightsOf(this.#peer.fingerprint), bindAddr, bindPort, 'tcp');
      const port = await this.#listeners.listen(bindAddr, bindPort);
      counters.forwardsOpened += 1;
      accept?.(port);
    } catch (error) {
      counters.forwardsRefused += 1;
      if (this.#closed) return;
      this.#peer.notice(toWireError(error).message);
      refuse(reject);
    }
  }

  #unlisten(
    accept: ((port?: number) => void) | undefined,
    reject: (() => void) | undefined,
    { bindAddr, bindPort }: TcpipBindInfo,
  ): void {
    if (this.#listeners.unlisten(bindAddr, bindPort)) accept?.();
    else refuse(reject);
  }

  /** Offers a connection that came by a listener to the client. */
  #arrived({ bind, port, socket }: Arrival): void {
    socket.on('error', () => socket.destroy());
    if (this.#closed || !this.#mayEnter()) {
      socket.destroy();
      return;
    }
    this.#pending.add(socket);
    const deadline = setTimeout(() => socket.destroy(), CONNECT_MS);
    let waits = true;
    const settle = (): boolean => {
      clearTimeout(deadline);
      const first = waits;
      waits = false;
      this.#pending.delete(socket);
      return first;
    };
    const gone = (): void => {
      if (settle()) this.#leave();
    };
    socket.once('close', gone);
    this.#offer(bind, port, socket, (channel) => {
      if (!settle()) return channel?.close();
      socket.off('close', gone);
      if (channel && !this.#closed) return this.#join(channel, socket);
      this.#leave();
      socket.destroy();
    });
  }

  #offer(bind: string, port: number, socket: Socket, answered: (channel?: ServerChannel) => void): void {
    const { remoteAddress = '', remotePort = 0 } = socket;
    try {
      this.#peer.client.forwardOut(bind, port, remoteAddress, remotePort, (error, channel) =>
        answered(error ? undefined : channel),
      );
    } catch {
      answered(); // the library throws where the connection has just gone
    }
  }

  #join(channel: ServerChannel, socket: Socket): void {
    const splice: Splice = new Splice(channel, socket, this.#outlet, () => {
      this.#splices.delete(splice);
      this.#leave();
    });
    this.#splices.add(splice);
  }

  #enter(): void {
    if (this.#mayEnter()) return;
    throw new VoiptermError(
      'control.limit',
      'You have as many TCP connections through this station as it allows: close some first.',
    );
  }

  #mayEnter(): boolean {
    if (this.#places >= MAX_CONNECTION_TCP || !this.#shared.enter()) return false;
    this.#places += 1;
    return true;
  }

  #leave(): void {
    this.#places -= 1;
    this.#shared.leave();
  }
}

function reasonOf(code: string): RefusalReason {
  if (code === 'forward.refused') return REFUSAL_REASON.prohibited;
  return code === 'control.limit' ? REFUSAL_REASON.shortage : REFUSAL_REASON.connectFailed;
}

function refuse(reject: (() => void) | undefined): void {
  reject?.();
}
