/** The way to a station, step by step, up to a call on trial. Ends at the first step that nothing can follow. */
import { toWireError } from '../errors.ts';
import type { ConnectOptions, HostKeyCheck } from '../net/tunnel/messages.ts';
import { checkGreeting, checkName, checkTcp } from './approach.ts';
import { type Trial, tryCall } from './call.ts';
import { judgeTrial } from './call-words.ts';
import { type Check, failure, ok, warning } from './check.ts';
import { checkEntrance } from './entrance.ts';
import { checkTls } from './tls.ts';

export interface PathOptions {
  readonly connect: ConnectOptions;
  readonly echoRoom: string;
}

/** Gives each check as soon as it is known. No host key is remembered, the station's as little as a jump host's. */
export async function* checkPath({ connect: usual, echoRoom }: PathOptions): AsyncGenerator<Check> {
  const connect = forOnce(usual);
  const { proxy, jumps = [] } = connect.path ?? {};
  let triedTls = false;
  if (!proxy && jumps.length === 0) {
    const checks = await approach(connect);
    yield* checks;
    if (checks.some(({ status }) => status === 'failure')) return;
    triedTls = checks.some(({ id }) => id === 'path.tls');
  }
  const { checks, fingerprint } = await checkEntrance(connect);
  yield* checks;
  if (fingerprint === undefined) return;
  yield* callChecks({ ...connect, hostKey: { by: 'fingerprint', fingerprint } }, echoRoom, !triedTls);
}

function forOnce(connect: ConnectOptions): ConnectOptions {
  const { path } = connect;
  const jumps = (path?.jumps ?? []).map((jump) => ({ ...jump, hostKey: trustedOnce(jump.hostKey) }));
  return { ...connect, hostKey: trustedOnce(connect.hostKey), path: { ...path, jumps } };
}

function trustedOnce(check: HostKeyCheck): HostKeyCheck {
  return check.by === 'known-hosts' && check.unknown === 'tofu' ? { ...check, unknown: 'once' } : check;
}

/** Up to the greeting. Where plain SSH gets nowhere but SSH inside TLS does, that is no failure. */
async function approach(connect: ConnectOptions): Promise<Check[]> {
  const checks: Check[] = [];
  for await (const check of plainly(connect)) checks.push(check);
  const tlsPort = connect.path?.tlsPort ?? 0;
  const named = checks.some(({ id, status }) => id === 'path.name' && status === 'ok');
  if (tlsPort === 0 || !named || checks.every(({ status }) => status !== 'failure')) return checks;
  const tls = await checkTls(connect, tlsPort);
  return tls.status === 'ok' ? [...checks.map(asWarning), tls] : checks;
}

function asWarning(check: Check): Check {
  if (check.status !== 'failure') return check;
  return warning(check.id, check.text, check.fix, check.facts);
}

async function* plainly({ host, port }: ConnectOptions): AsyncGenerator<Check> {
  const name = await checkName(host);
  yield name.check;
  if (name.addresses.length === 0) return;
  const tcp = await checkTcp(host, port, name.addresses);
  yield tcp.check;
  if (tcp.socket) yield await checkGreeting(tcp.socket, `${host} port ${port}`);
}

async function* callChecks(
  connect: ConnectOptions,
  echoRoom: string,
  tryTls: boolean,
): AsyncGenerator<Check> {
  let trial: Trial;
  try {
    trial = await tryCall(connect, echoRoom);
  } catch (error) {
    const { code, message } = toWireError(error);
    yield failure('path.hello', code, message, FIXES[code] ?? FIX);
    return;
  }
  const { online, stats, voice } = trial;
  yield ok('path.hello', `${online.station} knows you as ${online.name}`, {
    station: online.station,
    name: online.name,
  });
  yield* judgeTrial({ stats, voice, port: connect.port });
  if (tryTls && online.tlsPort !== undefined) yield await checkTls(connect, online.tlsPort);
}

const FIX = 'try again; if it stays so, ask the operator what the station logs';
const FIXES: { readonly [code: string]: string } = {
  'control.protocol':
    'check the port: an ordinary SSH server is not a station; a station runs voipterm serve',
  'control.version': 'install the same version of voipterm here and at the station',
  'control.name-taken': 'use the key that took the name, or another name (name@host)',
};
