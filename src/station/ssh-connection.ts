/** One SSH connection of a station: proves the key, opens the one control channel, or lets people in who come in person. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import type { Logger } from '../log.ts';
import { BulkGate } from '../net/tunnel/bulk-gate.ts';
import { ControlChannel } from './control-channel.ts';
import type { Counters } from './counters.ts';
import type { Guests, Visit, Visitor, VisitorChannel } from './guests.ts';
import type { AdmissionPlace } from './limits.ts';
import type { SshForwards } from './ssh-forwards.ts';
import { type Door, SshProof } from './ssh-proof.ts';
import { SshSession } from './ssh-session.ts';
import type { TcpForwards } from './tcp-forwards.ts';

/** From the TCP connection to the control channel: slow links and a passphrase typed by hand included. */
export const HANDSHAKE_MS = 30_000;
/** Session channels of one connection, all told: one is of use, a person may try a shell first. */
const MAX_SESSIONS = 8;
/** How long a peer has to read the last words before its socket is cut. */
const LINGER_MS = 1000;

/** A member's end of the control channel, as the control part sees it. */
export interface ControlPeer {
  /** The SSH user name, unchecked. */
  readonly user: string;
  /** The key it proved: "SHA256:...". */
  readonly fingerprint: string;
  /** The same as authorized_keys has it. */
  readonly key?: string;
  /** Where it comes from. */
  readonly address?: string;
  /** Token of an invitation that it showed. */
  readonly invite?: string | undefined;
  /** False for a key that nothing but that may admit. */
  readonly admitted?: boolean;
  /** It has its seat: from now on it is a member's connection like any other. */
  welcome?(): void;
  send(line: string): void;
  /** Bytes that it has not read yet. */
  readonly unsent?: () => number;
  /** Ends the connection after what was sent. */
  end(): void;
}

/** What the control part does with it. */
export interface ControlListener {
  line(line: string): void;
  /** A line was too long to be kept; this is how it began. */
  tooLong(head: string): void;
  /** A channel for the member's datagrams; it ends with the connection. */
  datagrams(stream: Duplex, gate: BulkGate): void;
  /** Shows the member a sentence. */
  notice(code: string, text: string): void;
  closed(): void;
}

/** What all connections of a station share. */
export interface SshContext {
  readonly server: ConstructorParameters<typeof ssh2.Server>[0];
  readonly door: Door;
  readonly open: (peer: ControlPeer) => ControlListener;
  readonly forwards: TcpForwards;
  /** Who draws for people who come with a plain SSH client. */
  readonly guests: Guests;
  readonly handshakeMs: number;
  readonly counters: Counters;
  readonly log: Logger;
}

export class SshConnection {
  #context: SshContext;
  #socket: Socket;
  #place: AdmissionPlace;
  #client: Connection | undefined;
  readonly #address: string;
  readonly #proof: SshProof;
  /** It may do what members may; until then it may say hello. */
  #inside = false;
  #sessions = 0;
  #channel: ControlChannel | undefined;
  #listener: ControlListener | undefined;
  #visits = new Set<Visit>();
  #forwards: SshForwards | undefined;
  #deadline: NodeJS.Timeout;
  #ended = false;
  /** Keeps what forwards send from holding up the member's datagrams. */
  readonly #gate = new BulkGate();

  /** Takes the socket over; `onClosed` comes once, when it is closed. */
  constructor(socket: Socket, place: AdmissionPlace, context: SshContext, onClosed: () => void) {
    this.#context = context;
    this.#socket = socket;
    this.#place = place;
    this.#address = socket.remoteAddress ?? '';
    this.#proof = new SshProof(context.door, this.#address);
    this.#deadline = setTimeout(() => socket.destroy(), context.handshakeMs);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(this.#deadline);
      place.leave();
      if (this.#fingerprint === undefined) context.counters.unproved += 1;
      this.#forwards?.close();
      this.#channel?.close();
      onClosed();
    });
    // A server object for each connection: only so is it known which socket an SSH client came by.
    new ssh2.Server(context.server, (client) => this.#greet(client)).injectSocket(socket);
  }

