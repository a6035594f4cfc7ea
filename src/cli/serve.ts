/** `voipterm serve`: runs a station until it is told to stop. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VoiptermError } from '../errors.ts';
import { guestFront } from '../guest/front.ts';
import type { Logger } from '../log.ts';
import { parseListen } from '../net/control/target.ts';
import { AdminSocket } from '../station/admin.ts';
import { adminHandlers } from '../station/admin-handlers.ts';
import type { OpenGuests } from '../station/guests.ts';
import { ADMISSION } from '../station/limits.ts';
import { Station, type TlsOptions } from '../station/station.ts';
import type { Config } from './config.ts';
import { type CommonOptions, openContext } from './context.ts';
import { ENDPOINT_FILE } from './endpoint.ts';
import { toJsonLine } from './json-line.ts';
import { configuredPath } from './paths.ts';
import { Reloading } from './reloading.ts';
import { onStopSignal } from './signals.ts';
import { liveOptions } from './station-settings.ts';

export interface ServeOptions extends CommonOptions {
  readonly listen?: string;
  readonly udpPort?: readonly string[];
  readonly listenTls?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly data?: string;
  readonly authorizedKeys?: string;
  readonly open?: boolean;
  readonly owner?: readonly string[];
  readonly publicName?: string;
  readonly allowForward?: readonly string[];
  readonly allowListen?: readonly string[];
  /** Stops by itself after so many seconds without members: how the embedded station ends. */
  readonly idleExit?: number;
}

/** Where guests begin at a station that names no rooms: where clients do. */
const DEFAULT_ROOM = 'lobby';

export async function serve(options: ServeOptions): Promise<void> {
  const stop = onStopSignal(['SIGINT', 'SIGTERM']);
  const read = (): ReturnType<typeof openContext> => openContext(options, flagsOf(options));
  const { config, paths, log } = read();
  const settings = config.station;
  const data = configuredPath(settings.data, paths.station, paths.home);
  const station = await Station.open({
    ...parseListen(settings.listen),
    furtherUdpPorts: settings.furtherUdpPorts.map(Number),
    tls: tlsOptions(settings, paths.home),
    dataDir: data,
    authorizedKeys: configuredPath(settings.authorizedKeys, join(data, 'authorized_keys'), paths.home),
    ...liveOptions(settings, 0),
    maxVoiceBitrate: settings.maxVoiceBitrate,
    suites: config.crypto.suites,
    admission: {
      ...ADMISSION,
      connections: settings.maxMembers + settings.maxUnauthenticated,
      unauthenticated: settings.maxUnauthenticated,
    },
    handshakeMs: settings.handshakeTimeoutS * 1000,
    guests: guestsOf(settings),
    log,
  });
  const endpoint = join(data, ENDPOINT_FILE);
  const reloading = new Reloading(station, config, read, log);
  let admin: AdminSocket | undefined;
  try {
    reloading.begin();
    const handlers = adminHandlers(station, { reload: () => reloading.now(), startedAt: performance.now() });
    admin = await AdminSocket.open(data, handlers, log);
    writeEndpoint(endpoint, station, log);
    const { host, port, udpPort, tlsPort, fingerprint } = station.address;
    const tls = tlsPort === null ? {} : { tlsPort };
    const listening = { event: 'listening', host, port, udpPort, ...tls, fingerprint };
    process.stdout.write(`${toJsonLine(listening)}\n`);
    await Promise.race([stop.requested, reloading.orphaned, idle(station, options.idleExit)]);
    log.info('stopping', { members: station.memberCount });
  } finally {
    rmSync(endpoint, { force: true });
    reloading.end();
    await admin?.close();
    await station.close();
    log.info('stopped', { ...station.counters() });
  }
}

/** What the command line says of the settings. */
function flagsOf(options: ServeOptions): NonNullable<Parameters<typeof openContext>[1]> {
  return {
    'station.listen': options.listen,
    'station.further_udp_ports': options.udpPort,
    'station.listen_tls': options.listenTls,
    'station.tls_cert': options.tlsCert,
    'station.tls_key': options.tlsKey,
    'station.data': options.data,
    'station.authorized_keys': options.authorizedKeys,
    'station.open': options.open,
    'station.allow_forward': options.allowForward,
    'station.allow_listen': options.allowListen,
    'station.owners': options.owner,
    'station.public_name': options.publicName,
  };
}

function guestsOf({ maxGuests, guestIdleMin, rooms }: Config['station']): OpenGuests | undefined {
  if (maxGuests === 0) return undefined;
  return guestFront({
    maxGuests,
    idleMs: guestIdleMin * 60_000,
    rooms: rooms.length > 0 ? rooms : [DEFAULT_ROOM],
  });
}

function tlsOptions({ listenTls, tlsCert, tlsKey }: Config['station'], home: string): TlsOptions | undefined {
  if ((tlsCert === '') !== (tlsKey === '')) {
    throw new VoiptermError(
      'config.invalid',
      'tls_cert and tls_key go together: give both, or neither for a certificate of the station',
    );
  }
  if (listenTls === '') return undefined;
  const files =
    tlsCert === ''
      ? undefined
      : { cert: configuredPath(tlsCert, '', home), key: configuredPath(tlsKey, '', home) };
  return { ...parseListen(listenTls), files };
}

function writeEndpoint(path: string, station: Station, log: Logger): void {
  try {
    writeFileSync(path, `${JSON.stringify({ ...station.address, pid: process.pid })}\n`, { mode: 0o600 });
  } catch (error) {
    log.warn('clients on this machine will not find the station by themselves', { reason: String(error) });
  }
}

/** Resolves after `seconds` in a row without a member; never without a number. */
function idle(station: Station, seconds: number | undefined): Promise<void> {
  if (seconds === undefined) return new Promise(() => undefined);
  return new Promise((resolve) => {
    let quiet = 0;
    const timer = setInterval(() => {
      quiet = station.memberCount === 0 ? quiet + 1 : 0;
      if (quiet < seconds) return;
      clearInterval(timer);
      resolve();
    }, 1000);
  });
}
