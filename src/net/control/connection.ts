/**
 * The client's SSH connection to a station: TCP, host key, user key, the `voipterm` subsystem.
 *
 * It moves lines; what they mean is rpc.ts's business. Modern algorithms only, as the station's.
 */
import { connect, type Socket } from 'node:net';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { errnoOf, VoiptermError } from '../../errors.ts';
import type { ConnectOptions } from '../tunnel/messages.ts';
import { SSH_ALGORITHMS } from './algorithms.ts';
import { ControlChannels } from './channels.ts';
import { HostKeyJudge } from './host-key.ts';
import { LineDecoder } from './lines.ts';
import { CONTROL_SUBSYSTEM, MAX_LINE_BYTES } from './schema.ts';

/** From TCP connect to an authenticated session. */
const READY_TIMEOUT_MS = 15_000;
/** SSH keepalives find a dead TCP path within half a minute, and keep NAT entries of TCP alive. */
const KEEPALIVE_INTERVAL_MS = 10_000;
const KEEPALIVE_MISSES = 3;

export interface ControlConnection {
  /** The address that TCP reached: datagrams go to the same host. */
  readonly remoteAddress: string;
  /** The station's host key, "SHA256:...". */
  readonly fingerprint: string;
  /** True if the host key was not known before and was added to known_hosts. */
  readonly newHostKey: boolean;
  /** TCP through the station, and the stream for datagrams. */
  readonly channels: ControlChannels;
  sendLine(line: string): void;
  close(): void;
}

export interface ControlEvents {
  onLine(line: string): void;
  /** Called once when the connection ends after it was open, however it ends. */
  onClose(reason: VoiptermError): void;
}

/** Connects; rejects with the VoiptermError that says which step failed and what to do. */
export async function openControl(
  options: ConnectOptions,
  events: ControlEvents,
): Promise<ControlConnection> {
  const judge = new HostKeyJudge(options);
  const socket = await openTcp(options.host, options.port);
  const client = new ssh2.Client();
  // The SSH library may report one failure twice; the first counts, the others must not go unhandled.
  client.on('error', () => undefined);
  try {
    await authenticate(client, socket, options, judge);
    const channel = await openSubsystem(client);
    return attach(client, channel, judge, socket.remoteAddress ?? options.host, events);
  } catch (error) {
    client.destroy();
    socket.destroy();
    throw error;
  }
}

function openTcp(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new VoiptermError('control.unreachable', `cannot reach ${host} port ${port}: ${reason}`));
    };
    socket.setTimeout(READY_TIMEOUT_MS, () => fail('no answer'));
    socket.once('error', (error) => fail(tcpReason(error)));
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

const TCP_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (is the station running?)',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
};

function tcpReason(error: Error): string {
  return TCP_REASONS[errnoOf(error) ?? ''] ?? error.message;
}

function authenticate(
  client: Client,
  socket: Socket,
  options: ConnectOptions,
  judge: HostKeyJudge,
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', (error) => reject(judge.refusal ?? handshakeError(error, options)));
    client.once('close', () => reject(judge.refusal ?? closedDuringHandshake(options)));
    const config: ConnectConfig = {
      sock: socket,
      username: options.user,
      algorithms: SSH_ALGORITHMS,
      hostVerifier: (key: Buffer) => judge.accepts(key),
      readyTimeout: READY_TIMEOUT_MS,
      keepaliveInterval: KEEPALIVE_INTERVAL_MS,
      keepaliveCountMax: KEEPALIVE_MISSES,
      ...(options.identity.from === 'key'
        ? { privateKey: options.identity.privateKey }
        : { agent: options.identity.socket }),
    };
    try {
      client.connect(config);
    } catch (error) {
      reject(new VoiptermError('identity.unreadable', `the SSH key cannot be used: ${messageOf(error)}`));
    }
  });
}

function handshakeError(
  error: Error & { level?: string },
  { host, port, user, identity }: ConnectOptions,
): VoiptermError {
  const where = `${host} port ${port}`;
  if (error.level === 'client-authentication') {
    const key = identity.from === 'agent' ? 'no key of your ssh-agent' : 'not your key';
    return new VoiptermError(
      'control.auth-refused',
      `the station at ${where} admits ${key} (as ${user}); give its operator your public key ("voipterm keygen" prints it) for authorized_keys`,
    );
  }
  if (error.level === 'agent') {
    return new VoiptermError('identity.unreadable', `ssh-agent does not answer: ${error.message}`);
  }
  return new VoiptermError('control.unreachable', `${where} answers, but not as a station: ${error.message}`);
}

function closedDuringHandshake({ host, port }: ConnectOptions): VoiptermError {
  return new VoiptermError(
    'control.unreachable',
    `${host} port ${port} closed the connection during the handshake`,
  );
}

function openSubsystem(client: Client): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new VoiptermError('control.protocol', `this SSH server is no voipterm station: ${why}`));
    client.once('close', () => fail('it closed the connection'));
    client.subsys(CONTROL_SUBSYSTEM, (error, channel) => (error ? fail(error.message) : resolve(channel)));
  });
}

function attach(
  client: Client,
  channel: ClientChannel,
  judge: HostKeyJudge,
  remoteAddress: string,
  events: ControlEvents,
): ControlConnection {
  const decoder = new LineDecoder(MAX_LINE_BYTES);
  const channels = new ControlChannels(client);
  let open = true;
  const end = (reason: VoiptermError): void => {
    if (!open) return;
    open = false;
    channels.close();
    client.end();
    client.destroy();
    events.onClose(reason);
  };
  const lost = (): void =>
    end(new VoiptermError('control.unreachable', 'the connection to the station was lost'));
  channel.on('data', (chunk: Buffer) => {
    const { lines, overflow } = decoder.push(chunk);
    for (const line of lines) if (open) events.onLine(line);
    if (overflow) end(new VoiptermError('control.protocol', 'the station sent a line over the size bound'));
  });
  channel.on('close', lost);
  channel.on('error', lost);
  channel.stderr.resume(); // unread bytes would stop the channel's flow
  client.on('error', lost);
  client.on('close', lost);
  return {
    remoteAddress,
    fingerprint: judge.fingerprint,
    newHostKey: judge.added,
    channels,
    sendLine: (line) => {
      if (open) channel.write(`${line}\n`);
    },
    close: () => end(new VoiptermError('tunnel.closed', 'the connection was closed')),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
