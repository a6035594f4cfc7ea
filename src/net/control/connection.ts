/**
 * The client's SSH connection to a station: TCP, host key, user key, the `voipterm` subsystem.
 *
 * It moves lines; what they mean is rpc.ts's business. Modern algorithms only, as the station's.
 */
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { VoiptermError } from '../../errors.ts';
import type { ConnectOptions } from '../tunnel/messages.ts';
import { ControlChannels } from './channels.ts';
import { HostKeyJudge } from './host-key.ts';
import { LineDecoder } from './lines.ts';
import { logIn, stationLogin } from './login.ts';
import { reach } from './reach.ts';
import { CONTROL_SUBSYSTEM, MAX_LINE_BYTES } from './schema.ts';
import { closed } from './tcp.ts';

/** How long the last words may take to leave before the socket is cut. */
const LINGER_MS = 1_000;

export interface ControlConnection {
  /** The station's address, where datagrams go; null behind a proxy or jump host that alone knows it. */
  readonly remoteAddress: string | null;
  /** The station's host key, "SHA256:...". */
  readonly fingerprint: string;
  /** True if the host key was not known before and was added to known_hosts. */
  readonly newHostKey: boolean;
  /** TCP through the station, and the stream for datagrams. */
  readonly channels: ControlChannels;
  sendLine(line: string): void;
  /** Ends it after what was sent. */
  close(): void;
  /** Ends it as lost: the station was seen not to answer in it any more. */
  lose(): void;
}

export interface ControlEvents {
  onLine(line: string): void;
  /** Called once when the connection ends after it was open, however it ends. */
  onClose(reason: VoiptermError): void;
}

/**
 * Connects; rejects with the VoiptermError that says which step failed and what to do, or 'tunnel.closed' once
 * `signal` is aborted.
 */
export async function openControl(
  options: ConnectOptions,
  events: ControlEvents,
  signal: AbortSignal,
): Promise<ControlConnection> {
  const judge = new HostKeyJudge(options);
  const { stream, address: remoteAddress } = await reach(options, signal);
  const client = await logIn(stream, stationLogin(options, judge), signal);
  const abort = (): void => void stream.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const channel = await openSubsystem(client);
    const { fingerprint, added: newHostKey } = judge;
    const control = new ControlLines({ client, stream, channel }, events);
    return Object.assign(control, { remoteAddress, fingerprint, newHostKey });
  } catch (error) {
    client.destroy();
    stream.destroy();
    throw signal.aborted ? closed() : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function openSubsystem(client: Client): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new VoiptermError('control.protocol', `this SSH server is no voipterm station: ${why}`));
    client.once('close', () => fail('it closed the connection'));
    client.subsys(CONTROL_SUBSYSTEM, (error, channel) => (error ? fail(error.message) : resolve(channel)));
  });
}

interface Parts {
  readonly client: Client;
  readonly stream: Duplex;
  readonly channel: ClientChannel;
}

/** The control channel as lines, and the end of the connection, which comes once. */
class ControlLines {
  readonly channels: ControlChannels;
  readonly #parts: Parts;
  readonly #events: ControlEvents;
  readonly #decoder = new LineDecoder(MAX_LINE_BYTES);
  #open = true;

  constructor(parts: Parts, events: ControlEvents) {
    const { client, channel } = parts;
    this.#parts = parts;
    this.#events = events;
    this.channels = new ControlChannels(client);
    const lost = (): void => this.lose();
    channel.on('data', (chunk: Buffer) => this.#receive(chunk));
    channel.on('close', lost);
    channel.on('error', lost);
    channel.stderr.resume(); // unread bytes would stop the channel's flow
    client.on('error', lost);
    client.on('close', lost);
  }

  sendLine(line: string): void {
    if (this.#open) this.#parts.channel.write(`${line}\n`);
  }

  close(): void {
    this.#end(closed());
  }

  lose(): void {
    this.#end(new VoiptermError('control.unreachable', 'the connection to the station was lost'));
  }

  #receive(chunk: Buffer): void {
    const { lines, overflow } = this.#decoder.push(chunk);
    for (const line of lines) if (this.#open) this.#events.onLine(line);
    if (overflow)
      this.#end(new VoiptermError('control.protocol', 'the station sent a line over the size bound'));
  }

  #end(reason: VoiptermError): void {
    if (!this.#open) return;
    this.#open = false;
    this.channels.close();
    const { client, stream } = this.#parts;
    client.end();
    // A path that takes nothing any more must not keep the socket for ever.
    setTimeout(() => stream.destroy(), LINGER_MS).unref();
    this.#events.onClose(reason);
  }
}
