/** What a station is told when it is opened, and what may be changed while it runs. Types only. */
import type { HostShellPolicy } from './host-shell.ts';
import type { Logger } from '../log.ts';
import type { Role } from '../net/control/roles.ts';
import type { Suite } from '../net/protocol/constants.ts';
import type { Lookup } from './destinations.ts';
import type { ForwardRules } from './forward-access.ts';
import type { OpenGuests } from './guests.ts';
import type { AdmissionBounds } from './limits.ts';
import type { PublicAddress } from './lobby.ts';
import type { StationRules } from './permissions.ts';

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
  /** Largest file that members may send each other, bytes; 0 for none at all. A gigabyte by default. */
  readonly maxFileBytes?: number;
  readonly log: Logger;
  /** Draws for people who come with a plain SSH client; nobody does by default. */
  readonly guests?: OpenGuests | undefined;
  /** AEAD suites that members may choose from; all by default. */
  readonly suites?: readonly Suite[];
  readonly admission?: AdmissionBounds;
  /** Who is what without being given a role, and what takes which role. */
  readonly people?: PeopleOptions;
  /** Who may have a shell on the station's host; nobody by default. */
  readonly shell?: HostShellPolicy;
  /** Where people reach it from outside, for invitations. */
  readonly publicAddress?: PublicAddress | undefined;
  /** What members may forward unless the options of their key say otherwise; nothing by default. */
  readonly forwarding?: ForwardRules;
  /** Looks up the names of forwards' destinations; the system's by default. */
  readonly lookup?: Lookup;
  /** A second address that takes SSH inside TLS; port 0 picks one. */
  readonly tls?: TlsOptions | undefined;
  /** How often the file of keys is looked at for removed ones, ms; two seconds by default. */
  readonly keysCheckMs?: number;
  /** From a TCP connection to its control channel, ms. */
  readonly handshakeMs?: number;
  /** The last member has left. */
  readonly onIdle?: () => void;
}

export interface PeopleOptions {
  /** Keys ("SHA256:...") that are owners whatever is stored. */
  readonly owners: readonly string[];
  /** What a key is that only `open` lets in. */
  readonly openRole: Role;
  readonly rules: StationRules;
}

/** What may be changed while a station runs. */
export type LiveOptions = Pick<
  StationOptions,
  | 'name'
  | 'rooms'
  | 'allowRecording'
  | 'maxFileBytes'
  | 'open'
  | 'people'
  | 'publicAddress'
  | 'shell'
  | 'forwarding'
>;

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
