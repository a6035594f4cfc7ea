/**
 * How sealed datagrams travel: one small interface under a Connection. UDP is here, a byte stream in
 * stream-carrier.ts. A driver calls send() for each packet of a wake-up and flush() once, so that a carrier may move
 * batches.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { CHANNEL, type Channel } from '../protocol/constants.ts';
import type { Endpoint } from '../protocol/path.ts';

export interface Carrier {
  /** Hands a packet to the network, now or never. Its bytes must not change afterwards. */
  send(packet: Uint8Array, channel: Channel): void;
  /** All of a wake-up was sent. */
  flush(): void;
  close(): void;
}

/** Asked of the kernel, which may grant less: bridges a stall of 60 ms, and is no long queue for voice to stand in. */
const SOCKET_BUFFER_BYTES = 2 * 1024 * 1024;

export interface UdpOptions {
  readonly peer: Endpoint;
  readonly onPacket: (packet: Uint8Array) => void;
  /** No route, a full queue, nobody listens: losses like any other on UDP. */
  readonly onError: (error: Error) => void;
}

/**
 * Opens a UDP socket on a port that the system picks, connected to the peer: the kernel then drops what others send,
 * and a send is cheaper. Rejects if the system has no such socket or no way to the peer.
 */
export function openUdpCarrier(options: UdpOptions): Promise<Carrier> {
  const { peer, onError } = options;
  const family = isIPv6(peer.address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (address, _options, done) => done(null, address, family), // numeric: there is nothing to look up
  });
  socket.on('message', options.onPacket);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(peer.port, peer.address, () => {
      socket.off('error', reject);
      socket.on('error', onError);
      growBuffers(socket);
      resolve(new UdpCarrier(socket, onError));
    });
  });
}

class UdpCarrier implements Carrier {
  readonly #socket: Socket;
  readonly #failed: (error: Error | null) => void;
  #open = true;

  constructor(socket: Socket, onError: (error: Error) => void) {
    this.#socket = socket;
    this.#failed = (error) => {
      if (error && this.#open) onError(error);
    };
  }

  send(packet: Uint8Array, channel: Channel): void {
    if (!this.#open) return;
    // A callback costs a microtask a packet; asked of probes alone it tells of a broken network just as well.
    if (channel === CHANNEL.probe) this.#socket.send(packet, this.#failed);
    else this.#socket.send(packet);
  }

  flush(): void {
    // each packet went out at once
  }

  close(): void {
    if (this.#open) this.#socket.close();
    this.#open = false;
  }
}

function growBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // the system's own size does for a call
  }
}
