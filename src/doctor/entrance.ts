/** The SSH handshake with a station: is its host key the known one, and does it let us in? Nothing is remembered. */
import { type ErrorCode, toWireError } from '../errors.ts';
import { HostKeyJudge } from '../net/control/host-key.ts';
import { logIn, stationLogin } from '../net/control/login.ts';
import { reach } from '../net/control/reach.ts';
import type { ConnectOptions } from '../net/tunnel/messages.ts';
import { bounded } from './bounded.ts';
import { type Check, failure, ok, warning } from './check.ts';

/** The way through a proxy and jump hosts, key exchange and login together. */
const LOGIN_MS = 15_000;

export interface Entrance {
  readonly checks: readonly Check[];
  /** Of the key that was shown and may be trusted here; undefined if we do not get in. */
  readonly fingerprint: string | undefined;
}

export async function checkEntrance(options: ConnectOptions): Promise<Entrance> {
  const judge = new HostKeyJudge(options);
  try {
    await bounded(LOGIN_MS, 'the SSH handshake', (signal) => enter(options, judge, signal));
    const login = ok('path.login', `the station admits your key, as ${options.user}`, { user: options.user });
    return { checks: [judged(judge), login], fingerprint: judge.fingerprint };
  } catch (error) {
    return { checks: afterwards(options, judge, toWireError(error)), fingerprint: undefined };
  }
}

async function enter(options: ConnectOptions, judge: HostKeyJudge, signal: AbortSignal): Promise<void> {
  const { stream } = await reach(options, signal);
  const client = await logIn(stream, stationLogin(options, judge), signal);
  client.end();
}

/** What is known of the host key, and then why we are not in. */
function afterwards(
  options: ConnectOptions,
  judge: HostKeyJudge,
  error: { code: ErrorCode; message: string },
): Check[] {
  if (judge.refusal) return [judged(judge)];
  const known = judge.fingerprint === '' ? [] : [judged(judge)];
  const { code, message } = error;
  const id = judge.fingerprint === '' ? 'path.ssh' : 'path.login';
  return [...known, failure(id, code, message, fixFor(code, options), { user: options.user })];
}

function fixFor(code: ErrorCode, { path }: ConnectOptions): string {
  if (code === 'control.auth-refused')
    return 'run voipterm keygen (with your -i, if you use one) and have the operator put the line into authorized_keys';
  if (code === 'identity.unreadable') return 'make a key with voipterm keygen, or name another with -i';
  if (code === 'control.proxy-refused') return 'mend client.proxy in config.toml, or --proxy';
  if (path?.proxy || path?.jumps?.length)
    return 'check the proxy and the jump hosts on the way, each by itself';
  return 'try again; if it stays so, ask the operator what the station logs';
}

function judged({ fingerprint, refusal, isNew }: HostKeyJudge): Check {
  const id = 'path.host-key';
  if (refusal) {
    const state = refusal.code === 'control.host-key-unknown' ? 'new' : 'changed';
    return failure(id, refusal.code, refusal.message, STRANGE_KEY, { fingerprint, state });
  }
  if (!isNew) return ok(id, `${fingerprint} is the known one`, { fingerprint, state: 'known' });
  const text = `${fingerprint} is new here, and was not remembered: the first connection will do that`;
  return warning(id, text, 'compare it with the fingerprint that the station prints when it starts', {
    fingerprint,
    state: 'new',
  });
}

const STRANGE_KEY =
  'ask the operator for the fingerprint that the station prints when it starts; do not connect before it is the same';
