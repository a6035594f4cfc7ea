/**
 * The datagram side of a station: one socket, a connection for each member, and the relay between them.
 *
 * A datagram of no session, or one that does not authenticate, is counted and answered by nothing.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Duplex } from 'node:stream';
import { Connection } from '../net/protocol/connection.ts';
import {
  CHANNEL,
  type Channel,
  KEY_BYTES,
  MAX_PAYLOAD_BYTES,
  type Suite,
} from '../net/protocol/constants.ts';
import { receiverOf } from '../net/protocol/packet.ts';
import type { Counters } from './counters.ts';
import { EchoLine } from './echo.ts';
import { TokenBucket, VOICE_BYTES, VOICE_FRAMES } from './limits.ts';
import { type Route, routeVoice, type VoiceDrop } from './relay.ts';
import type { Rooms } from './rooms.ts';

/** Asked of the system for each direction: a burst of a big room fits. It gives what it allows. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
/** A station's connections have coarse deadlines if any: they answer probes and send none. */
const TICK_MS = 250;

const DROP_COUNTERS = {
  malformed: 'voiceMalformed',
  spoofed: 'voiceSpoofed',
  roomless: 'voiceRoomless',
} as const satisfies Record<VoiceDrop, keyof Counters>;

interface Session {
  readonly member: number;
  readonly index: number;
  readonly connection: Connection;
  readonly frames: TokenBucket;
  readonly bytes: TokenBucket;
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
  #socket: Socket;
  #rooms: Rooms;
  #counters: Counters;
  #byIndex = new Map<number, Session>();
  #byMember = new Map<number, Session>();
  #echo = new EchoLine();
  #echoTimer: NodeJS.Timeout | undefined;
  #tickTimer: NodeJS.Timeout | undefined;

