/** What forwards need of the tunnel while it is online. Types only: the tunnel worker gives the real one, tests a fake. */
import type { Duplex } from 'node:stream';
import type { Answer, Ask, Method } from '../control/schema.ts';
import type { HostPort } from './spec.ts';

export type { HostPort } from './spec.ts';

/** One online tunnel. It ends with `Forwards.offline()`, after which nothing of it may be used. */
export interface ForwardLink {
  /** One control request. Rejects with the station's VoiptermError. */
  call<M extends Method>(method: M, ask: Ask<M>): Promise<Answer<M>>;
  /** Seals a payload of the forward channel and sends it; false if it could not go out, which is a loss like any other. */
  sendDatagram(payload: Uint8Array): boolean;
  /** Largest payload in bytes that `sendDatagram` takes now. */
  maxPayload(): number;
  /** A byte stream from the station to `to` (SSH direct-tcpip). Rejects with 'forward.refused' and a sentence. */
  openTcp(to: HostPort, from: HostPort): Promise<Duplex>;
  /** Has the station listen (SSH tcpip-forward); the answer is the port, which the station picks for port 0. */
  listenTcp(bind: string, port: number): Promise<number>;
  unlistenTcp(bind: string, port: number): void;
}
