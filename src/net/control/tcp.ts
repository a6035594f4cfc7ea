/** TCP connections of the client, with reasons in words. */
import { connect, type Socket } from 'node:net';
import { errnoOf, VoiptermError } from '../../errors.ts';

/** How long any step on the way to a station may take: a slow mobile network included. */
export const STEP_TIMEOUT_MS = 15_000;

/** What the caller's signal being aborted means to whoever waits. */
export function closed(): VoiptermError {
  return new VoiptermError('tunnel.closed', 'the connection was closed');
}

/**
 * Connects; a name with IPv4 and IPv6 addresses is tried both ways (RFC 8305).
 * @throws VoiptermError 'control.unreachable' that says why, 'tunnel.closed' once `signal` is aborted.
 */
export function openTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(closed());
    const socket = connect({ host, port, noDelay: true, autoSelectFamily: true });
    const abort = (): void => settle(() => fail('closed'));
    const fail = (reason: string): void => {
      socket.destroy();
      const unreachable = `cannot reach ${host} port ${port}: ${reason}`;
      reject(signal.aborted ? closed() : new VoiptermError('control.unreachable', unreachable));
    };
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', abort);
      socket.setTimeout(0);
      finish();
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(STEP_TIMEOUT_MS, () => settle(() => fail('no answer')));
    socket.on('error', (error) => settle(() => fail(reasonOf(error))));
    socket.once('connect', () => settle(() => resolve(socket)));
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (is the station running?)',
  ECONNRESET: 'it cut the connection',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
};

/** A system error in words. Where several addresses were tried, the last one's. */
export function reasonOf(error: Error): string {
  const last = error instanceof AggregateError ? error.errors.at(-1) : error;
  const errno = errnoOf(last) ?? errnoOf(error);
  return REASONS[errno ?? ''] ?? (error.message || errno || 'no reason given');
}