  /** Takes over a bound socket. */
  constructor(socket: Socket, rooms: Rooms, counters: Counters) {
    this.#socket = socket;
    this.#rooms = rooms;
    this.#counters = counters;
    try {
      socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
      socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
    } catch {
      // the system's own size does for small stations
    }
    socket.on('message', (datagram, from) => this.#receive(datagram, from));
    socket.on('error', () => undefined); // an unreachable peer; its probes will tell
  }

  /** Opens a member's session with fresh keys; one that it had ends. */
  open(member: number, suite: Suite): DatagramKeys {
    this.closeMember(member);
    const clientKey = randomBytes(KEY_BYTES);
    const stationKey = randomBytes(KEY_BYTES);
    const index = this.#freeIndex();
    const now = performance.now();
    const session: Session = {
      member,
      index,
      connection: new Connection({
        role: 'station',
        session: index,
        suite,
        clientKey,
        stationKey,
        remote: null,
        now,
      }),
      frames: new TokenBucket(VOICE_FRAMES, now),
      bytes: new TokenBucket(VOICE_BYTES, now),
    };
    this.#byIndex.set(index, session);
    this.#byMember.set(member, session);
    this.#tickTimer ??= setInterval(() => this.#tick(), TICK_MS);
    const keys = {
      session: index,
      clientKey: clientKey.toString('base64'),
      stationKey: stationKey.toString('base64'),
    };
    clientKey.fill(0);
    stationKey.fill(0);
    return keys;
  }

  /** Ends a member's session and forgets its keys. */
  closeMember(member: number): void {
    const session = this.#byMember.get(member);
    if (!session) return;
    addDrops(this.#counters, session.connection);
    session.connection.close();
    this.#byMember.delete(member);
    this.#byIndex.delete(session.index);
    if (this.#byIndex.size > 0) return;
    clearInterval(this.#tickTimer);
    this.#tickTimer = undefined;
  }

  /** Seals one payload for a member and sends it; false if it has no session or no known address, or takes no more. */
  send(member: number, channel: Channel, payload: Uint8Array, now: number = performance.now()): boolean {
    const session = this.#byMember.get(member);
    if (!session?.connection.send(channel, payload, now)) return false;
    this.#drain(session, now);
    return true;
  }

  /** Takes a byte stream of a member's SSH connection ('voipterm-datagrams') as a way for its datagrams. */
  attachStream(_member: number, stream: Duplex): void {
    stream.on('error', () => stream.destroy());
    stream.resume();
  }

  /** Largest payload that goes out to a member at present, bytes. */
  maxPayload(_member: number): number {
    return MAX_PAYLOAD_BYTES;
  }

  /** Since a member's last authentic datagram, ms; null before the first, or without a session. */
  heardAgoMs(member: number): number | null {
    return this.#byMember.get(member)?.connection.stats(performance.now()).heardAgoMs ?? null;
  }

  /** Adds what the open connections dropped to a copy of the counters. */
  withLiveDrops(counters: Counters): Counters {
    const sum = { ...counters };
    for (const { connection } of this.#byIndex.values()) addDrops(sum, connection);
    return sum;
  }

  /** Ends all sessions and the socket. */
  close(): Promise<void> {
    for (const member of [...this.#byMember.keys()]) this.closeMember(member);
    clearTimeout(this.#echoTimer);
    return new Promise((resolve) => this.#socket.close(resolve));
  }

  #freeIndex(): number {
    let index = randomInt(2 ** 32);
    while (this.#byIndex.has(index)) index = randomInt(2 ** 32);
    return index;
  }

  #receive(datagram: Uint8Array, from: RemoteInfo): void {
    this.#counters.datagrams += 1;
    const index = receiverOf(datagram);
    const session = index === undefined ? undefined : this.#byIndex.get(index);
    if (!session) {
      this.#counters.unroutable += 1;
      return;
    }
    const now = performance.now();
    session.connection.receive(datagram, from, now);
    this.#drain(session, now);
  }

  #drain(session: Session, now: number): void {
    for (let out = session.connection.poll(); out; out = session.connection.poll()) {
      if (out.kind === 'datagram') this.#socket.send(out.bytes, out.to.port, out.to.address);
      else if (out.kind === 'payload' && out.channel === CHANNEL.voice) {
        this.#hearVoice(session, out.payload, now);
      } else if (out.kind === 'payload') this.onForward?.(session.member, out.payload, now);
    }
  }

  #hearVoice(speaker: Session, packet: Uint8Array, now: number): void {
    this.#counters.voiceIn += 1;
    if (!speaker.frames.take(1, now) || !speaker.bytes.take(packet.length, now)) {
      this.#counters.voiceLimited += 1;
      return;
    }
    const route: Route = routeVoice(this.#rooms, speaker.member, packet);
    if (route === 'echo') this.#startEcho(speaker.member, packet, now);
    else if (typeof route === 'string') this.#counters[DROP_COUNTERS[route]] += 1;
    else for (const member of route) if (member !== speaker.member) this.#sendVoice(member, packet, now);
  }

  #sendVoice(member: number, packet: Uint8Array, now: number): void {
    if (this.send(member, CHANNEL.voice, packet, now)) this.#counters.voiceOut += 1;
  }

  #startEcho(member: number, packet: Uint8Array, now: number): void {
    if (!this.#echo.push(member, packet, now)) this.#counters.voiceLimited += 1;
    else if (!this.#echoTimer) this.#armEcho(now);
  }

  #armEcho(now: number): void {
    const due = this.#echo.nextDeadline();
    this.#echoTimer =
      due === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => this.#emitEcho(), Math.max(1, due - now));
  }

  #emitEcho(): void {
    const now = performance.now();
    for (let frame = this.#echo.poll(now); frame; frame = this.#echo.poll(now)) {
      this.#sendVoice(frame.member, frame.packet, now);
    }
    this.#armEcho(now);
  }

  #tick(): void {
    const now = performance.now();
    for (const session of this.#byIndex.values()) {
      if (session.connection.nextDeadline() > now) continue;
      session.connection.tick(now);
      this.#drain(session, now);
    }
  }
}

function addDrops(counters: Counters, connection: Connection): void {
  const { dropped } = connection.stats(0);
  counters.malformed += dropped.malformed;
  counters.unauthentic += dropped.unauthentic;
  counters.replayed += dropped.replayed;
}
