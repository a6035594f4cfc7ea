/** A station: opens what it needs in order, joins the parts, and closes them in the opposite order. */
import type { Socket } from 'node:dgram';
import { join } from 'node:path';
import { toWireError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CHANNEL, SUITES, type Suite } from '../net/protocol/constants.ts';
import { AuthorizedKeys } from '../store/authorized-keys.ts';
import { loadOrMakeCertificate, readCertificate } from '../store/certificate.ts';
import { fileError } from '../store/file-error.ts';
import { loadOrCreateKey } from '../store/identity.ts';
import { makePrivateDirectory } from '../store/private-directory.ts';
import { StationStore } from '../store/station.ts';
import { type BoundPair, bindFurther, bindPair, bindTcp, portOf } from './bind.ts';
import { type Counters, newCounters } from './counters.ts';
import type { Lookup } from './destinations.ts';
import { ForwardAccess, type ForwardRules } from './forward-access.ts';
import { Forwards } from './forwards.ts';
import { type AdmissionBounds, MAX_VOICE_BITRATE } from './limits.ts';
import type { OpenedGuests, OpenGuests } from './guests.ts';
import { Lobby } from './lobby.ts';
import { MemberSession } from './member.ts';
import { noGuests } from './no-guests.ts';
import { Rooms } from './rooms.ts';
import { SshFront } from './ssh-front.ts';
import { TcpForwards } from './tcp-forwards.ts';
import { UdpFront } from './udp-front.ts';

export interface StationOptions {
  /** Address or host name to listen on. */
  readonly host: string;
  /** TCP and UDP port; 0 picks a pair that is free. */
  readonly port: number;
  /** Directory of the database and the host key; made if it is not there. One station at a time uses it. */
  readonly dataDir: string;
  /** OpenSSH authorized_keys file of those who are admitted; read again when it changes. */
  readonly authorizedKeys: string;
  /** Admits any Ed25519 key. */
  readonly open: boolean;
  /** Further UDP ports for datagrams, best first, for networks that block the first; 0 picks a free one. At most five. */
  readonly furtherUdpPorts?: readonly number[];
  /** What the station calls itself, at most 64 characters. */
  readonly name: string;
  /** Rooms that are listed even while they are empty; none by default. */
  readonly rooms?: readonly string[];
  /** Whether members may record what is said, or keep its last seconds; they may by default. */
  readonly allowRecording?: boolean;
  /** Most that one member's voice may take, bit/s of RTP packets; 0 for no bound. */
  readonly maxVoiceBitrate?: number;
  readonly log: Logger;
  /** Draws for people who come with a plain SSH client; nobody does by default. */
  readonly guests?: OpenGuests | undefined;
  /** AEAD suites that members may choose from; all by default. */
  readonly suites?: readonly Suite[];
  readonly admission?: AdmissionBounds;
  /** What members may forward unless the options of their key say otherwise; nothing by default. */
  readonly forwarding?: ForwardRules;
  /** Looks up the names of forwards' destinations; the system's by default. */
  readonly lookup?: Lookup;
  /** A second address that takes SSH inside TLS; port 0 picks one. */
  readonly tls?: TlsOptions | undefined;
  /** From a TCP connection to its control channel, ms. */
  readonly handshakeMs?: number;
  /** The last member has left. */
  readonly onIdle?: () => void;
}

export interface TlsOptions {
  readonly host: string;
  readonly port: number;
  /** The operator's certificate and key, PEM files; without them the station makes its own and keeps it. */
  readonly files?: { readonly cert: string; readonly key: string } | undefined;
}

export interface StationAddress {
  /** The address in use: a host name that was given is resolved. */
  readonly host: string;
  readonly port: number;
  readonly udpPort: number;
  readonly furtherUdpPorts: readonly number[];
  /** Port of the TLS listener; null without one. */
  readonly tlsPort: number | null;
  /** The host key's, "SHA256:...". */
  readonly fingerprint: string;
}

interface Parts {
  readonly pair: BoundPair;
  readonly further: readonly Socket[];
  readonly store: StationStore;
  readonly key: { readonly privateKey: string; readonly fingerprint: string };
}

export class Station {
  #address: StationAddress;
  #store: StationStore;
  #lobby: Lobby;
  #datagrams: UdpFront;
  #ssh: SshFront;
  #guests: OpenedGuests;
  #forwards: Forwards;
  #tcpForwards: TcpForwards;
  #counters = newCounters();
  #rooms = new Rooms();
  #closed: Promise<void> | undefined;
  #log: Logger;

  /**
   * Opens a station and listens. Throws 'station.port-in-use', 'station.address', 'store.locked' (another station
   * has the directory), 'store.newer', 'store.unwritable' or 'identity.unreadable'.
   */
  static async open(options: StationOptions): Promise<Station> {
    try {
      makePrivateDirectory(options.dataDir);
    } catch (error) {
      throw fileError(error, options.dataDir);
    }
    const store = new StationStore(join(options.dataDir, 'station.db'));
    let station: Station | undefined;
    try {
      const key = loadOrCreateKey(join(options.dataDir, 'host_ed25519'), 'voipterm station');
      const pair = await bindPair(options.host, options.port);
      const further = await bindFurther(pair, options.furtherUdpPorts ?? []);
      station = new Station(options, { pair, further, store, key });
      if (options.tls) await station.#listenTls(options.tls, options.dataDir);
      return station;
    } catch (error) {
      if (station) await station.close();
      else store.close();
      throw error;
    }
  }

