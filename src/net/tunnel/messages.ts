/** Every word between a client's main thread and its tunnel worker. Plain data only; see port.ts. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../../errors.ts';
import type { LogFields, LogLevel } from '../../log.ts';
import type { Answer, Ask, ClientNotification, Method, StationNotification } from '../control/schema.ts';
import type { ForwardAsk, ForwardView } from '../forward/state.ts';
import type { Carrier, Suite } from '../protocol/constants.ts';

/** Where the private key comes from: an OpenSSH key file (its text), or the agent behind a socket path. */
export type Identity =
  | { readonly from: 'key'; readonly privateKey: string }
  | { readonly from: 'agent'; readonly socket: string };

/** How the station's host key is judged. */
export type HostKeyCheck =
  /**
   * known_hosts; an unknown key is added ('tofu'), trusted without being remembered ('once') or refused ('strict'). A
   * changed key is always refused.
   */
  | {
      readonly by: 'known-hosts';
      readonly file: string;
      /** Further files that are only read, such as OpenSSH's own. */
      readonly also?: readonly string[];
      readonly unknown: 'tofu' | 'once' | 'strict';
      /** The key that an invitation names: no other is taken, and this one is added without a question. */
      readonly expected?: string;
    }
  /** Exactly this fingerprint ("SHA256:..."), as for the embedded station. */
  | { readonly by: 'fingerprint'; readonly fingerprint: string };

/** A proxy that TCP goes out by. */
export interface ProxyOptions {
  readonly kind: 'http' | 'socks5';
  readonly host: string;
  readonly port: number;
  /** At most 255 bytes each. */
  readonly user?: string;
  readonly password?: string;
}

/** An ordinary SSH host on the way (ProxyJump). */
export interface Jump {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identity: Identity;
  readonly hostKey: HostKeyCheck;
}

/** How TCP gets to the station; straight if nothing is said. Datagrams go straight in any case. */
export interface PathOptions {
  readonly proxy?: ProxyOptions;
  /** In order from here. */
  readonly jumps?: readonly Jump[];
  /** Port where SSH inside TLS is tried when plain SSH gets nowhere; 0 for never. */
  readonly tlsPort?: number;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** The name to go by, which is the SSH user. */
  readonly user: string;
  readonly identity: Identity;
  readonly hostKey: HostKeyCheck;
  /** AEAD suites that the user accepts, preferred first. */
  readonly suites: readonly Suite[];
  readonly path?: PathOptions;
  /** Token of an invitation, for a station that does not admit the key yet. */
  readonly invite?: string;
}

/** A typed request of the control protocol, for whoever does the asking. */
export type Call = { [M in Method]: { method: M; ask: Ask<M> } }[Method];

/** Over the port of a shell on the station, from the terminal. */
export type ShellWord =
  | { readonly keys: string }
  | { readonly columns: number; readonly rows: number }
  | { readonly flow: boolean }
  | { readonly end: true };

/** And to the terminal. The last one is an end. */
export type ShellNews = { readonly output: string } | { readonly code: number } | { readonly why: string };

export type TunnelRequests = {
  /** Connects and stays connected (backoff with jitter) until 'disconnect'; progress comes as 'phase' events. */
  connect: { ask: ConnectOptions; answer: undefined };
  /** One control request. Rejects with 'control.unreachable' while offline: resending is the session's business. */
  call: { ask: Call; answer: Answer<Method> };
  notify: { ask: ClientNotification; answer: undefined };
  /** Hands over the end of the channel to the audio worker (see net/protocol/voice-port.ts). */
  voicePort: { ask: { port: MessagePort }; answer: undefined };
  /** A shell on the station's host; what goes over the port is in shell-port.ts. Rejects while offline. */
  shellOpen: {
    ask: { readonly columns: number; readonly rows: number; readonly port: MessagePort };
    answer: undefined;
  };
  /** Adds a forward, online or not; answered once this machine listens. Rejects with 'forward.in-use'. */
  forwardAdd: { ask: ForwardAsk; answer: ForwardView };
  /** Answers false if there is none with that id. */
  forwardRemove: { ask: { readonly id: number }; answer: boolean };
  /** All forwards with their counters. */
  forwardList: { ask: undefined; answer: readonly ForwardView[] };
  disconnect: { ask: undefined; answer: undefined };
};

