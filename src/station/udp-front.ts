/**
 * The datagram side of a station: its UDP ports, the members' streams, and a connection for each member.
 *
 * A datagram of no session, or one that does not authenticate, is counted and answered by nothing.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Duplex } from 'node:stream';
import { VoiptermError } from '../errors.ts';
import { Connection } from '../net/protocol/connection.ts';
import {
  CHANNEL,
  type Channel,
  KEY_BYTES,
  MAX_PAYLOAD_BYTES,
  type Route,
  STREAM_ROUTE,
  type Suite,
} from '../net/protocol/constants.ts';
import { receiverOf } from '../net/protocol/packet.ts';
import type { BulkGate } from '../net/tunnel/bulk-gate.ts';
import { ForwardLine } from '../net/tunnel/forward-line.ts';
import { StreamCarrier } from '../net/tunnel/stream-carrier.ts';
import type { Counters } from './counters.ts';
import { Forgeries } from './forgeries.ts';
import { MAX_VOICE_BITRATE } from './limits.ts';
import type { Rooms } from './rooms.ts';
import { VoiceAllowance, VoiceLine } from './voice-line.ts';

/**
 * Asked of the system for each direction; it gives what it allows. 60 ms of 1,200-byte datagrams at 30,000 a second fit. Not
 * more: a buffer that stays full is a queue that voice stands in (4 MiB: 100 ms and more).
 */
const SOCKET_BUFFER_BYTES = 2 * 1024 * 1024;
/** A station's connections have coarse deadlines: old keys, statements of the peer that are too old. */
const TICK_MS = 250;

interface Session {
  readonly member: number;
  readonly suite: Suite;
  readonly connection: Connection;
  readonly voice: VoiceAllowance;
  /** Under which packets come: more than one for some seconds after the keys were renewed. */
  readonly indices: Set<number>;
  stream: StreamCarrier | undefined;
}

/** What a client needs for its end. */
export interface DatagramKeys {
  readonly session: number;
  /** Base64. */
  readonly clientKey: string;
  readonly stationKey: string;
}

