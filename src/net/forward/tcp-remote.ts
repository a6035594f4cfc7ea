/** -R for TCP: the station listens, this machine connects to the destination. */
import { connect, type Socket } from 'node:net';
import { errnoOf, sentenceOf } from '../../errors.ts';
import type { IncomingTcp } from '../control/channels.ts';
import type { DriverHost, ForwardDriver } from './driver.ts';
import type { ForwardLink, HostPort } from './link.ts';
import { formatHostPort } from './spec.ts';
import type { ForwardAsk, ForwardCounters } from './state.ts';
import { TcpPairs } from './tcp-pairs.ts';

/** How long the destination may take to answer, ms: who waits at the station should not wait longer. */
const CONNECT_TIMEOUT_MS = 15_000;

export class TcpRemote implements ForwardDriver {
  readonly #host: DriverHost;
  readonly #to: HostPort;
  readonly #bind: HostPort;
  readonly #pairs = new TcpPairs();
  #link: ForwardLink | undefined;
  /** Where the station listens for us; 0 while it does not. */
  #port = 0;

  constructor({ spec }: ForwardAsk, to: HostPort, host: DriverHost) {
    this.#bind = spec.bind;
    this.#to = to;
    this.#host = host;
  }

  /** A listener belongs to its SSH connection, so it is asked for anew on every link. */
  async online(link: ForwardLink): Promise<number> {
    this.#link = link;
    this.#port = 0;
    const { host, port } = this.#bind;
    const given = await link.listenTcp(host, port);
    if (this.#link === link) this.#port = given;
    else link.unlistenTcp(host, given);
    return given;
  }

  interrupted(): boolean {
    this.offline();
    return false;
  }

  offline(): void {
    this.#link = undefined;
    this.#port = 0;
    this.#pairs.clear();
  }

  close(): void {
    if (this.#port !== 0) this.#link?.unlistenTcp(this.#bind.host, this.#port);
    this.offline();
  }

  incoming(tcp: IncomingTcp): boolean {
    if (tcp.to.host !== this.#bind.host || tcp.to.port !== this.#port) return false;
    if (this.#pairs.full) {
      this.#pairs.dropped();
      tcp.reject();
    } else this.#connect(tcp);
    return true;
  }

  counters(): ForwardCounters {
    return this.#pairs.counters();
  }

  /** The connection is taken once the destination is there: so whoever connected to the station sees a refusal. */
  #connect(tcp: IncomingTcp): void {
    const socket = connect({ ...this.#to, allowHalfOpen: true, noDelay: true });
    this.#pairs.add(socket);
    let answered = false;
    const failed = (reason: string): void => {
      if (answered) return;
      answered = true;
      this.#pairs.unreachable();
      tcp.reject();
      socket.destroy();
      this.#host.notice(
        'forward.unreachable',
        `${formatHostPort(this.#to)} cannot be reached from here: ${reason}`,
      );
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => failed('no answer'));
    socket.once('error', (error) => failed(reasonOf(error)));
    // Cut by offline() or close(), while it was being made: the SSH connection that asked is gone as well.
    socket.once('close', () => {
      answered = true;
    });
    socket.once('connect', () => {
      if (answered) return;
      answered = true;
      socket.setTimeout(0);
      this.#accept(tcp, socket);
    });
  }

  #accept(tcp: IncomingTcp, socket: Socket): void {
    try {
      this.#pairs.join(socket, tcp.accept());
    } catch {
      socket.destroy(); // the SSH connection ended in between
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host name',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
};

/** Why a destination cannot be reached from this machine, for a sentence. */
export function reasonOf(error: unknown): string {
  const known = REASONS[errnoOf(error) ?? ''];
  return known ?? sentenceOf(error);
}
