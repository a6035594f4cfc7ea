/** What forwards get of an online tunnel: its SSH connection for TCP and for asking, its datagram session for UDP. */
import { VoiptermError } from '../../errors.ts';
import type { IncomingTcp } from '../control/channels.ts';
import type { StationNotification } from '../control/schema.ts';
import type { ForwardLink } from '../forward/link.ts';
import { CHANNEL } from '../protocol/constants.ts';
import type { BulkGate } from './bulk-gate.ts';
import { GatedStream } from './gated-stream.ts';
import type { Link } from './link.ts';
import type { Seat } from './seat.ts';

/** Sentences that are kept: as many listeners as anybody asks for at once. */
const MAX_SENTENCES = 16;

/**
 * Why the station does not listen. SSH's answer to tcpip-forward has no room for a reason (RFC 4254, 7.1), so the station
 * sends one as a notice before it.
 */
export class Refusals {
  #sentences: string[] = [];

  heard({ method, params }: StationNotification): void {
    if (method === 'notice' && params.code === 'forward.refused')
      this.#sentences = [...this.#sentences, params.text].slice(-MAX_SENTENCES);
  }

  /** The newest sentence about this port, once. */
  take(port: number): string | undefined {
    const at = this.#sentences.findLastIndex((sentence) => new RegExp(`:${port}\\b`).test(sentence));
    return at < 0 ? undefined : this.#sentences.splice(at, 1)[0];
  }
}

/** A connection from a listener of the station's, which writes by the gate once it is taken. */
export function gated(incoming: IncomingTcp, gate: BulkGate): IncomingTcp {
  const { to, from } = incoming;
  return {
    to,
    from,
    accept: () => new GatedStream(incoming.accept(), gate),
    reject: () => incoming.reject(),
  };
}

export function forwardLink(
  { control, connection: { channels } }: Link,
  { datagrams }: Seat,
  refusals: Refusals,
  gate: BulkGate,
): ForwardLink {
  const listenTcp = async (bind: string, port: number): Promise<number> => {
    try {
      return await channels.listenTcp(bind, port);
    } catch (error) {
      // Lines are taken one at a time: with this answer, what the station sent before it has been taken as well.
      await control.call('room.list', {}).catch(() => undefined);
      const sentence = refusals.take(port);
      throw sentence === undefined ? error : new VoiptermError('forward.refused', sentence);
    }
  };
  return {
    call: (method, ask) => control.call(method, ask),
    sendDatagram: (payload) => datagrams.send(CHANNEL.forward, payload),
    maxPayload: () => datagrams.maxPayload(),
    openTcp: async (to, from) => new GatedStream(await channels.openTcp(to, from), gate),
    listenTcp,
    unlistenTcp: (bind, port) => channels.unlistenTcp(bind, port),
  };
}