export class UdpFront {
  /** Takes each authentic payload of the forward channel; the bytes are a view that nobody else uses. */
  onForward: ((member: number, payload: Uint8Array, now: number) => void) | undefined;
  readonly #sockets: readonly Socket[];
  readonly #counters: Counters;
  readonly #voice: VoiceLine;
  readonly #maxVoiceBitrate: number;
  readonly #forwards = new ForwardLine<number>((member, payload, now) =>
    this.onForward?.(member, payload, now),
  );
  readonly #forgeries = new Forgeries();
  readonly #byIndex = new Map<number, Session>();
  readonly #byMember = new Map<number, Session>();
  #tickTimer: NodeJS.Timeout | undefined;

  /**
   * Takes over bound sockets: the main UDP port's first, then those of the further ports in the order that members are
   * told. `maxVoiceBitrate` is what one member's voice may take, bit/s; 0 for no bound.
   */
  constructor(
    sockets: readonly Socket[],
    rooms: Rooms,
    counters: Counters,
    maxVoiceBitrate: number = MAX_VOICE_BITRATE,
  ) {
    this.#maxVoiceBitrate = maxVoiceBitrate;
    this.#sockets = sockets;
    this.#counters = counters;
    this.#voice = new VoiceLine(rooms, counters, (member, packet, now) =>
      this.send(member, CHANNEL.voice, packet, now),
    );
    for (const [route, socket] of sockets.entries()) {
      growBuffers(socket);
      socket.on('message', (datagram, from) => this.#receive(datagram, from, route));
      socket.on('error', () => undefined); // an unreachable peer; its probes will tell
    }
  }

  /** Opens a member's session with fresh keys; one that it had ends. */
  open(member: number, suite: Suite): DatagramKeys {
    this.closeMember(member);
    const now = performance.now();
    return this.#withKeys((session, clientKey, stationKey) => {
      const made: Session = {
        member,
        suite,
        connection: new Connection({
          role: 'station',
          session,
          suite,
          clientKey,
          stationKey,
          remote: null,
          now,
        }),
        voice: new VoiceAllowance(this.#maxVoiceBitrate, now),
        indices: new Set([session]),
        stream: undefined,
      };
      this.#byIndex.set(session, made);
      this.#byMember.set(member, made);
      this.#tickTimer ??= setInterval(() => this.#tick(), TICK_MS);
    });
  }

  /**
   * Makes new keys for a member's session. The old ones are in force until a packet under the new comes, and some
   * seconds longer for what is on its way. Throws 'control.protocol' if that is not the member's session.
   */
  rekey(member: number, index: number): DatagramKeys {
    const session = this.#byMember.get(member);
    if (!session?.indices.has(index)) {
      throw new VoiptermError('control.protocol', 'That is not your datagram session: open one first.');
    }
    return this.#withKeys((fresh, clientKey, stationKey) => {
      const { suite, connection } = session;
      session.indices.add(fresh);
      this.#byIndex.set(fresh, session);
      const now = performance.now();
      connection.renew({ session: fresh, suite, clientKey, stationKey }, now);
      this.#drain(session, now);
    });
  }

  /** Ends a member's session and forgets its keys. */
  closeMember(member: number): void {
    const session = this.#byMember.get(member);
    if (!session) return;
    addDrops(this.#counters, session);
    session.connection.close();
    this.#byMember.delete(member);
    for (const index of session.indices) this.#byIndex.delete(index);
    session.stream?.close();
    if (this.#byMember.size > 0) return;
    clearInterval(this.#tickTimer);
    this.#tickTimer = undefined;
  }

  /** Seals one payload for a member and sends it; false if it has no session or no known address, or it is too large. */
  send(member: number, channel: Channel, payload: Uint8Array, now: number = performance.now()): boolean {
    const session = this.#byMember.get(member);
    if (!session?.connection.send(channel, payload, now)) return false;
    this.#drain(session, now);
    return true;
  }

  /** Takes a byte stream of a member's SSH connection ('voipterm-datagrams') as a way for its datagrams. */
  attachStream(member: number, stream: Duplex, gate?: BulkGate): void {
    const session = this.#byMember.get(member);
    if (!session) return void stream.destroy();
    this.#dropStream(session);
    const carrier = new StreamCarrier(stream, {
      onPacket: (packet) => this.#take(session, packet, null, STREAM_ROUTE),
      onClose: () => {
        if (session.stream === carrier) this.#dropStream(session);
      },
      gate,
    });
    session.stream = carrier;
    session.connection.openStream(true, performance.now());
  }

  /** Largest payload that goes out to a member at present, bytes. */
  maxPayload(member: number): number {
    return this.#byMember.get(member)?.connection.maxPayload() ?? MAX_PAYLOAD_BYTES;
  }

  /** For how long no authentic datagram of a member came although one was due, ms; null before the first, or without a session. */
  silenceMs(member: number): number | null {
    return this.#byMember.get(member)?.connection.liveness.silenceMs(performance.now()) ?? null;
  }

  /** Asks a member at rest to show that it lives. */
  rouse(member: number): void {
    const session = this.#byMember.get(member);
    if (!session) return;
    const now = performance.now();
    session.connection.rouse(now);
    this.#drain(session, now);
  }

  /** Adds what the open connections dropped to a copy of the counters. */
  withLiveDrops(counters: Counters): Counters {
    const sum = { ...counters };
    for (const session of this.#byMember.values()) addDrops(sum, session);
    sum.forwardShed += this.#forwards.shed;
    return sum;
  }

  /** Ends all sessions and the sockets. */
  async close(): Promise<void> {
    for (const member of [...this.#byMember.keys()]) this.closeMember(member);
    this.#voice.close();
    this.#forwards.close();
    await Promise.all(this.#sockets.map((socket) => new Promise<void>((done) => socket.close(done))));
  }

  /** Makes an index and keys, gives them to `use`, wipes ours and returns them as the client gets them. */
  #withKeys(use: (session: number, clientKey: Buffer, stationKey: Buffer) => void): DatagramKeys {
    let session = randomInt(2 ** 32);
    while (this.#byIndex.has(session)) session = randomInt(2 ** 32);
    const [client, station] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)];
    use(session, client, station);
    const keys = { session, clientKey: client.toString('base64'), stationKey: station.toString('base64') };
    client.fill(0);
    station.fill(0);
    return keys;
  }

  #receive(datagram: Uint8Array, from: RemoteInfo, route: Route): void {
    this.#counters.datagrams += 1;
    const index = receiverOf(datagram);
    const session = index === undefined ? undefined : this.#byIndex.get(index);
    if (session) this.#take(session, datagram, from, route);
    else this.#counters.unroutable += 1;
  }

  #take(session: Session, packet: Uint8Array, from: RemoteInfo | null, route: Route): void {
    const now = performance.now();
    const { connection } = session;
    if (from && !connection.isAt(route, from) && !this.#forgeries.admits(from.address, now)) {
      this.#counters.forgeriesIgnored += 1;
      return;
    }
    const authentic = connection.receive(packet, from, now, route);
    if (!authentic && from) this.#forgeries.failed(from.address, now);
    this.#drain(session, now);
  }

  #drain(session: Session, now: number): void {
    let streamed = false;
    for (let out = session.connection.poll(); out; out = session.connection.poll()) {
      if (out.kind === 'datagram') {
        if (out.to) this.#sockets[out.route]?.send(out.bytes, out.to.port, out.to.address);
        else {
          session.stream?.send(out.bytes, out.channel);
          streamed = true;
        }
      } else if (out.kind === 'payload') this.#deliver(session, out.channel, out.payload, now);
      else if (out.kind === 'retired') {
        session.indices.delete(out.session);
        this.#byIndex.delete(out.session);
      }
    }
    if (streamed) session.stream?.flush();
  }

  #deliver(session: Session, channel: Channel, payload: Uint8Array, now: number): void {
    if (channel === CHANNEL.voice) this.#voice.hear(session.member, session.voice, payload, now);
    else this.#forwards.take(session.member, payload, now);
  }

  #dropStream(session: Session): void {
    if (!session.stream) return;
    addStale(this.#counters, session.stream);
    session.stream.close();
    session.stream = undefined;
    session.connection.openStream(false, performance.now());
  }

  #tick(): void {
    const now = performance.now();
    for (const session of this.#byMember.values()) {
      if (session.connection.nextDeadline() > now) continue;
      session.connection.tick(now);
      this.#drain(session, now);
    }
  }
}

function growBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // the system's own size does for small stations
  }
}

function addDrops(counters: Counters, { connection, stream }: Session): void {
  const { dropped } = connection.stats(0);
  counters.malformed += dropped.malformed;
  counters.unauthentic += dropped.unauthentic;
  counters.replayed += dropped.replayed;
  if (stream) addStale(counters, stream);
}

function addStale(counters: Counters, stream: StreamCarrier): void {
  const { voice, control, forward, bulk } = stream.dropped;
  counters.streamStale += voice + control + forward + bulk;
}
