/** The UDP sockets of one tunnel: those to the same destination share one forward at the station, each with its own flow. */
import { VoiptermError } from '../errors.ts';
import type { Attached, Forwards } from '../net/forward/forwards.ts';
import { formatHostPort } from '../net/forward/spec.ts';
import type { ForwardState } from '../net/forward/state.ts';
import { UdpDirect } from '../net/forward/udp-direct.ts';
import type { Destination } from './options.ts';
import { UdpSocket } from './udp-socket.ts';

export class UdpSockets {
  readonly #forwards: Forwards;
  readonly #shared = new Map<string, Shared>();

  constructor(forwards: Forwards) {
    this.#forwards = forwards;
  }

  /** Resolves once the station agreed. Rejects with its VoiptermError, with 'control.limit' or the reason of `fail`. */
  async open(to: Destination, idleS: number): Promise<UdpSocket> {
    const key = `${formatHostPort(to)} ${idleS}`;
    const shared = this.#shared.get(key) ?? new Shared(this.#forwards, to, idleS);
    this.#shared.set(key, shared);
    const socket = shared.add(() => {
      if (shared.empty && this.#shared.get(key) === shared) this.#shared.delete(key);
    });
    try {
      await shared.agreed();
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Ends all of them with an error. */
  fail(error: VoiptermError): void {
    for (const shared of this.#shared.values()) shared.fail(error);
  }

  close(): void {
    for (const shared of this.#shared.values()) shared.close();
  }
}

interface Waiter {
  resolve(): void;
  reject(error: VoiptermError): void;
}

/** One destination. */
class Shared {
  readonly #sockets = new Set<UdpSocket>();
  readonly #waiting = new Set<Waiter>();
  readonly #to: Destination;
  readonly #direct: UdpDirect;
  readonly #attached: Attached;
  /** The station agreed, on this link or one before. */
  #agreed = false;
  #failure: VoiptermError | undefined;

  constructor(forwards: Forwards, to: Destination, idleS: number) {
    this.#to = to;
    let made: UdpDirect | undefined;
    this.#attached = forwards.attach(
      (router) => {
        made = new UdpDirect(to, idleS, router);
        return made;
      },
      (state) => this.#changed(state),
    );
    if (!made) throw new VoiptermError('internal', 'a driver was not made');
    this.#direct = made;
  }

  get empty(): boolean {
    return this.#sockets.size === 0;
  }

  add(onClose: () => void): UdpSocket {
    const socket = new UdpSocket({
      direct: this.#direct,
      to: this.#to,
      onClose: (ended) => {
        this.#sockets.delete(ended);
        if (this.empty) this.#attached.detach();
        onClose();
      },
    });
    this.#sockets.add(socket);
    return socket;
  }

  agreed(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#agreed) return Promise.resolve();
    return new Promise((resolve, reject) => void this.#waiting.add({ resolve, reject }));
  }

  /** For good. */
  fail(error: VoiptermError): void {
    this.#failure = error;
    for (const { reject } of this.#waiting) reject(error);
    const opening = this.#waiting.size > 0;
    this.#waiting.clear();
    // Nobody has those yet that are being opened: whoever opens them is told, and closes them.
    if (!opening) for (const socket of [...this.#sockets]) socket.destroy(error);
  }

  close(): void {
    for (const { reject } of this.#waiting)
      reject(new VoiptermError('tunnel.closed', 'the tunnel was closed'));
    this.#waiting.clear();
    for (const socket of [...this.#sockets]) socket.close();
  }

  #changed(state: ForwardState): void {
    if (state.at === 'active') {
      this.#agreed = true;
      for (const { resolve } of this.#waiting) resolve();
      this.#waiting.clear();
    } else if (state.at === 'failed' || (!this.#agreed && state.code !== null)) {
      this.fail(new VoiptermError(state.code ?? 'internal', state.reason));
    }
  }
}
