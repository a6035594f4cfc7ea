/** A station: opens what it needs in order, joins the parts, and closes them in the opposite order. */
import type { Socket } from 'node:dgram';
import { join } from 'node:path';
import { toWireError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CHANNEL, SUITES } from '../net/protocol/constants.ts';
import { AuthorizedKeys } from '../store/authorized-keys.ts';
import { loadOrMakeCertificate, readCertificate } from '../store/certificate.ts';
import { fileError } from '../store/file-error.ts';
import { loadOrCreateKey } from '../store/identity.ts';
import { makePrivateDirectory } from '../store/private-directory.ts';
import { StationStore } from '../store/station.ts';
import { type BoundPair, bindFurther, bindPair, bindTcp, portOf } from './bind.ts';
import { type Counters, newCounters } from './counters.ts';
import { StationDoor } from './door.ts';
import type { Lookup } from './destinations.ts';
import { ForwardAccess, type ForwardRules } from './forward-access.ts';
import { Forwards } from './forwards.ts';
import { type HostShellPolicy, HostShells } from './host-shell.ts';
import { MAX_FILE_BYTES, MAX_VOICE_BITRATE } from './limits.ts';
import type { OpenedGuests } from './guests.ts';
import { Lobby } from './lobby.ts';
import { MemberSession } from './member.ts';
import { noGuests } from './no-guests.ts';
import { DEFAULT_STATION_RULES } from './permissions.ts';
import { Rooms } from './rooms.ts';
import { SshFront } from './ssh-front.ts';
import type { LiveOptions, StationAddress, StationOptions, TlsOptions } from './station-options.ts';
import { TcpForwards } from './tcp-forwards.ts';
import { UdpFront } from './udp-front.ts';

const NO_FORWARDS: ForwardRules = { forward: [], listen: [] };

export type { LiveOptions, StationAddress, StationOptions, TlsOptions } from './station-options.ts';

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
  #access: ForwardAccess;
  #door: StationDoor;
  #counters = newCounters();
  #rooms = new Rooms();
  #shells: HostShells;
  #shellPolicy: HostShellPolicy = 'off';
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
    const rules = options.forwarding ?? NO_FORWARDS;
    const access = new ForwardAccess(
      rules,
      (key) => keys.permissionsOf(key),
      log,
      (key) => this.#lobby.roles.mayAtStation(key, 'forward'),
    );
    this.#access = access;
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
      maxFileBytes: options.maxFileBytes ?? MAX_FILE_BYTES,
      standingRooms: options.rooms ?? [],
      publicAddress: options.publicAddress,
      shellRights: (key) => ({ tunnel: access.mayReachAny(key), station: this.#shells.allows(key) }),
      rooms: this.#rooms,
      store,
      datagrams: this.#datagrams,
      forwards: this.#forwards,
      counters: this.#counters,
      log: options.log,
      onIdle: options.onIdle,
    });
    this.#shells = new HostShells({
      policy: () => this.#shellPolicy,
      isOwner: (key) => this.#lobby.roles.atStation(key) === 'owner',
      audit: (key, name, action, detail) =>
        this.#lobby.moderation.audit({ key, name }, action, null, name, detail),
    });
    this.#shellPolicy = options.shell ?? 'off';
    this.#door = new StationDoor(this.#lobby, keys, options.keysCheckMs);
    this.#setPeople(options);
    const outside = options.publicAddress ?? { host, port };
    const target = targetOf(outside.host, outside.port);
    this.#guests = (options.guests ?? noGuests)({
      ...{ station: options.name, fingerprint, target, log },
      memory: {
        roomsOf: (key) => store.guestRoomsOf(key),
        keepRooms: (key, rooms) => store.keepGuestRooms(key, rooms, Date.now()),
      },
    });
    this.#ssh = new SshFront({
      tcp: pair.tcp,
      hostKey: key.privateKey,
      door: this.#door,
      open: (peer) => new MemberSession(this.#lobby, peer),
      forwards: this.#tcpForwards,
      guests: this.#shells.before(this.#guests),
      counters: this.#counters,
      log: options.log,
      admission: options.admission,
      handshakeMs: options.handshakeMs,
    });
    this.#lobby.moderation.onExpel = (fits) => this.#ssh.endWhere(fits);
  }

  /** Changes what can be changed while it runs. Throws 'usage.invalid' for a forward rule that makes no sense. */
  reconfigure(options: LiveOptions): void {
    this.#access.setRules(options.forwarding ?? NO_FORWARDS);
    this.#shellPolicy = options.shell ?? 'off';
    this.#lobby.options = {
      ...this.#lobby.options,
      name: options.name.slice(0, 64),
      allowRecording: options.allowRecording ?? true,
      maxFileBytes: options.maxFileBytes ?? MAX_FILE_BYTES,
      standingRooms: options.rooms ?? [],
      publicAddress: options.publicAddress,
    };
    this.#setPeople(options);
    this.#door.sendAwayStrangers();
    this.#lobby.recheck(null);
  }

  /** What the operator does at the station's own machine. */
  get lobby(): Lobby {
    return this.#lobby;
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

  #setPeople({ open, people }: Pick<StationOptions, 'open' | 'people'>): void {
    this.#door.open = open;
    this.#lobby.roles.options = {
      owners: people?.owners ?? [],
      rules: people?.rules ?? DEFAULT_STATION_RULES,
      usual: (key) => (people?.openRole === 'guest' && this.#door.isStranger(key) ? 'guest' : 'member'),
    };
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
    this.#door.close();
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
