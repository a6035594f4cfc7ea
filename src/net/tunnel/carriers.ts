/**
 * How sealed datagrams travel. A carrier is one small interface under a Connection; it moves batches, so that a
 * faster path (sendmmsg, an SSH channel) can take its place without the Connection noticing.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Carrier as CarrierKind } from '../protocol/constants.ts';
import type { Endpoint } from '../protocol/path.ts';

export interface Datagram {
  readonly bytes: Uint8Array;
  /** Where it goes, or where it came from. */
  readonly peer: Endpoint;
}

export interface Carrier {
  readonly kind: CarrierKind;
  /** Hands datagrams to the network, now or never: a carrier keeps no queue of its own. */
  send(batch: readonly Datagram[]): void;
  close(): void;
}

/** Asked of the kernel; a burst of 4 MiB is read dry before anything is lost. The kernel may grant less. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Opens a UDP socket of the peer's address family on a port that the system picks. Send errors (no route, a
 * full queue) are losses like any other on UDP: they go to `onError` and nothing stops.
 */
export function openUdpCarrier(options: {
  readonly peer: Endpoint;
  readonly onDatagrams: (batch: readonly Datagram[]) => void;
  readonly onError: (error: Error) => void;
}): Promise<Carrier> {
  const socket = createSocket(isIPv6(options.peer.address) ? 'udp6' : 'udp4');
  socket.on('message', (bytes, from) => {
    options.onDatagrams([{ bytes, peer: { address: from.address, port: from.port } }]);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.off('error', reject);
      socket.on('error', options.onError);
      growBuffers(socket, options.onError);
      resolve({
        kind: 'udp',
        send: (batch) => {
          for (const { bytes, peer } of batch) {
            socket.send(bytes, peer.port, peer.address, (error) => error && options.onError(error));
          }
        },
        close: () => socket.close(),
      });
    });
  });
}

function growBuffers(socket: Socket, onError: (error: Error) => void): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)));
  }
}
