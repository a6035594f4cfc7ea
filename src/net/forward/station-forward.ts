/**
 * A UDP forward as the station knows it: a number that it gives on each link, under which datagrams go.
 *
 *   unknown --the station answered on this link--> known --link lost and not resumed, or closed--> unknown
 */
import { VoiptermError } from '../../errors.ts';
import { encodeForward, FORWARD_HEADER_BYTES } from '../protocol/forward-packet.ts';
import type { ForwardDriver, Router } from './driver.ts';
import type { ForwardLink } from './link.ts';

/** Largest payload of UDP over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

/** What became of a datagram. */
export type Sent =
  | 'sent'
  /** There is no link, or the station has not answered yet. */
  | 'offline'
  | 'too-large'
  /** The network or the tunnel's queue did not take it now. */
  | 'dropped';

/** What the station answers: the number, and where it listens, if it does. */
export interface StationAnswer {
  readonly forward: number;
  readonly port?: number;
}

export interface StationForwardOptions {
  readonly router: Router;
  /** Gets the payloads that come for it. */
  readonly driver: ForwardDriver;
  readonly ask: (link: ForwardLink) => Promise<StationAnswer>;
}

export class StationForward {
  readonly #options: StationForwardOptions;
  /** Each datagram is put together here and sealed before the next one comes. */
  #buffer = new Uint8Array(0);
  #link: ForwardLink | undefined;
  /** 0 while it is unknown. */
  #number = 0;
  #port = 0;
  /** The question under way; another link makes it void. */
  #asking: Promise<number> | undefined;

  constructor(options: StationForwardOptions) {
    this.#options = options;
  }

  /** The station has given it a number, which holds while the datagram session does. */
  get known(): boolean {
    return this.#number !== 0;
  }

  /** Largest datagram that goes out now, bytes; undefined without a link. */
  get maxBytes(): number | undefined {
    if (!this.#link) return undefined;
    return Math.min(MAX_DATAGRAM_BYTES, this.#link.maxPayload() - FORWARD_HEADER_BYTES);
  }

  /** There is a link; `resumed` tells that it leads to the session of before. */
  attach(link: ForwardLink, resumed: boolean): void {
    if (!resumed) this.#forget();
    this.#asking = undefined;
    this.#link = link;
  }

  /**
   * Resolves once the station knows it, with the port where it listens, if it does. Rejects with its refusal, or with
   * 'control.unreachable' if there is no link or it was lost meanwhile.
   */
  ready(): Promise<number> {
    if (this.known) return Promise.resolve(this.#port);
    const link = this.#link;
    if (!link)
      return Promise.reject(new VoiptermError('control.unreachable', 'not connected to the station'));
    this.#asking ??= this.#ask(link);
    return this.#asking;
  }

  /** The datagram session is gone. */
  offline(): void {
    this.#forget();
    this.#asking = undefined;
    this.#link = undefined;
  }

  /** Nobody needs it any more: the station is told. */
  close(): void {
    if (this.#link && this.known) release(this.#link, this.#number);
    this.offline();
  }

  /** Sends one of a flow's datagrams; the bytes may be used again at once. */
  send(flow: number, data: Uint8Array): Sent {
    const link = this.#link;
    if (!link || this.#number === 0) return 'offline';
    const length = FORWARD_HEADER_BYTES + data.length;
    if (length > link.maxPayload()) return 'too-large';
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    return link.sendDatagram(encodeForward(this.#number, flow, data, this.#buffer)) ? 'sent' : 'dropped';
  }

  #ask(link: ForwardLink): Promise<number> {
    const asking = this.#options.ask(link).then(({ forward, port = 0 }) => {
      if (this.#asking !== asking) {
        // Closed, or on another link, in between: nobody would use it.
        release(link, forward);
        throw new VoiptermError('control.unreachable', 'the link was lost');
      }
      this.#number = forward;
      this.#port = port;
      this.#options.router.route(forward, this.#options.driver);
      return port;
    });
    const done = (): void => {
      if (this.#asking === asking) this.#asking = undefined;
    };
    asking.then(done, done);
    return asking;
  }

  #forget(): void {
    if (this.known) this.#options.router.unroute(this.#number);
    this.#number = 0;
  }
}

function release(link: ForwardLink, forward: number): void {
  link.call('forward.close', { forward }).catch(() => undefined);
}