/**
 *  connecting --hello, datagram session--> online --TCP lost--> offline --backoff--> connecting
 *      +-------------- a failure that retrying cannot mend --------------> failed
 */
export type Phase =
  /** `voice`: the datagram session of the connection before lives on, and voice with it. */
  | { readonly at: 'connecting'; readonly voice: boolean }
  | {
      readonly at: 'online';
      readonly member: number;
      readonly name: string;
      readonly station: string;
      /** The station's host key, "SHA256:...": what the client's store files its messages under. */
      readonly fingerprint: string;
      /** We are the member that we were before the connection broke, in the same rooms. */
      readonly resumed: boolean;
      /** The rooms that we are in, as the station says, if we are the member of before. */
      readonly rooms?: readonly string[];
      /** Where the station takes SSH inside TLS, if it does. */
      readonly tlsPort?: number;
    }
  | {
      readonly at: 'offline';
      readonly code: ErrorCode;
      readonly reason: string;
      readonly retryInMs: number;
      readonly voice: boolean;
    }
  | { readonly at: 'failed'; readonly code: ErrorCode; readonly reason: string };

/** One way for datagrams. */
export interface CarrierState {
  readonly carrier: Carrier;
  /** The station says that it hears us there. */
  readonly up: boolean;
  /** We hear the station there. */
  readonly down: boolean;
  /** Smoothed round trip, ms; null until an answer came back the same way. */
  readonly rttMs: number | null;
  /** Largest payload that is known to pass, bytes. */
  readonly mtu: number;
}

/** One set of counters feeds the status line, --json and logs. */
export interface TunnelStats {
  /** What our datagrams travel by at present, which is carrierUp. */
  readonly carrier: Carrier;
  /** Each direction has its own: the receiver says what reaches it. */
  readonly carrierUp: Carrier;
  readonly carrierDown: Carrier;
  /** Why it is these, in a few words: "no UDP answer for 4 s". */
  readonly carrierReason: string;
  readonly cipher: Suite | null;
  /** Smoothed round trip of the datagram probes (RFC 6298), ms; null until the first answer. */
  readonly rttMs: number | null;
  /** Loss of the last probe windows, 0..1, each way; null while unknown. */
  readonly lossUp: number | null;
  readonly lossDown: number | null;
  /** For how long no authenticated datagram came although one was due, ms; null before the first. */
  readonly heardAgoMs: number | null;
  /** For how long probes have had no answer, ms; null before the first. Heard but not acknowledged: our datagrams get lost. */
  readonly acknowledgedAgoMs: number | null;
  /** True while no probe is answered: voice does not get through. */
  readonly silent: boolean;
  /** Largest payload that goes out at present, bytes. */
  readonly mtu: number;
  /** Every way that there is for datagrams, best first, in use or in reserve. */
  readonly carriers: readonly CarrierState[];
  /** How often the keys were renewed. */
  readonly rekeys: number;
  readonly datagramsSent: number;
  readonly datagramsReceived: number;
  /** Datagrams dropped by reason. */
  readonly dropped: {
    readonly malformed: number;
    readonly unauthentic: number;
    readonly replayed: number;
    readonly unroutable: number;
    /** Ours, larger than `mtu`. */
    readonly tooLarge: number;
    /** Ours, too old before the stream took them. */
    readonly stale: number;
  };
}

export type TunnelEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'phase'; readonly phase: Phase }
  /** Without the SSH connection: voice, which the last phase said goes on or not, does now or does no more. */
  | { readonly event: 'voice'; readonly goesOn: boolean }
  | { readonly event: 'notification'; readonly notification: StationNotification }
  /** A host key that was not known was accepted and written to known_hosts. */
  | { readonly event: 'host-key'; readonly host: string; readonly fingerprint: string }
  | { readonly event: 'stats'; readonly stats: TunnelStats }
  /** A forward's state changed. */
  | { readonly event: 'forward'; readonly forward: ForwardView }
  /** Something happened on a forward that the user should know: a sentence, rate-limited. */
  | {
      readonly event: 'forward-notice';
      readonly id: number;
      readonly code: ErrorCode;
      readonly text: string;
    }
  | { readonly event: 'log'; readonly level: LogLevel; readonly text: string; readonly fields: LogFields };
