/** A TCP connection to one of the addresses that a destination was judged to have. */
import net, { type Socket } from 'node:net';
import { errnoOf, VoiptermError } from '../errors.ts';
import { formatHostPort, type HostPort } from '../net/forward/spec.ts';
import type { Address } from './destinations.ts';

/**
 * Connects to the first address that answers within `ms`; the socket is paused and may be half-closed. It is in `pending`
 * meanwhile, so that it can be destroyed. Rejects with 'forward.unreachable'.
 */
export function connectTo(
  addresses: readonly Address[],
  to: HostPort,
  ms: number,
  pending: Set<Socket>,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      // Exactly the judged addresses are tried: nothing is looked up a second time.
      host: addresses.length > 1 ? 'several' : (addresses[0]?.address ?? ''),
      lookup: (_host, _options, done) => done(null, [...addresses]),
      port: to.port,
      autoSelectFamily: true,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      pending.delete(socket);
      socket.destroy();
      reject(new VoiptermError('forward.unreachable', sentence(to, error), { cause: error }));
    };
    const timer = setTimeout(() => fail(new Error('no answer')), ms);
    const closed = (): void => fail(new Error('the connection was closed'));
    pending.add(socket);
    socket.on('error', fail);
    socket.once('close', closed);
    socket.once('connect', () => {
      clearTimeout(timer);
      pending.delete(socket);
      socket.off('error', fail).off('close', closed).pause();
      resolve(socket);
    });
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  EMFILE: 'it has too many connections at present, try again later',
};

function sentence(to: HostPort, error: Error): string {
  return `The station cannot reach ${formatHostPort(to)}: ${REASONS[errnoOf(error) ?? ''] ?? error.message}.`;
}
