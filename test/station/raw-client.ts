/** What tests need to talk to a real station without the program's own client: an SSH connection and a UDP socket. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2';
import { vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { LineDecoder } from '../../src/net/control/lines.ts';
import { ControlClient } from '../../src/net/control/rpc.ts';
import { MAX_LINE_BYTES, type StationNotification } from '../../src/net/control/schema.ts';
import { Connection } from '../../src/net/protocol/connection.ts';
import { CHANNEL, type Suite } from '../../src/net/protocol/constants.ts';
import { encodeReports } from '../../src/net/protocol/rtcp.ts';
import { encodeVoiceFrame } from '../../src/net/protocol/rtp.ts';
import { Station, type StationAddress, type StationOptions } from '../../src/station/station.ts';

/** Waits for what must come, however busy the machine is. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 10 });
}

export interface TestKey {
  readonly private: string;
  readonly public: string;
}

/** A key that can be read again, which ssh2 does not always make (see store/identity.ts). */
export function makeKey(): TestKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  return ssh2.utils.parseKey(pair.private) instanceof Error ? makeKey() : pair;
}

/** A directory that dispose() removes. */
export async function scratch(): Promise<{ path: string; dispose: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'voipterm-station-'));
  return { path, dispose: () => rm(path, { recursive: true, force: true }) };
}

export interface TestStation {
  readonly station: Station;
  readonly dir: string;
  readonly close: () => Promise<void>;
}

/** An open station on 127.0.0.1 with ports and a directory of its own. */
export async function startStation(options: Partial<StationOptions> = {}): Promise<TestStation> {
  const dir = await scratch();
  const station = await Station.open({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(dir.path, 'data'),
    authorizedKeys: join(dir.path, 'authorized_keys'),
    open: true,
    name: 'test',
    log: silentLog,
    ...options,
  });
  const close = async (): Promise<void> => {
    await station.close();
    await dir.dispose();
  };
  return { station, dir: dir.path, close };
}

export async function writeAuthorizedKeys(dir: string, keys: readonly TestKey[]): Promise<void> {
  await writeFile(join(dir, 'authorized_keys'), keys.map((key) => `${key.public}\n`).join(''), {
    mode: 0o600,
  });
}

/** A subsystem channel of an SSH connection with a typed client on it. */
export class RawClient {
  readonly ssh: ssh2.Client;
  readonly channel: ClientChannel;
  readonly control: ControlClient;
  readonly notifications: StationNotification[] = [];
  readonly lines: string[] = [];
  closed = false;

  constructor(ssh: ssh2.Client, channel: ClientChannel) {
    this.ssh = ssh;
    this.channel = channel;
    const decoder = new LineDecoder(MAX_LINE_BYTES);
    this.control = new ControlClient((line) => channel.write(`${line}\n`));
    this.control.onNotification = (notification) => this.notifications.push(notification);
    channel.on('data', (chunk: Uint8Array) => {
      for (const line of decoder.push(chunk).lines) {
        this.lines.push(line);
        this.control.receive(line);
      }
    });
    ssh.on('close', () => {
      this.closed = true;
    });
  }

  hello(): Promise<{ member: number; name: string }> {
    return this.control.call('hello', { versions: [1], client: 'test' });
  }

  close(): void {
    this.ssh.destroy();
  }
}

/** Where a station is, which may be one of this process or another's. */
export type Reachable = { readonly address: Pick<StationAddress, 'host' | 'port'> };

/** An authenticated SSH connection; rejects with what ssh2 says. */
export function connectSsh(
  station: Reachable,
  username: string,
  key: TestKey,
  more: Partial<ConnectConfig> = {},
): Promise<ssh2.Client> {
  const { host, port } = station.address;
  const ssh = new ssh2.Client();
  return new Promise((resolve, reject) => {
    ssh.once('ready', () => {
      ssh.on('error', () => undefined);
      resolve(ssh);
    });
    ssh.once('error', reject);
    ssh.connect({ host, port, username, privateKey: key.private, ...more });
  });
}

