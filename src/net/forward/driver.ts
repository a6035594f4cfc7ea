/** What the manager sees of a forward, whatever it carries. Types only. */
import type { ErrorCode } from '../../errors.ts';
import type { IncomingTcp } from '../control/channels.ts';
import type { ForwardLink } from './link.ts';
import type { ForwardCounters } from './state.ts';

export interface ForwardDriver {
  /**
   * Asks the station for what the forward needs; resolves with the port where it listens. With `resumed` the station
   * still knows the UDP forwards of the link before. Rejects with the station's VoiptermError.
   */
  online(link: ForwardLink, resumed: boolean): Promise<number>;
  /** The SSH connection broke while datagrams still pass. True if nothing is lost by it. */
  interrupted(): boolean;
  /** The link is gone. Listeners of our own stay. */
  offline(): void;
  /** Ends everything that it holds, also at the station. */
  close(): void;
  /** A payload of the forward channel with this forward's id. The bytes are the driver's to keep and change. */
  receive?(payload: Uint8Array): void;
  /** A TCP connection at a listener of the station's; true if the listener is this forward's. */
  incoming?(tcp: IncomingTcp): boolean;
  /** Forgets idle flows; `now` in ms of performance.now(). */
  expire?(now: number): void;
  counters(): ForwardCounters;
}

/** Who gets which payloads. */
export interface Router {
  /** Payloads with this forward id go to the driver from now on. */
  route(forward: number, driver: ForwardDriver): void;
  unroute(forward: number): void;
}

/** What a driver is given. */
export interface DriverHost extends Router {
  /** Something that the user should know and that is not the state of the whole forward. Rate-limited behind it. */
  notice(code: ErrorCode, text: string): void;
}
