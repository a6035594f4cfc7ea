/**
 * The datagram side of a station: its UDP ports, the members' streams, and a connection for each member.
 *
 * A datagram of no session, or one that does not authenticate, is counted and answered by nothing.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Duplex } from 'node:stream';
import {
  CHANNEL,
  type Channel,
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
import { type DatagramKeys, DatagramSessions, type StationEnd } from './datagram-sessions.ts';
import { Forgeries } from './forgeries.ts';
import { MAX_VOICE_BITRATE } from './limits.ts';
import type { Rooms } from './rooms.ts';
import { VoiceLine } from './voice-line.ts';

/**
 * Asked of the system for each direction; it gives what it allows. 60 ms of 1,200-byte datagrams at 30,000 a second fit. Not
 * more: a buffer that stays full is a queue that voice stands in (4 MiB: 100 ms and more).
 */
const SOCKET_BUFFER_BYTES = 2 * 1024 * 1024;
/** A station's connections have coarse deadlines: old keys, statements of the peer that are too old. */
const TICK_MS = 250;

export class UdpFront {
  /** Takes each authentic payload of the forward channel; the bytes are a view that nobody else uses. */
  onForward: ((member: number, payload: Uint8Array, now: number) => void) | undefined;
  readonly #sockets: readonly Socket[];
  readonly #counters: Counters;
  readonly #voice: VoiceLine;
  readonly #forwards = new ForwardLine<number>((member, payload, now) =>
    this.onForward?.(member, payload, now),
  );
  readonly #forgeries = new Forgeries();
  readonly #sessions: DatagramSessions;
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
    this.#sessions = new DatagramSessions(maxVoiceBitrate);
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
    const keys = this.#sessions.open(member, suite, performance.now());
    this.#tickTimer ??= setInterval(() => this.#tick(), TICK_MS);
    return keys;
  }

  /**
   * Makes new keys for a member's session. The old ones are in force until a packet under the new comes, and some
   * seconds longer for what is on its way. Throws 'control.protocol' if that is not the member's session.
   */
  rekey(member: number, index: number): DatagramKeys {
    const now = performance.now();
    const keys = this.#sessions.renew(member, index, now);
    const session = this.#sessions.of(member);
    if (session) this.#drain(session, now);
    return keys;
  }

  /** Ends a member's session and forgets its keys. */
  closeMember(member: number): void {
    const session = this.#sessions.of(member);
    if (!session) return;
    addDrops(this.#counters, session);
    this.#sessions.end(session);
    if (this.#sessions.size > 0) return;
    clearInterval(this.#tickTimer);
    this.#tickTimer = undefined;
  }

  /** Seals one payload for a member and sends it; false if it has no session or no known address, or it is too large. */
  send(member: number, channel: Channel, payload: Uint8Array, now: number = performance.now()): boolean {
    const session = this.#sessions.of(member);
    if (!session?.connection.send(channel, payload, now)) return false;
    this.#drain(session, now);
    return true;
  }

  /** Takes a byte stream of a member's SSH connection ('voipterm-datagrams') as a way for its datagrams. */
  attachStream(member: number, stream: Duplex, gate?: BulkGate): void {
    const session = this.#sessions.of(member);
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
    return this.#sessions.of(member)?.connection.maxPayload() ?? MAX_PAYLOAD_BYTES;
  }

  /** For how long no authentic datagram of a member came although one was due, ms; null before the first, or without a session. */
  silenceMs(member: number): number | null {
    return this.#sessions.of(member)?.connection.liveness.silenceMs(performance.now()) ?? null;
  }

  /** Asks a member at rest to show that it lives. */
  rouse(member: number): void {
    const session = this.#sessions.of(member);
    if (!session) return;
    const now = performance.now();
    session.connection.rouse(now);
    this.#drain(session, now);
  }

  /** Adds what the open connections dropped to a copy of the counters. */
  withLiveDrops(counters: Counters): Counters {
    const sum = { ...counters };
    for (const session of this.#sessions.all()) addDrops(sum, session);
    sum.forwardShed += this.#forwards.shed;
    return sum;
  }

  /** Ends all sessions and the sockets. */
  async close(): Promise<void> {
    for (const { member } of [...this.#sessions.all()]) this.closeMember(member);
    this.#voice.close();
    this.#forwards.close();
    await Promise.all(this.#sockets.map((socket) => new Promise<void>((done) => socket.close(done))));
  }

  #receive(datagram: Uint8Array, from: RemoteInfo, route: Route): void {
    this.#counters.datagrams += 1;
    const index = receiverOf(datagram);
    const session = index === undefined ? undefined : this.#sessions.named(index);
    if (session) this.#take(session, datagram, from, route);
    else this.#counters.unroutable += 1;
  }

  #take(session: StationEnd, packet: Uint8Array, from: RemoteInfo | null, route: Route): void {
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

  #drain(session: StationEnd, now: number): void {
    let streamed = false;
    for (let out = session.connection.poll(); out; out = session.connection.poll()) {
      if (out.kind === 'datagram') {
        if (out.to) this.#sockets[out.route]?.send(out.bytes, out.to.port, out.to.address);
        else {
          session.stream?.send(out.bytes, out.channel);
          streamed = true;
        }
      } else if (out.kind === 'payload') this.#deliver(session, out.channel, out.payload, now);
      else if (out.kind === 'retired') this.#sessions.retire(session, out.session);
    }
    if (streamed) session.stream?.flush();
  }

  #deliver(session: StationEnd, channel: Channel, payload: Uint8Array, now: number): void {
    if (channel === CHANNEL.voice) this.#voice.hear(session.member, session.voice, payload, now);
    else this.#forwards.take(session.member, payload, now);
  }

  #dropStream(session: StationEnd): void {
    if (!session.stream) return;
    addStale(this.#counters, session.stream);
    session.stream.close();
    session.stream = undefined;
    session.connection.openStream(false, performance.now());
  }

  #tick(): void {
    const now = performance.now();
    for (const session of this.#sessions.all()) {
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

function addDrops(counters: Counters, { connection, stream }: StationEnd): void {
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
