/** The TCP forwards of one SSH connection: its channels to destinations, its listeners and who comes by them. */
import type { Socket } from 'node:net';
import type { Connection, ServerChannel, TcpipBindInfo, TcpipRequestInfo } from 'ssh2';
import { toWireError, VoiptermError } from '../errors.ts';
import type { HostPort } from '../net/forward/spec.ts';
import type { BulkGate } from '../net/tunnel/bulk-gate.ts';
import { requireListen } from './forward-access.ts';
import { Outlet, Splice } from './splice.ts';
import { REFUSAL_REASON, type RefusalReason, rejectWith } from './ssh-refusal.ts';
import { connectTo } from './tcp-connect.ts';
import type { TcpForwards } from './tcp-forwards.ts';
import { type Arrival, TcpListeners } from './tcp-listeners.ts';

/** TCP connections through one SSH connection: a browser behind -D has some hundred. */
const MAX_CONNECTION_TCP = 512;
/** From the wish to the connection, and from an arrival to the client's word that it takes it. */
const CONNECT_MS = 15_000;
/** A connection that does not answer for so long is dead to another one of the same key that wants its port. */
const ALIVE_MS = 3_000;
/** The listener of a question whether somebody is there: no client has asked for one at that address. */
const NOWHERE = { bind: '-', port: 0 };

/** An authenticated SSH connection. */
export interface SshPeer {
  readonly client: Connection;
  readonly socket: Socket;
  readonly gate: BulkGate;
  readonly fingerprint: string;
  /** Shows the member a sentence, if there is a way: a refused tcpip-forward has no room for one. */
  notice(sentence: string): void;
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

  /** Whose they are. */
  get fingerprint(): string {
    return this.#peer.fingerprint;
  }

  /** Whether it listens on a port for this connection. */
  listensOn(port: number): boolean {
    return this.#listeners.has(port);
  }

  /**
   * Gives its ports up if its peer does not answer: a client that came back would else wait for keepalives to tell that
   * its connection of before is dead. Resolves with whether it did.
   */
  async yields(): Promise<boolean> {
    if (await this.#answers()) return false;
    this.close();
    this.#peer.socket.destroy();
    return true;
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
      const port = await this.#listenOrTakeOver(bindAddr, bindPort);
      counters.forwardsOpened += 1;
      accept?.(port);
    } catch (error) {
      counters.forwardsRefused += 1;
      if (this.#closed) return;
      this.#peer.notice(toWireError(error).message);
      refuse(reject);
    }
  }

  /** A port that a dead connection of the same key still has is taken from it. */
  async #listenOrTakeOver(bind: string, port: number): Promise<number> {
    try {
      return await this.#listeners.listen(bind, port);
    } catch (error) {
      const taken = error instanceof VoiptermError && error.code === 'forward.in-use';
      const before = taken ? this.#shared.holderOf(port, this) : undefined;
      if (!before || !(await before.yields())) throw error;
      return this.#listeners.listen(bind, port);
    }
  }

  /** Asks the peer to take a channel that nobody asked for: one that lives refuses it. */
  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => resolve(false), ALIVE_MS);
      this.#offer(NOWHERE.bind, NOWHERE.port, { remoteAddress: '127.0.0.1', remotePort: 0 }, (channel) => {
        clearTimeout(deadline);
        channel?.close();
        resolve(true);
      });
    });
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

  #offer(
    bind: string,
    port: number,
    { remoteAddress = '', remotePort = 0 }: Pick<Socket, 'remoteAddress' | 'remotePort'>,
    answered: (channel?: ServerChannel) => void,
  ): void {
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
