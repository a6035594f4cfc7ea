/** Opens the sockets on which a station listens for others, and says why where it cannot. */
import dgram, { type Socket } from 'node:dgram';
import net, { type Server } from 'node:net';
import { errnoOf, VoiptermError } from '../errors.ts';
import { formatHostPort } from '../net/forward/spec.ts';

/** Asked of the system for what comes from outside: a burst of a fast sender fits. It gives what it allows. */
export const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;

/** A bound UDP socket. `bind` is '' for all addresses, 'localhost' or an address. Rejects with 'forward.in-use'. */
export function listenUdp(bind: string, port: number): Promise<Socket> {
  return onAddress(bind, port, 'UDP', async (address, family) => {
    const socket = udpSocket(family);
    try {
      await listening(socket, () => socket.bind({ address, port, exclusive: true }));
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  });
}

/** A TCP server that listens. It and its connections keep half-closed streams open, and connections start paused. */
export function listenTcp(bind: string, port: number): Promise<Server> {
  return onAddress(bind, port, 'TCP', async (host) => {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    await listening(server, () => server.listen({ host, port, exclusive: true }));
    return server;
  });
}

/** A UDP socket for addresses that are numbers: what it does with them, it does in the same turn. */
export function udpSocket(family: number): Socket {
  return dgram.createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (to, _options, done) => done(null, to, family),
  });
}

async function onAddress<T>(
  bind: string,
  port: number,
  what: 'TCP' | 'UDP',
  open: (address: string, family: 4 | 6) => Promise<T>,
): Promise<T> {
  try {
    if (bind === 'localhost') return await open('127.0.0.1', 4);
    if (bind !== '' && bind !== '*') return await open(bind, bind.includes(':') ? 6 : 4);
    // '::' takes IPv4 as well; a machine without IPv6 has only the other.
    return await open('::', 6).catch((error: unknown) => {
      if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(errnoOf(error) ?? '')) throw error;
      return open('0.0.0.0', 4);
    });
  } catch (error) {
    throw failure(error, bind, port, what);
  }
}

function listening(socket: Socket | Server, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off('error', reject);
      resolve();
    };
    socket.once('error', reject);
    socket.once('listening', done);
    start();
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses the port: choose another one',
  EACCES: 'it may not use that port: choose one above 1023',
  EADDRNOTAVAIL: 'that is no address of its machine',
};

function failure(error: unknown, bind: string, port: number, what: 'TCP' | 'UDP'): VoiptermError {
  const where = formatHostPort({ host: bind === '' ? '*' : bind, port });
  const reason = REASONS[errnoOf(error) ?? ''] ?? `its system says ${errnoOf(error) ?? 'no'}`;
  return new VoiptermError('forward.in-use', `The station cannot listen on ${what} ${where}: ${reason}.`, {
    cause: error,
  });
}
