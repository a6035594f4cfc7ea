/** Listening on this machine, UDP and TCP: where a bind address leads, and why it failed in a sentence. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { createServer, isIPv6, type Server } from 'node:net';
import { errnoOf, sentenceOf, VoiptermError } from '../../errors.ts';
import type { HostPort } from './link.ts';
import { formatHostPort } from './spec.ts';

/** Asked of the kernel for a listener: a burst waits here while the thread is busy. The kernel may grant less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** Connections that the kernel may hold until they are taken: a browser opens dozens at once. */
const BACKLOG = 256;

/** Both families of 'localhost', as OpenSSH does; the second is a bonus. */
const LOOPBACK = ['127.0.0.1', '::1'];
/** '::' takes IPv4 as well; the other is for a machine without IPv6. */
const EVERYWHERE = ['::', '0.0.0.0'];

/** A socket takes addresses as they are: a look-up, even of an IP address, would put every send off to a later turn. */
function asIs(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, isIPv6(address) ? 6 : 4);
}

/** A UDP socket, not bound, that binds, connects and sends at once and takes IP addresses only. */
export function plainUdpSocket(address: string): Socket {
  return createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', lookup: asIs });
}

/** Opens UDP sockets for a bind address, one or two. Rejects with 'forward.in-use'. */
export function listenUdp(bind: HostPort): Promise<readonly Socket[]> {
  return listen(bind, bindUdp, (socket) => socket.address().port);
}

/** Opens TCP servers for a bind address, one or two. Rejects with 'forward.in-use'. */
export function listenTcp(bind: HostPort): Promise<readonly Server[]> {
  return listen(bind, bindTcp, portOfServer);
}

/** The port of a server that listens. */
export function portOfServer(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function listen<T>(
  bind: HostPort,
  open: (address: string, port: number) => Promise<T>,
  portOf: (listener: T) => number,
): Promise<readonly T[]> {
  const both = bind.host === 'localhost';
  const opened: T[] = [];
  let { port } = bind;
  let failure: unknown;
  for (const address of await addressesOf(bind)) {
    try {
      const listener = await open(address, port);
      opened.push(listener);
      port = portOf(listener);
    } catch (error) {
      failure ??= error;
      // Another address is only tried for want of the first one's family; a port that is taken is taken.
      if (opened.length === 0 && !isMissingFamily(error)) throw refusal(bind, error);
    }
    if (opened.length > 0 && !both) break;
  }
  if (opened.length === 0) throw refusal(bind, failure);
  return opened;
}

async function addressesOf(bind: HostPort): Promise<readonly string[]> {
  if (bind.host === '') return EVERYWHERE;
  if (bind.host === 'localhost') return LOOPBACK;
  try {
    return [(await lookup(bind.host)).address];
  } catch (error) {
    throw refusal(bind, error);
  }
}

/** A UDP socket on one address of this machine. Rejects with the system's error. */
export function bindUdp(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = plainUdpSocket(address);
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind(port, address, () => {
      socket.removeAllListeners('error');
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      resolve(socket);
    });
  });
}

function bindTcp(address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.once('error', reject);
    server.listen({ port, host: address, backlog: BACKLOG }, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}

function isMissingFamily(error: unknown): boolean {
  return ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'].includes(errnoOf(error) ?? '');
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it; choose another port, or 0 for any that is free',
  EACCES: 'this user may not; choose a port from 1024 up',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host name',
  EAI_AGAIN: 'the name server does not answer',
};

function refusal(bind: HostPort, error: unknown): VoiptermError {
  const where = bind.host === '' ? `port ${bind.port}` : formatHostPort(bind);
  const why = REASONS[errnoOf(error) ?? ''] ?? sentenceOf(error);
  return new VoiptermError('forward.in-use', `cannot listen on ${where}: ${why}`, { cause: error });
}
