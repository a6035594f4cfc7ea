/** Where a proxy listens and where it leads: names looked up once, ports bound. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { errnoOf, VoiptermError } from '../errors.ts';

/** A host name or address, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The same, looked up. */
export interface Address extends HostPort {
  readonly family: 4 | 6;
}

export interface Bound {
  readonly address: Address;
  readonly udp: Socket | undefined;
  readonly tcp: Server | undefined;
}

/** Free ports whose twin of the other protocol is taken are rare; this many in a row are not chance. */
const MAX_TRIES = 20;

/** @throws VoiptermError 'station.address' for a name that does not resolve. */
export async function resolveAddress({ host, port }: HostPort): Promise<Address> {
  try {
    const { address, family } = await lookup(host);
    return { host: address, port, family: family === 6 ? 6 : 4 };
  } catch (error) {
    throw new VoiptermError('station.address', `${host} is no address of any machine (${errnoOf(error)}).`, {
      cause: error,
    });
  }
}

/**
 * Binds what is asked for to one number; port 0 takes a free one. Nobody is served until the caller listens for
 * 'message' and 'connection' in the same turn. Throws 'station.port-in-use' or 'station.address'.
 */
export async function bindBoth(listen: HostPort, kinds: { udp: boolean; tcp: boolean }): Promise<Bound> {
  const address = await resolveAddress(listen);
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryBind(address, kinds);
    } catch (error) {
      const again = listen.port === 0 && errnoOf(error) === 'EADDRINUSE' && tries < MAX_TRIES;
      if (!again) throw bindError(error, listen);
    }
  }
}

/** A socket that sends to numeric addresses only, so that it has nothing to look up. */
export function createUdpSocket(family: 4 | 6): Socket {
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (to, _options, done) => done(null, to, family),
  });
}

async function tryBind(address: Address, kinds: { udp: boolean; tcp: boolean }): Promise<Bound> {
  let { port } = address;
  const udp = kinds.udp ? createUdpSocket(address.family) : undefined;
  try {
    if (udp) {
      // Without a lookup to wait for it listens before bind returns.
      const listening = once(udp, 'listening');
      udp.bind({ address: address.host, port, exclusive: true });
      await listening;
      port = udp.address().port;
    }
    const tcp = kinds.tcp ? await listenTcp({ ...address, port }) : undefined;
    const bound = tcp?.address();
    if (bound && typeof bound === 'object') port = bound.port;
    return { address: { ...address, port }, udp, tcp };
  } catch (error) {
    udp?.close();
    throw error;
  }
}

async function listenTcp({ host, port }: Address): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen({ host, port, exclusive: true });
  await once(server, 'listening');
  return server;
}

function bindError(error: unknown, { host, port }: HostPort): VoiptermError {
  const errno = errnoOf(error) ?? String(error);
  return errno === 'EADDRINUSE'
    ? new VoiptermError(
        'station.port-in-use',
        `Port ${port} of ${host} is in use by another program; choose another one with --listen.`,
        { cause: error },
      )
    : new VoiptermError('station.address', `Cannot listen on ${host} port ${port} (${errno}).`, {
        cause: error,
      });
}