  /** Says goodbye; the socket is cut if the peer does not take it. */
  end(): void {
    if (this.#ended || this.#socket.destroyed) return;
    this.#ended = true;
    this.#forwards?.close();
    this.#channel?.close();
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    if (this.#visits.size === 0) this.#endClient();
    // Who is here in person gets the screen back first.
    else void Promise.all([...this.#visits].map((visit) => visit.dismiss())).then(() => this.#endClient());
  }

  #endClient(): void {
    try {
      if (this.#client) this.#client.end();
      else this.#socket.destroy();
    } catch {
      this.#socket.destroy(); // the library throws after a protocol error
    }
  }

  /** Cuts it. */
  destroy(): void {
    this.#socket.destroy();
  }

  #greet(client: Connection): void {
    this.#client = client;
    client.on('error', (error) => this.#context.log.debug('ssh', { error: error.message }));
    client.on('authentication', (context) => this.#authenticate(context));
    client.on('ready', () => this.#proved(client));
    client.on('session', (accept, reject) => {
      this.#sessions += 1;
      if (this.#sessions > MAX_SESSIONS) reject();
      else this.#openSession(accept());
    });
  }

  #authenticate(context: AuthContext): void {
    if (!this.#proof.take(context)) this.end();
  }

  get #fingerprint(): string | undefined {
    return this.#proof.fingerprint;
  }

  /** A stock SSH client that only forwards opens no control channel, and may wait long for its first connection. */
  #proved(client: Connection): void {
    const fingerprint = this.#fingerprint;
    if (fingerprint === undefined) return;
    if (this.#proof.inside) this.#comeIn(client, fingerprint);
  }

  #comeIn(client: Connection, fingerprint: string): void {
    if (this.#inside) return;
    this.#inside = true;
    this.#place.proved();
    if (this.#context.forwards.permitsAny(fingerprint)) clearTimeout(this.#deadline);
    this.#forwards = this.#context.forwards.attach({
      client,
      socket: this.#socket,
      gate: this.#gate,
      fingerprint,
      notice: (sentence) => this.#listener?.notice('forward.refused', sentence),
    });
  }

  #openSession(session: Session): void {
    new SshSession(session, this.#socket, {
      control: (accept) => !this.#channel && this.#openControl(accept()),
      datagrams: (accept) => this.#listener !== undefined && this.#openDatagrams(accept()),
      visitor: (visitor, channel) =>
        this.#welcome(
          { ...visitor, user: this.#proof.user, ...(this.#inside ? { key: this.#fingerprint ?? '' } : {}) },
          channel,
        ),
      left: (visit) => this.#left(visit),
    });
  }

  /** A person without our client. The connection is theirs: it goes when they do, if they leave it open. */
  #welcome(visitor: Visitor, channel: VisitorChannel): Visit {
    if (this.#inside) clearTimeout(this.#deadline);
    const { user } = visitor;
    const fingerprint = this.#fingerprint ?? '';
    const visit = this.#context.guests.receive(visitor, channel, (send) =>
      this.#context.open({ ...this.#arrival(fingerprint), user, send }),
    );
    this.#visits.add(visit);
    return visit;
  }

  #left(visit: Visit): void {
    this.#visits.delete(visit);
    const { forwards, handshakeMs } = this.#context;
    const stays = this.#ended || this.#channel || forwards.permitsAny(this.#fingerprint ?? '');
    if (stays || this.#visits.size > 0) return;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#endIfUnused(), handshakeMs);
  }

  /** Somebody left and opened nothing else. */
  #endIfUnused(): void {
    if (this.#visits.size === 0 && !this.#channel) this.end();
  }

  /** What the control part is told of who came. */
  #arrival(fingerprint: string): Omit<ControlPeer, 'send' | 'user'> {
    const { key, invite, admitted } = this.#proof;
    return {
      fingerprint,
      key,
      address: this.#address,
      invite,
      admitted,
      welcome: () => {
        if (!this.#inside) clearTimeout(this.#deadline);
        if (this.#client) this.#comeIn(this.#client, fingerprint);
      },
      end: () => this.end(),
    };
  }

  /** Whether its key and address are those; it is ended if they are. */
  endIf(fits: (key: string, address: string) => boolean): boolean {
    const ends = this.#fingerprint !== undefined && fits(this.#fingerprint, this.#address);
    if (ends) this.end();
    return ends;
  }

  #openControl(channel: ServerChannel | undefined): boolean {
    if (!channel || this.#fingerprint === undefined) return false;
    if (this.#inside) clearTimeout(this.#deadline);
    const control = new ControlChannel(channel, this.#socket, {
      line: (line) => this.#listener?.line(line),
      tooLong: (head) => this.#listener?.tooLong(head),
      closed: () => {
        this.#listener?.closed();
        this.end();
      },
      misbehaved: (how) => this.#misbehaved(how),
    });
    this.#channel = control;
    this.#listener = this.#context.open({
      ...this.#arrival(this.#fingerprint),
      user: this.#proof.user,
      send: (line) => control.send(line),
      unsent: () => control.unsent,
    });
    return true;
  }

  #openDatagrams(channel: ServerChannel | undefined): boolean {
    if (!channel) return false;
    channel.on('error', () => channel.destroy());
    channel.stderr.on('error', () => undefined);
    this.#listener?.datagrams(channel, this.#gate);
    return true;
  }

  #misbehaved(how: 'slow' | 'overlong'): void {
    const { counters, log } = this.#context;
    if (how === 'slow') counters.slowReaders += 1;
    else counters.protocolErrors += 1;
    log.warn(how === 'slow' ? 'a member reads too slowly' : 'a member sent a line without an end', {
      fingerprint: this.#fingerprint,
    });
    this.#socket.destroy();
  }
}
