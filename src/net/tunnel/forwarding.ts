/** What forwards get of an online tunnel: its SSH connection for TCP and for asking, its datagram session for UDP. */
import type { ForwardLink } from '../forward/link.ts';
import { CHANNEL } from '../protocol/constants.ts';
import type { Link } from './link.ts';
import type { Seat } from './seat.ts';

export function forwardLink({ control, connection: { channels } }: Link, { datagrams }: Seat): ForwardLink {
  return {
    call: (method, ask) => control.call(method, ask),
    sendDatagram: (payload) => datagrams.send(CHANNEL.forward, payload),
    maxPayload: () => datagrams.maxPayload(),
    openTcp: (to, from) => channels.openTcp(to, from),
    listenTcp: (bind, port) => channels.listenTcp(bind, port),
    unlistenTcp: (bind, port) => channels.unlistenTcp(bind, port),
  };
}
