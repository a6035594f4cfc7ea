/** Binds the ports of a station: TCP and UDP of one number, further UDP ports, and one more of TCP. */
import dgram from 'node:dgram';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { errnoOf, VoiptermError } from '../errors.ts';

/** Free UDP ports whose TCP twin is taken are rare; this many in a row are not chance. */
const MAX_TRIES = 20;

export interface BoundPair {
  readonly tcp: net.Server;
  readonly udp: dgram.Socket;
  /** The address that the host name stood for. */
  readonly address: string;
  readonly port: number;
}

/**
 * Binds both; port 0 takes any free pair. Nobody is served until the caller listens for 'connection' and 'message'
 * in the same turn. Throws 'station.port-in-use' or 'station.address'.
 */
export async function bindPair(host: string, port: number): Promise<BoundPair> {
  const { address, family } = await resolve(host);
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryPair(address, family, port);
    } catch (error) {
      const again = port === 0 && errnoOf(error) === 'EADDRINUSE' && tries < MAX_TRIES;
      if (!again) throw bindError(error, host, port);
    }
  }
}

/** Binds one TCP port more; port 0 picks one. Nobody is served until the caller listens for 'connection' in the same turn. */
export async function bindTcp(host: string, port: number, option: string): Promise<net.Server> {
  try {
    const { address } = await resolve(host);
    const tcp = net.createServer();
    await settled(tcp, () => tcp.listen({ host: address, port, exclusive: true }));
    return tcp;
  } catch (error) {
    throw error instanceof VoiptermError ? error : bindError(error, host, port, `${option} ${host}:PORT`);
  }
}

/** The port of a server that listens on TCP. */
export function portOf(tcp: net.Server): number {
  const address = tcp.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

async function resolve(host: string): Promise<{ address: string; family: number }> {
  try {
    return await lookup(host);
  } catch (error) {
    throw bindError(error, host, 0);
  }
}

/**
 * Binds further UDP ports of a pair's address; 0 takes any free one. If one cannot be had all are closed, the pair too.
 * Throws 'station.port-in-use' or 'station.address'.
 */
export async function bindFurther(
  { address, tcp, udp }: BoundPair,
  ports: readonly number[],
): Promise<readonly dgram.Socket[]> {
  const bound: dgram.Socket[] = [];
  for (const port of ports) {
    const socket = udpSocket(net.isIPv6(address) ? 6 : 4);
    bound.push(socket);
    try {
      await settled(socket, () => socket.bind({ address, port, exclusive: true }));
    } catch (error) {
      for (const open of [...bound, udp, tcp]) open.close();
      throw bindError(error, address, port, '--udp-port PORT');
    }
  }
  return bound;
}

function udpSocket(family: number): dgram.Socket {
  return dgram.createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // Datagrams go only to addresses that datagrams came from: there is nothing to look up, now or later.
    lookup: (to, _options, done) => done(null, to, family),
  });
}

async function tryPair(address: string, family: number, port: number): Promise<BoundPair> {
  const udp = udpSocket(family);
  try {
    await settled(udp, () => udp.bind({ address, port, exclusive: true }));
    const tcp = net.createServer();
    await settled(tcp, () => tcp.listen({ host: address, port: udp.address().port, exclusive: true }));
    return { tcp, udp, address, port: udp.address().port };
  } catch (error) {
    udp.close();
    throw error;
  }
}

function settled(socket: dgram.Socket | net.Server, start: () => void): Promise<void> {
  return new Promise((done, fail) => {
    const listening = (): void => {
      socket.off('error', failed);
      done();
    };
    const failed = (error: Error): void => {
      socket.off('listening', listening);
      fail(error);
    };
    socket.once('listening', listening);
    socket.once('error', failed);
    start();
  });
}

function bindError(
  error: unknown,
  host: string,
  port: number,
  option = `--listen ${host}:PORT`,
): VoiptermError {
  const errno = errnoOf(error);
  if (errno === 'EADDRINUSE') {
    return new VoiptermError(
      'station.port-in-use',
      `Port ${port} of ${host} is in use by another program: stop it or choose another port with ${option}.`,
      { cause: error },
    );
  }
  const reason =
    errno === 'EACCES'
      ? `you may not use port ${port}: choose one above 1023`
      : `this machine cannot use that address (${errno ?? 'unknown reason'}): choose one of its own`;
  return new VoiptermError('station.address', `Cannot listen on ${host}:${port}: ${reason}.`, {
    cause: error,
  });
}
