/** One member's requests: what each method of the control protocol does. */
import type { Duplex } from 'node:stream';
import { VoiptermError } from '../errors.ts';
import { type ControlHandlers, ControlServer } from '../net/control/rpc.ts';
import { refusalOfLong } from '../net/control/rpc-wire.ts';
import { type Answer, type Ask, type ClientNotification, memberName } from '../net/control/schema.ts';
import { PROTOCOL_VERSION } from '../net/protocol/constants.ts';
import type { BulkGate } from '../net/tunnel/bulk-gate.ts';
import type { Asker } from './asker.ts';
import { fileHandlers } from './file-handlers.ts';
import type { ForwardMember } from './forwards.ts';
import { REQUESTS, TALK_CHANGES, TokenBucket } from './limits.ts';
import type { Lobby } from './lobby.ts';
import type { Actor } from './moderation.ts';
import { moderationHandlers } from './moderation-handlers.ts';
import { claimName } from './people.ts';
import { checkIn, letIn } from './reception.ts';
import type { Seat, SeatHolder } from './seats.ts';
import type { ControlPeer } from './ssh-connection.ts';
import { shellHandlers } from './shell-handlers.ts';
import { textHandlers } from './text-handlers.ts';

export class MemberSession {
  #lobby: Lobby;
  #peer: ControlPeer;
  #server: ControlServer;
  #requests: TokenBucket;
  #talkChanges: TokenBucket;
  #closed = false;
  #holder: SeatHolder = {
    send: (line) => this.#peer.send(line),
    unsent: () => this.#peer.unsent?.() ?? 0,
    address: () => this.#peer.address ?? '',
    taken: () => {
      this.#self = undefined;
      this.#peer.end();
    },
  };
  /** Set by hello. */
  #self: { readonly id: number; readonly name: string } | undefined;

  constructor(lobby: Lobby, peer: ControlPeer) {
    this.#lobby = lobby;
    this.#peer = peer;
    const now = performance.now();
    this.#requests = new TokenBucket(REQUESTS, now);
    this.#talkChanges = new TokenBucket(TALK_CHANGES, now);
    this.#server = new ControlServer({
      send: (line) => peer.send(line),
      handlers: this.#handlers(),
      onNotification: (notification) => this.#notified(notification),
      onProtocolError: (error) => {
        lobby.options.counters.protocolErrors += 1;
        lobby.options.log.info('ended a connection', {
          reason: error.message,
          fingerprint: peer.fingerprint,
        });
        peer.end();
      },
      onFault: (error) =>
        lobby.options.log.error('a request failed by a fault of the station', {
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    });
  }

  /** Takes one line from the member. */
  line(line: string): void {
    this.#server.receive(line);
  }

  /** Refuses a line that was too long to be kept. */
  tooLong(head: string): void {
    this.#peer.send(refusalOfLong(head));
  }

  /** A stream for the datagrams of this member. */
  datagrams(stream: Duplex, gate: BulkGate): void {
    if (this.#self) this.#lobby.options.datagrams.attachStream(this.#self.id, stream, gate);
    else stream.destroy();
  }

  notice(code: string, text: string): void {
    if (this.#self) this.#lobby.notice(this.#self.id, code, text);
  }

  /** The connection is gone. */
  closed(): void {
    this.#closed = true;
    if (this.#self) this.#lobby.lost(this.#self.id);
    this.#self = undefined;
  }

  readonly #asker: Asker = {
    admit: () => ({ ...this.#admit(), fingerprint: this.#peer.fingerprint }),
    known: () => ({ ...this.#known(), fingerprint: this.#peer.fingerprint }),
  };

  #handlers(): ControlHandlers {
    return {
      hello: (ask) => this.#hello(ask),
      'datagram.open': (ask) => this.#openDatagrams(ask),
      'datagram.rekey': ({ session }) => this.#lobby.options.datagrams.rekey(this.#admit().id, session),
      ...textHandlers(this.#lobby, this.#asker),
      ...moderationHandlers(this.#lobby, () => this.#actor()),
      ...shellHandlers(this.#lobby, this.#asker),
      ...fileHandlers(this.#lobby, this.#asker),
      'voice.room': ({ room }) => {
        const { id } = this.#admit();
        this.#lobby.deliver(this.#lobby.rooms.setVoiceRoom(id, room));
        return {};
      },
      'voice.loopback': ({ mode }) => {
        this.#lobby.rooms.setLoopback(this.#admit().id, mode);
        return {};
      },
      'voice.recording': ({ recording }) => this.#keep('recording', recording),
      'voice.replay': ({ replay }) => this.#keep('replay', replay),
      'forward.open': (ask) => this.#lobby.options.forwards.open(this.#forwarder(), ask),
      'forward.listen': (ask) => this.#lobby.options.forwards.listen(this.#forwarder(), ask),
      'forward.close': ({ forward }) => {
        this.#lobby.options.forwards.close(this.#admit().id, forward);
        return {};
      },
    };
  }

  #hello({ versions, resume }: Ask<'hello'>): Answer<'hello'> {
    if (this.#self) throw new VoiptermError('control.protocol', 'hello is said once, and it was.');
    this.#take(this.#requests);
    if (!versions.includes(PROTOCOL_VERSION)) {
      throw new VoiptermError(
        'control.version',
        `This station speaks version ${PROTOCOL_VERSION} of the protocol, your client ${versions.join(', ')}: update the older of the two.`,
      );
    }
    checkIn(this.#lobby, this.#peer);
    const name = this.#claimName();
    letIn(this.#lobby, this.#peer, name);
    if (this.#closed) throw new VoiptermError('control.closing', 'The connection is closed.');
    const resumed = resume && this.#sitDownAgain(name, resume);
    const seat = resumed ?? this.#lobby.enter(name, this.#peer.fingerprint, this.#holder);
    this.#self = seat;
    this.#peer.welcome?.();
    return {
      version: PROTOCOL_VERSION,
      station: this.#lobby.options.name,
      member: seat.id,
      name: this.#lobby.rooms.nameOf(seat.id) ?? name,
      role: this.#lobby.roles.atStation(this.#peer.fingerprint),
      token: seat.token.toString('base64'),
      resumed: resumed !== undefined,
      ...(resumed ? { rooms: this.#lobby.rooms.roomsOf(seat.id) } : {}),
      allowRecording: this.#lobby.options.allowRecording,
      maxVoiceBitrate: this.#lobby.options.maxVoiceBitrate,
      ...(this.#lobby.tlsPort === null ? {} : { tlsPort: this.#lobby.tlsPort }),
    };
  }

  #sitDownAgain(name: string, { member, token }: NonNullable<Ask<'hello'>['resume']>): Seat | undefined {
    const { fingerprint } = this.#peer;
    const seat = { id: member, name, fingerprint, token: Buffer.from(token, 'base64') };
    return this.#lobby.resume(seat, this.#holder) ? seat : undefined;
  }

  #claimName(): string {
    const parsed = memberName.safeParse(this.#peer.user);
    if (!parsed.success) {
      const why = parsed.error.issues[0]?.message ?? 'it cannot be a name';
      throw new VoiptermError('control.invalid-params', `You cannot go by that name: ${why}.`);
    }
    const name = parsed.data;
    claimName(this.#lobby, name, this.#peer.fingerprint);
    return name;
  }

  #openDatagrams({ suites }: Ask<'datagram.open'>): Answer<'datagram.open'> {
    const { id } = this.#admit();
    const { suites: allowed, udpPort, furtherUdpPorts, datagrams } = this.#lobby.options;
    const suite = suites
      .map((name) => allowed.find((own) => own === name))
      .find((common) => common !== undefined);
    if (!suite) {
      throw new VoiptermError(
        'control.version',
        `This station takes only these ciphers: ${allowed.join(', ')}.`,
      );
    }
    return { ...datagrams.open(id, suite), suite, udpPort, furtherUdpPorts: [...furtherUdpPorts] };
  }

  /** The room is told of it; where that is not wanted at all, nobody may. Stopping is always right. */
  #keep(what: 'recording' | 'replay', on: boolean): Record<string, never> {
    const { id } = this.#admit();
    if (on && !this.#lobby.options.allowRecording) {
      throw new VoiptermError(
        'control.forbidden',
        'This station does not allow to record what is said (station.allow_recording of its operator).',
      );
    }
    this.#lobby.deliver(this.#lobby.rooms.light(id, what, on));
    return {};
  }

  #forwarder(): ForwardMember {
    return { id: this.#admit().id, fingerprint: this.#peer.fingerprint };
  }

  #notified(notification: ClientNotification): void {
    if (!this.#self) return;
    if (notification.method === 'bye') {
      this.#lobby.leave(this.#self.id);
      this.#self = undefined;
      this.#peer.end();
    } else if (!this.#talkChanges.take(1, performance.now())) {
      return;
    } else if (notification.method === 'rtt') {
      this.#lobby.rooms.presence.setRtt(this.#self.id, notification.params.ms);
    } else {
      if (notification.params.talking && this.#isHushed(this.#self.id)) return;
      this.#lobby.deliver(this.#lobby.rooms.talk(this.#self.id, notification.params.talking));
    }
  }

  #isHushed(id: number): boolean {
    const { rooms } = this.#lobby;
    return rooms.hushed.has(id, rooms.voiceRoomOf(id), performance.now());
  }

  #actor(): Actor {
    return { name: this.#admit().name, key: this.#peer.fingerprint };
  }

  /** Who asks. Throws unless hello was said, and when the member asks too much. */
  #admit(): { readonly id: number; readonly name: string } {
    const self = this.#known();
    this.#take(this.#requests);
    return self;
  }

  #known(): { readonly id: number; readonly name: string } {
    if (this.#self) {
      const { id, name } = this.#self;
      return { id, name: this.#lobby.rooms.nameOf(id) ?? name };
    }
    throw new VoiptermError('control.version', 'Say hello first, with the versions that you speak.');
  }

  #take(bucket: TokenBucket): void {
    if (!bucket.take(1, performance.now())) throw this.#lobby.tooMuch();
  }
}
