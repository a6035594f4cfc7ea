/** The SSH handshake with a station: is its host key the known one, and does it let us in? Nothing is remembered. */
import { type ErrorCode, toWireError, type VoiptermError } from '../errors.ts';
import { HostKeyJudge } from '../net/control/host-key.ts';
import { logIn } from '../net/control/login.ts';
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
  const judge = new StrictJudge(options);
  try {
    await bounded(LOGIN_MS, 'the SSH handshake', (signal) => enter(options, judge, signal));
    const login = ok('path.login', `the station admits your key, as ${options.user}`, { user: options.user });
    return { checks: [judge.check(), login], fingerprint: judge.fingerprint };
  } catch (error) {
    return { checks: afterwards(options, judge, toWireError(error)), fingerprint: undefined };
  }
}

async function enter(options: ConnectOptions, judge: StrictJudge, signal: AbortSignal): Promise<void> {
  const { stream } = await reach(options, signal);
  const client = await logIn(
    stream,
    {
      user: options.user,
      identity: options.identity,
      where: `${options.host} port ${options.port}`,
      what: 'station',
      nested: (options.path?.jumps ?? []).length > 0,
      accepts: (key) => judge.accepts(key),
      refusal: () => judge.refusal,
    },
    signal,
  );
  client.end();
}

/** What is known of the host key, and then why we are not in. */
function afterwards(
  options: ConnectOptions,
  judge: StrictJudge,
  error: { code: ErrorCode; message: string },
): Check[] {
  if (judge.refusal) return [judge.check()];
  const known = judge.fingerprint === '' ? [] : [judge.check()];
  const { code, message } = error;
  const id = judge.fingerprint === '' ? 'path.ssh' : 'path.login';
  return [...known, failure(id, code, message, fixFor(code), { user: options.user })];
}

function fixFor(code: ErrorCode): string {
  if (code === 'control.auth-refused')
    return 'run voipterm keygen (with your -i, if you use one) and have the operator put the line into authorized_keys';
  if (code === 'identity.unreadable') return 'make a key with voipterm keygen, or name another with -i';
  if (code === 'control.proxy-refused') return 'mend client.proxy in config.toml, or --proxy';
  return 'try again; if it stays so, ask the operator what the station logs';
}

/** Judges as a connection would, except that an unknown key is not written to known_hosts. */
class StrictJudge {
  readonly #judge: HostKeyJudge;
  readonly #trusts: boolean;

  constructor({ host, port, hostKey }: ConnectOptions) {
    const strict = hostKey.by === 'known-hosts' ? { ...hostKey, unknown: 'strict' as const } : hostKey;
    this.#judge = new HostKeyJudge({ host, port, hostKey: strict });
    this.#trusts = hostKey.by === 'known-hosts' && hostKey.unknown === 'tofu';
  }

  /** '' before a key was shown. */
  get fingerprint(): string {
    return this.#judge.fingerprint;
  }

  get refusal(): VoiptermError | undefined {
    return this.#isNew ? undefined : this.#judge.refusal;
  }

  get #isNew(): boolean {
    return this.#trusts && this.#judge.refusal?.code === 'control.host-key-unknown';
  }

  accepts(key: Buffer): boolean {
    this.#judge.accepts(key);
    return this.refusal === undefined;
  }

  check(): Check {
    const id = 'path.host-key';
    const { fingerprint, refusal } = this;
    if (refusal) {
      const state = refusal.code === 'control.host-key-unknown' ? 'new' : 'changed';
      return failure(id, refusal.code, refusal.message, STRANGE_KEY, { fingerprint, state });
    }
    if (!this.#isNew) return ok(id, `${fingerprint} is the known one`, { fingerprint, state: 'known' });
    const text = `${fingerprint} is new here, and was not remembered: the first connection will do that`;
    return warning(id, text, 'compare it with the fingerprint that the station prints when it starts', {
      fingerprint,
      state: 'new',
    });
  }
}

const STRANGE_KEY =
  'ask the operator for the fingerprint that the station prints when it starts; do not connect before it is the same';
