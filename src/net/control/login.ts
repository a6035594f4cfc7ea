/** The SSH handshake of a client on a stream that is there: host key, user key, and the reasons of a failure in words. */
import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { sentenceOf, VoiptermError } from '../../errors.ts';
import type { ConnectOptions, Identity, Jump } from '../tunnel/messages.ts';
import { NESTED_ALGORITHMS, SSH_ALGORITHMS } from './algorithms.ts';
import type { HostKeyJudge } from './host-key.ts';
import { closed, STEP_TIMEOUT_MS } from './tcp.ts';

/**
 * Keepalives find a dead TCP path in 42 s and keep a NAT's entry alive; probes in the datagrams' stream find it sooner. More
 * often than the station's, which then need not send any.
 */
const KEEPALIVE_INTERVAL_MS = 14_000;
const KEEPALIVE_MISSES = 2;

export interface LoginOptions {
  readonly user: string;
  readonly identity: Identity;
  /** Token of an invitation, shown before the key. */
  readonly invite?: string | undefined;
  /** For the sentences: "host port 2222". */
  readonly where: string;
  /** What the server is taken for: "station", "jump host". */
  readonly what: string;
  /** Judges the host key; false refuses it. */
  readonly accepts: (key: Buffer) => boolean;
  /** Why the host key was refused, if it was. */
  readonly refusal: () => VoiptermError | undefined;
  /** Host key types to ask for, preferred first; a station's by default. */
  readonly hostKeyTypes?: readonly ServerHostKeyAlgorithm[];
  /** The stream is a channel of another SSH connection of this process. */
  readonly nested: boolean;
}

/** How to log in at a station. */
export function stationLogin(options: ConnectOptions, judge: HostKeyJudge): LoginOptions {
  const login = loginAt('station', options, judge, (options.path?.jumps ?? []).length > 0);
  return { ...login, invite: options.invite };
}

/** How to log in at a jump host, whose key may be of any type that is known of it. */
export function jumpLogin(jump: Jump, judge: HostKeyJudge, nested: boolean): LoginOptions {
  return { ...loginAt('jump host', jump, judge, nested), hostKeyTypes: judge.knownTypes() };
}

function loginAt(
  what: string,
  { host, port, user, identity }: Pick<Jump, 'host' | 'port' | 'user' | 'identity'>,
  judge: HostKeyJudge,
  nested: boolean,
): LoginOptions {
  return {
    user,
    identity,
    where: `${host} port ${port}`,
    what,
    accepts: (key) => judge.accepts(key),
    refusal: () => judge.refusal,
    nested,
  };
}

/**
 * Logs in over `stream`; the caller owns the stream, and the client from then on.
 * @throws VoiptermError that says which step failed; 'tunnel.closed' once `signal` is aborted.
 */
export async function logIn(stream: Duplex, options: LoginOptions, signal: AbortSignal): Promise<Client> {
  const client = new ssh2.Client();
  // The SSH library may report one failure twice; the first counts, the others must not go unhandled.
  client.on('error', () => undefined);
  const abort = (): void => void stream.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) throw closed();
    await authenticate(client, stream, options);
    return client;
  } catch (error) {
    client.destroy();
    stream.destroy();
    throw signal.aborted ? closed() : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function authenticate(client: Client, stream: Duplex, options: LoginOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', (error) => reject(options.refusal() ?? handshakeError(error, options)));
    client.once('close', () => reject(options.refusal() ?? closedDuringHandshake(options)));
    const { user, accepts, hostKeyTypes, nested } = options;
    const algorithms = nested ? NESTED_ALGORITHMS : SSH_ALGORITHMS;
    const config: ConnectConfig = {
      sock: stream,
      username: user,
      algorithms: hostKeyTypes ? { ...algorithms, serverHostKey: [...hostKeyTypes] } : algorithms,
      hostVerifier: (key: Buffer) => accepts(key),
      readyTimeout: STEP_TIMEOUT_MS,
      keepaliveInterval: KEEPALIVE_INTERVAL_MS,
      keepaliveCountMax: KEEPALIVE_MISSES,
      ...credentials(options),
    };
    try {
      client.connect(config);
    } catch (error) {
      const why = sentenceOf(error);
      reject(new VoiptermError('identity.unreadable', `the SSH key cannot be used: ${why}`));
    }
  });
}

/** A station takes an invitation as a password, and then any key of ours. */
function credentials({ user: username, identity, invite }: LoginOptions): Partial<ConnectConfig> {
  if (invite === undefined) {
    return identity.from === 'key' ? { privateKey: identity.privateKey } : { agent: identity.socket };
  }
  const steps: AnyAuthMethod[] = [
    { type: 'password', username, password: invite },
    identity.from === 'key'
      ? { type: 'publickey', username, key: identity.privateKey }
      : { type: 'agent', username, agent: identity.socket },
  ];
  return { authHandler: steps };
}

function handshakeError(
  error: Error & { level?: string },
  { where, what, user, identity, invite }: LoginOptions,
): VoiptermError {
  if (error.level === 'client-authentication' && invite !== undefined) {
    return new VoiptermError(
      'control.auth-refused',
      `the ${what} at ${where} knows neither this invitation nor your key (as ${user}); ask for a new one`,
    );
  }
  if (error.level === 'client-authentication') {
    const key = identity.from === 'agent' ? 'admits no key of your ssh-agent' : 'does not admit your key';
    return new VoiptermError(
      'control.auth-refused',
      `the ${what} at ${where} ${key} (as ${user}); give its operator your public key ("voipterm keygen" prints it) for authorized_keys`,
    );
  }
  if (error.level === 'agent') {
    return new VoiptermError('identity.unreadable', `ssh-agent does not answer: ${error.message}`);
  }
  return new VoiptermError('control.unreachable', `${where} answers, but not as a ${what}: ${error.message}`);
}

function closedDuringHandshake({ where }: LoginOptions): VoiptermError {
  return new VoiptermError('control.unreachable', `${where} closed the connection during the handshake`);
}
