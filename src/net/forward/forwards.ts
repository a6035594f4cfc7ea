/**
 * All forwards of a client: added and removed at any time, they outlive the link to the station and come back by
 * themselves on the next one.
 */
import { performance } from 'node:perf_hooks';
import { type ErrorCode, VoiptermError } from '../../errors.ts';
import type { IncomingTcp } from '../control/channels.ts';
import { forwardOf, isForward } from '../protocol/forward-packet.ts';
import type { DriverHost, ForwardDriver, Router } from './driver.ts';
import { Entry } from './entry.ts';
import type { ForwardLink } from './link.ts';
import { NoticeLimit } from './notice-limit.ts';
import { SocksServer } from './socks-server.ts';
import type { ForwardSpec } from './spec.ts';
import type { ForwardAsk, ForwardState, ForwardView } from './state.ts';
import { TcpLocal } from './tcp-local.ts';
import { TcpRemote } from './tcp-remote.ts';
import { UdpLocal } from './udp-local.ts';
import { UdpRemote } from './udp-remote.ts';

/** Forwards of a client: more than anybody writes down. */
const MAX_FORWARDS = 128;
/** How often idle flows are looked for, ms: fine enough for timeouts of seconds. */
const EXPIRE_INTERVAL_MS = 1000;

export interface ForwardsEvents {
  /** A forward's state changed. */
  changed(view: ForwardView): void;
  /** Something that happened on a forward, for the user; seldom enough to be shown. */
  notice(forward: number, code: ErrorCode, text: string): void;
}

/** A driver that somebody else made and drives. */
export interface Attached {
  /** Ends the driver, also at the station. */
  detach(): void;
}

interface Listed {
  readonly spec: ForwardSpec;
  readonly entry: Entry;
}

export class Forwards {
  readonly #events: ForwardsEvents;
  readonly #listed = new Map<number, Listed>();
  /** Those without a listener, which are nobody's to list or remove. */
  readonly #attached = new Set<Entry>();
  /** Who gets a payload, by the station's forward id. */
  readonly #routes = new Map<number, ForwardDriver>();
  readonly #router: Router = {
    route: (forward, driver) => void this.#routes.set(forward, driver),
    unroute: (forward) => void this.#routes.delete(forward),
  };
  readonly #limit = new NoticeLimit();
  #nextId = 1;
  /** Being opened: they count. */
  #opening = 0;
  #link: ForwardLink | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(events: ForwardsEvents) {
    this.#events = events;
  }

  /**
   * Takes a forward in. Resolves when this machine listens (-L, -D) or at once (-R); whether the station agrees comes as
   * a change. Rejects with 'forward.in-use' or 'control.limit'.
   */
  async add(ask: ForwardAsk): Promise<ForwardView> {
    if (this.#listed.size + this.#opening >= MAX_FORWARDS) {
      throw new VoiptermError(
        'control.limit',
        `there are ${MAX_FORWARDS} forwards already; remove one first`,
      );
    }
    const id = this.#nextId++;
    this.#opening += 1;
    try {
      const driver = await openDriver(ask, this.#hostFor(id));
      const { spec } = ask;
      const entry = new Entry(driver, () => this.#events.changed(view(id, { spec, entry })));
      if (this.#closed) {
        entry.close();
        throw new VoiptermError('tunnel.closed', 'the tunnel was closed');
      }
      this.#listed.set(id, { spec, entry });
      this.#timer ??= setInterval(() => this.#expire(), EXPIRE_INTERVAL_MS);
      if (this.#link) entry.online(this.#link, false);
      return view(id, { spec, entry });
    } finally {
      this.#opening -= 1;
    }
  }

  /** Ends a forward and its connections. False if there is none. */
  remove(id: number): boolean {
    const listed = this.#listed.get(id);
    this.#listed.delete(id);
    listed?.entry.close();
    if (this.#listed.size === 0) this.#stopTimer();
    return listed !== undefined;
  }

  list(): ForwardView[] {
    return [...this.#listed].map(([id, listed]) => view(id, listed));
  }

  /** Takes in a driver that listens nowhere: it gets each link as the forwards do, and is not listed. */
  attach(open: (router: Router) => ForwardDriver, changed: (state: ForwardState) => void): Attached {
    const entry = new Entry(open(this.#router), changed);
    this.#attached.add(entry);
    if (this.#link) entry.online(this.#link, false);
    return {
      detach: () => {
        if (this.#attached.delete(entry)) entry.close();
      },
    };
  }

  /** There is a link. With `resumed` it is the session of before on a new connection: UDP forwards live on. */
  online(link: ForwardLink, resumed = false): void {
    this.#link = link;
    if (!resumed) this.#routes.clear();
    for (const entry of this.#all()) entry.online(link, resumed);
  }

  /** The SSH connection broke, the datagram session may be resumed. While that is `alive`, UDP forwards carry on. */
  interrupted(alive: boolean): void {
    this.#link = undefined;
    for (const entry of this.#all()) entry.interrupted(alive);
  }

  /** The link is gone, and the datagram session with it. */
  offline(): void {
    this.#link = undefined;
    for (const entry of this.#all()) entry.offline();
    this.#routes.clear();
  }

  /** A payload of the forward channel. Its bytes are given away: nobody else may use them afterwards. */
  receive(payload: Uint8Array): void {
    if (isForward(payload)) this.#routes.get(forwardOf(payload))?.receive?.(payload);
  }

  /** A TCP connection at a listener of the station's; refused if it is nobody's. */
  incoming(tcp: IncomingTcp): void {
    for (const { driver } of this.#all()) if (driver.incoming?.(tcp)) return;
    tcp.reject();
  }

  /** Ends everything, for good. */
  close(): void {
    this.#closed = true;
    for (const id of [...this.#listed.keys()]) this.remove(id);
    for (const entry of this.#attached) entry.close();
    this.#attached.clear();
    this.#link = undefined;
  }

  #all(): Entry[] {
    return [...this.#attached, ...[...this.#listed.values()].map(({ entry }) => entry)];
  }

  #hostFor(id: number): DriverHost {
    return {
      ...this.#router,
      notice: (code, text) => {
        if (this.#limit.allows(text, performance.now())) this.#events.notice(id, code, text);
      },
    };
  }

  #expire(): void {
    const now = performance.now();
    for (const { driver } of this.#all()) driver.expire?.(now);
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function view(id: number, { spec, entry: { state, driver } }: Listed): ForwardView {
  return { id, spec, state, counters: driver.counters() };
}

function openDriver(ask: ForwardAsk, host: DriverHost): ForwardDriver | Promise<ForwardDriver> {
  const { option, protocol, to } = ask.spec;
  if (option === '-D') return SocksServer.open(ask, host);
  if (!to) throw new VoiptermError('usage.invalid', `${option} needs a destination`);
  if (protocol === 'udp')
    return option === '-L' ? UdpLocal.open(ask, to, host) : new UdpRemote(ask, to, host);
  return option === '-L' ? TcpLocal.open(ask, to, host) : new TcpRemote(ask, to, host);
}
