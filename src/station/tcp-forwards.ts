/**
 * TCP through SSH, as RFC 4254, 7 has it: direct-tcpip (a client's -L and -D) and tcpip-forward (its -R), for a stock
 * ssh client as well as for our own. What all connections of a station share.
 */
import type { Logger } from '../log.ts';
import type { Counters } from './counters.ts';
import type { Destinations } from './destinations.ts';
import type { ForwardAccess } from './forward-access.ts';
import { SshForwards, type SshPeer } from './ssh-forwards.ts';

/** TCP connections through all SSH connections: each is a socket and may hold 2 MiB. */
const MAX_STATION_TCP = 8192;
/** How often peers are looked for that send more than they may. */
const CHECK_MS = 1000;

export interface TcpForwardsOptions {
  readonly access: ForwardAccess;
  readonly destinations: Destinations;
  readonly counters: Counters;
  readonly log: Logger;
}

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

  /** Another connection of the same key that listens on a port. */
  holderOf(port: number, asker: SshForwards): SshForwards | undefined {
    for (const each of this.#open) {
      if (each !== asker && each.fingerprint === asker.fingerprint && each.listensOn(port)) return each;
    }
    return undefined;
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