/** The control channel of a new connection; says nothing yet. */
export async function connectRaw(
  station: Reachable,
  username: string,
  key = makeKey(),
  more: Partial<ConnectConfig> = {},
): Promise<RawClient> {
  const ssh = await connectSsh(station, username, key, more);
  return new Promise((resolve, reject) => {
    ssh.subsys('voipterm', (error, channel) =>
      error ? reject(error) : resolve(new RawClient(ssh, channel)),
    );
  });
}

/** A member in a room. */
export async function joinAs(
  station: Reachable,
  name: string,
  room: string,
  key = makeKey(),
  more: Partial<ConnectConfig> = {},
): Promise<RawClient & { id: number }> {
  const client = await connectRaw(station, name, key, more);
  const { member } = await client.hello();
  await client.control.call('room.join', { room });
  return Object.assign(client, { id: member });
}

/** The client's end of the datagram plane, driven by hand. */
export class RawDatagrams {
  readonly socket: dgram.Socket;
  readonly connection: Connection;
  readonly heard: Uint8Array[] = [];
  /** Every datagram sent, sealed. */
  readonly sent: Uint8Array[] = [];
  #remote: { address: string; port: number };

  constructor(socket: dgram.Socket, connection: Connection, remote: { address: string; port: number }) {
    this.socket = socket;
    this.connection = connection;
    this.#remote = remote;
    socket.on('message', (datagram, from) => {
      connection.receive(datagram, from, performance.now());
      this.drain();
    });
  }

  drain(): void {
    for (let out = this.connection.poll(); out; out = this.connection.poll()) {
      if (out.kind === 'datagram') {
        this.sent.push(out.bytes);
        this.sendRaw(out.bytes);
      } else if (out.kind === 'payload') this.heard.push(out.payload);
    }
  }

  sendRaw(bytes: Uint8Array): void {
    this.socket.send(bytes, this.#remote.port, this.#remote.address);
  }

  say(packet: Uint8Array): void {
    this.connection.send(CHANNEL.voice, packet, performance.now());
    this.drain();
  }

  /** Probes until the station has answered: from then on it knows where we are. */
  async settle(): Promise<void> {
    this.connection.tick(performance.now());
    this.drain();
    await eventually(() => {
      if (this.connection.stats(performance.now()).received === 0) throw new Error('no answer to the probe');
    });
  }

  close(): void {
    this.connection.close();
    this.socket.close();
  }
}

/** Opens a member's datagram session and waits until the path is known. */
export async function openDatagrams(
  station: Reachable,
  client: RawClient,
  suite: Suite = 'chacha20-poly1305',
): Promise<RawDatagrams> {
  const { session, clientKey, stationKey, udpPort } = await client.control.call('datagram.open', {
    suites: [suite],
  });
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const remote = { address: station.address.host, port: udpPort };
  const connection = new Connection({
    role: 'client',
    session,
    suite,
    clientKey: Buffer.from(clientKey, 'base64'),
    stationKey: Buffer.from(stationKey, 'base64'),
    remote,
    now: performance.now(),
  });
  const datagrams = new RawDatagrams(socket, connection, remote);
  await datagrams.settle();
  return datagrams;
}

/** A voice frame of `ssrc` with a recognisable payload. */
export function voiceFrame(
  ssrc: number,
  seq: number,
  payload: Uint8Array = Uint8Array.of(1, 2, 3),
): Uint8Array {
  return encodeVoiceFrame({
    seq,
    timestamp: seq * 960,
    ssrc,
    marker: seq === 0,
    last: false,
    level: 30,
    payload,
  });
}

/** What a listener says of these speakers: an eighth is lost. */
export function reportOn(reporter: number, speakers: readonly number[]): Uint8Array {
  const metrics = {
    lossRate: 0.125,
    discardRate: 0,
    burstMs: 20,
    gapMs: 160,
    playoutDelayMs: 60,
    longestDelayMs: 80,
    maxDelayMs: 250,
  };
  const report = { fractionLost: 0.125, cumulativeLost: 5, highestSeq: 40, jitter: 10, metrics };
  return encodeReports({ reporter, reports: speakers.map((ssrc) => ({ ssrc, ...report })) });
}