  private constructor(options: StationOptions, { pair, further, store, key }: Parts) {
    const { address: host, port } = pair;
    const { fingerprint } = key;
    const { maxVoiceBitrate = MAX_VOICE_BITRATE } = options;
    const furtherUdpPorts = further.map((socket) => socket.address().port);
    this.#address = { host, port, udpPort: port, furtherUdpPorts, tlsPort: null, fingerprint };
    this.#store = store;
    this.#log = options.log;
    this.#datagrams = new UdpFront([pair.udp, ...further], this.#rooms, this.#counters, maxVoiceBitrate);
    const { counters, log } = { counters: this.#counters, log: options.log };
    const keys = new AuthorizedKeys(options.authorizedKeys, log);
    const rules = options.forwarding ?? { forward: [], listen: [] };
    const access = new ForwardAccess(rules, (fingerprint) => keys.permissionsOf(fingerprint), log);
    this.#forwards = this.#makeForwards(access, options.lookup);
    const { destinations } = this.#forwards;
    this.#tcpForwards = new TcpForwards({ access, destinations, counters, log });
    this.#lobby = new Lobby({
      name: options.name.slice(0, 64),
      suites: options.suites ?? SUITES,
      udpPort: port,
      furtherUdpPorts,
      allowRecording: options.allowRecording ?? true,
      maxVoiceBitrate,
      standingRooms: options.rooms ?? [],
      rooms: this.#rooms,
      store,
      datagrams: this.#datagrams,
      forwards: this.#forwards,
      counters: this.#counters,
      log: options.log,
      onIdle: options.onIdle,
    });
    const target = targetOf(host, port);
    this.#guests = (options.guests ?? noGuests)({ station: options.name, fingerprint, target, log });
    this.#ssh = new SshFront({
      tcp: pair.tcp,
      hostKey: key.privateKey,
      admits: (blob) => options.open || keys.admits(blob),
      open: (peer) => new MemberSession(this.#lobby, peer),
      forwards: this.#tcpForwards,
      guests: this.#guests,
      counters: this.#counters,
      log: options.log,
      admission: options.admission,
      handshakeMs: options.handshakeMs,
    });
  }

  /** Where it listens. */
  get address(): StationAddress {
    return this.#address;
  }

  /** Members who have said hello. */
  get memberCount(): number {
    return this.#rooms.size;
  }

  /** What it has counted until now. */
  counters(): Counters {
    const udp = this.#forwards.withLive(this.#datagrams.withLiveDrops(this.#counters));
    return this.#tcpForwards.withLive(udp);
  }

  /**
   * Drains and closes: commits and acknowledges what was posted, tells everybody, ends the connections, closes the
   * store. Takes at most some two seconds. Harmless when called twice.
   */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  #makeForwards(access: ForwardAccess, lookup: Lookup | undefined): Forwards {
    const datagrams = this.#datagrams;
    const forwards = new Forwards({
      access,
      counters: this.#counters,
      send: (member, payload) => datagrams.send(member, CHANNEL.forward, payload),
      maxPayload: (member) => datagrams.maxPayload(member),
      notice: (member, sentence) => this.#lobby.notice(member, 'forward.refused', sentence),
      lookup,
    });
    datagrams.onForward = (member, payload, now) => forwards.receive(member, payload, now);
    return forwards;
  }

  async #listenTls({ host, port, files }: TlsOptions, dataDir: string): Promise<void> {
    const context = files
      ? readCertificate(files.cert, files.key)
      : await loadOrMakeCertificate(join(dataDir, 'tls.pem'));
    const tcp = await bindTcp(host, port, '--listen-tls');
    this.#ssh.listenTls(tcp, context);
    const tlsPort = portOf(tcp);
    this.#address = { ...this.#address, tlsPort };
    this.#lobby.tlsPort = tlsPort;
  }

  async #drain(): Promise<void> {
    this.#lobby.startClosing();
    await new Promise((resolve) => setImmediate(resolve)); // acknowledgements are sent in this turn
    await this.#ssh.close();
    await this.#guests.close();
    this.#forwards.closeAll();
    await this.#datagrams.close();
    try {
      this.#store.close();
    } catch (error) {
      // Everything committed is safe in the write-ahead log; only tidying up failed.
      this.#log.warn('the store could not be tidied up', { error: toWireError(error).message });
    }
  }
}

/** As a user would write it. What the machine is called from outside is not known when it listens on all addresses. */
function targetOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'HOST' : host.includes(':') ? `[${host}]` : host;
  return `USER@${name}:${port}`;
}
