/**
 * The way to a station's SSH: straight, through a proxy or jump hosts, and inside TLS where SSH itself gets nowhere.
 *
 *   plain TCP --fails, or no greeting for 1.5 s--> TLS beside it --the first that is greeted wins, the other is cut
 *
 * A greeting is what counts: many networks complete the TCP handshake of a port that they block.
 */
import { lookup } from 'node:dns/promises';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { VoiptermError } from '../../errors.ts';
import type { ConnectOptions, PathOptions } from '../tunnel/messages.ts';
import { readGreeting } from './head.ts';
import { type Dial, dialThroughJumps } from './jump.ts';
import { dialThroughProxy } from './proxy.ts';
import { closed, openTcp, reasonOf, STEP_TIMEOUT_MS } from './tcp.ts';

/** How long plain SSH has to be greeted until TLS is tried beside it: some round trips of a slow network. */
const HEAD_START_MS = 1_500;

export interface Reached {
  /** Greeted by an SSH server; paused. */
  readonly stream: Duplex;
  /** The station's address for datagrams; null where its name says nothing to us, behind a proxy or a jump host. */
  readonly address: string | null;
}

type Way = (signal: AbortSignal) => Promise<Duplex>;

/** Throws 'control.unreachable' with the reason of the plain way, 'control.proxy-refused', or 'tunnel.closed'. */
export async function reach(options: ConnectOptions, signal: AbortSignal): Promise<Reached> {
  const { host, port, path = {} } = options;
  const { proxy, jumps = [], tlsPort = 0 } = path;
  const dial = dialerOf(path);
  const plain: Way = (until) => greeted(dial(host, port, until), `${host} port ${port}`, until);
  const tls: Way = (until) => overTls(dial, host, tlsPort, until);
  // A jump host is in the station's network, where nothing blocks SSH.
  const stream = tlsPort === 0 || jumps.length > 0 ? await plain(signal) : await race(plain, tls, signal);
  return { stream, address: proxy || jumps.length > 0 ? await addressOf(host) : remoteOf(stream) };
}

/** The way inside TLS alone, whether it is needed or not. Throws as reach(). */
export function reachByTls(
  { host, path = {} }: ConnectOptions,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  return overTls(dialerOf(path), host, port, signal);
}

function dialerOf({ proxy, jumps = [] }: PathOptions): Dial {
  const first: Dial = proxy ? (to, at, until) => dialThroughProxy(proxy, to, at, until) : openTcp;
  return dialThroughJumps(jumps, first);
}

function remoteOf(stream: Duplex): string | null {
  return stream instanceof Socket ? (stream.remoteAddress ?? null) : null;
}

async function addressOf(host: string): Promise<string | null> {
  try {
    return (await lookup(host)).address;
  } catch {
    return null;
  }
}

async function greeted(opening: Promise<Duplex>, where: string, signal: AbortSignal): Promise<Duplex> {
  const stream = await opening;
  await readGreeting(stream, where, signal);
  return stream;
}

/** The certificate is nobody's business: the SSH host key inside says who it is. The name goes out as SNI, as a browser's would. */
async function overTls(dial: Dial, host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const where = `${host} port ${port} (TLS)`;
  const socket = await dial(host, port, signal);
  const secure = connectTls({
    socket,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) ? {} : { servername: host }),
  });
  await new Promise<void>((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      finish();
    };
    const fail = (why: string): void =>
      settle(() => {
        socket.destroy();
        secure.destroy();
        reject(signal.aborted ? closed() : new VoiptermError('control.unreachable', `${where}: ${why}`));
      });
    const abort = (): void => fail('closed');
    const timer = setTimeout(() => fail('no answer'), STEP_TIMEOUT_MS);
    signal.addEventListener('abort', abort, { once: true });
    secure.on('error', (error) => fail(reasonOf(error)));
    secure.once('close', () => fail('it closed the connection'));
    secure.once('secureConnect', () => settle(resolve));
  });
  return greeted(Promise.resolve(secure), where, signal);
}

/** The first way to succeed; the second starts when the first fails or has had its head start. Both fail: the first's reason. */
function race(first: Way, second: Way, signal: AbortSignal): Promise<Duplex> {
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  let won = false;
  const go = async (way: Way): Promise<Duplex> => {
    const stream = await way(until);
    if (won) stream.destroy();
    else won = true;
    return stream;
  };
  const opening = go(first);
  const other = headStart(opening, until).then(() => go(second));
  return Promise.any([opening, other])
    .catch((failure: AggregateError) => {
      throw failure.errors[0];
    })
    .finally(() => stop.abort());
}

/** Resolves when the promise rejects or the time is over; rejects when it resolves. */
function headStart(opening: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, HEAD_START_MS);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    opening.then(
      () => reject(closed()),
      () => {
        clearTimeout(timer);
        if (signal.aborted) reject(closed());
        else resolve();
      },
    );
  });
}
