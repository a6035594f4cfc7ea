/**
 * The station that comes with the program: for whoever starts voipterm without a target.
 *
 * It is an ordinary `voipterm serve` on loopback in a process of its own, which admits only this user's key. A
 * second terminal finds it by the file that serve leaves in the data directory, and it goes away by itself soon
 * after the last one left.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { VoiptermError } from '../errors.ts';
import type { ConnectOptions } from '../net/tunnel/messages.ts';
import { programPath } from '../program-files.ts';
import { makePrivateDirectory } from '../store/private-directory.ts';
import { type Context, ownKey, ownName } from './context.ts';
import { ENDPOINT_FILE } from './endpoint.ts';
import { EXIT } from './exit.ts';
import type { Paths } from './paths.ts';

/** A name for the target that the embedded station is; not a host name, so it cannot be taken for one. */
export const EMBEDDED_TARGET = '(this machine)';
/** Seconds that it outlives its last member: a restart of the interface finds it again. */
const IDLE_EXIT_S = 10;
const START_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 1000;

const endpointSchema = z.object({ host: z.string(), port: z.number().int(), fingerprint: z.string() });
export type Endpoint = z.infer<typeof endpointSchema>;

/** Finds the running station or starts one. Throws VoiptermError if it cannot be started. */
export async function ensureStation(paths: Paths): Promise<Endpoint> {
  const running = await findStation(paths);
  if (running) return running;
  admitOwnKey(paths);
  const started = await startStation(paths);
  if (started) return started;
  // Another terminal started one at the same moment and holds the database.
  const other = await findStation(paths);
  if (other) return other;
  throw new VoiptermError(
    'store.locked',
    `a station uses ${paths.station} but does not answer; end it and try again`,
  );
}

/** The one that runs, if one does. */
export async function findStation(paths: Paths): Promise<Endpoint | undefined> {
  const endpoint = readEndpoint(join(paths.station, ENDPOINT_FILE));
  return endpoint && (await answers(endpoint)) ? endpoint : undefined;
}

function readEndpoint(path: string): Endpoint | undefined {
  try {
    return endpointSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // none runs, or it is just being written
  }
}

function answers({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}

/** How to connect to it. Makes the user's key on first use. */
export function embeddedConnect(
  { config, paths }: Context,
  { host, port, fingerprint }: Endpoint,
): ConnectOptions {
  return {
    host,
    port,
    user: ownName(config),
    identity: { from: 'key', privateKey: ownKey(paths).privateKey },
    hostKey: { by: 'fingerprint', fingerprint },
    suites: config.crypto.suites,
  };
}

/** The user's key is in the station's authorized_keys; other keys that the user added stay. */
function admitOwnKey(paths: Paths): void {
  const { publicKey } = ownKey(paths);
  const file = join(paths.station, 'authorized_keys');
  try {
    makePrivateDirectory(paths.station);
    const present =
      existsSync(file) && readFileSync(file, 'utf8').includes(publicKey.split(' ')[1] ?? publicKey);
    if (!present) appendFileSync(file, `${publicKey}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new VoiptermError(
      'store.unwritable',
      `${file} cannot be written: make room or fix its permissions`,
      { cause },
    );
  }
}

/** Undefined if another process holds the database. */
async function startStation(paths: Paths): Promise<Endpoint | undefined> {
  makePrivateDirectory(paths.state);
  const logFile = join(paths.state, 'station.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, serveArguments(paths), {
    detached: true,
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const { stdout } = child;
  if (!stdout) throw new VoiptermError('internal', 'the station on this machine has no output');
  const outcome = await Promise.race([
    once(child, 'error').then(([error]) => ({ failed: String(error) })),
    once(child, 'exit').then(([status]) =>
      status === EXIT.storage ? 'locked' : { failed: `exit status ${status}` },
    ),
    once(createInterface({ input: stdout }), 'line').then(([line]) => ({ line: String(line) })),
    delay(START_TIMEOUT_MS, { failed: 'no answer' }, { ref: false }),
  ]);
  stdout.destroy();
  child.unref();
  if (outcome === 'locked') return undefined;
  const endpoint = 'line' in outcome ? endpointSchema.safeParse(parseJson(outcome.line)) : undefined;
  if (endpoint?.success) return endpoint.data;
  child.kill();
  const why = 'failed' in outcome ? outcome.failed : 'it did not say where it listens';
  throw new VoiptermError('internal', `the station on this machine did not start (${why}); see ${logFile}`);
}

function serveArguments(paths: Paths): string[] {
  const { station } = paths;
  const keys = join(station, 'authorized_keys');
  const listen = ['--listen', '127.0.0.1:0', '--data', station, '--authorized-keys', keys];
  const owner = ['--owner', ownKey(paths).fingerprint];
  return [programPath, 'serve', ...listen, ...owner, '--idle-exit', String(IDLE_EXIT_S)];
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
