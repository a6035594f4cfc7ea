/** The UDP forwards of a station's members: opens and closes them, bounds them all together, and hands each datagram on. */
import { VoiptermError } from '../errors.ts';
import type { Answer, Ask } from '../net/control/schema.ts';
import { DEFAULT_IDLE_MS, DEFAULT_MAX_FLOWS } from '../net/forward/flow-table.ts';
import {
  dataOf,
  encodeForward,
  FORWARD_HEADER_BYTES,
  flowOf,
  forwardOf,
  isForward,
  MAX_FORWARD_ID,
} from '../net/protocol/forward-packet.ts';
import type { Counters } from './counters.ts';
import { Destinations, type Lookup } from './destinations.ts';
import { FlowBudget } from './flow-budget.ts';
import { type ForwardAccess, requireListen } from './forward-access.ts';
import { listenUdp } from './listeners.ts';
import { SocksForward } from './socks-forward.ts';
import { DestinationForward, type ForwardHost, ListenForward, type UdpForward } from './udp-forward.ts';

/** UDP forwards of one member: a person's list is short, a program's may be long. */
export const MAX_MEMBER_FORWARDS = 256;
/** Flows of all members: each is a socket, and systems allow a process tens of thousands. */
export const MAX_STATION_FLOWS = 16_384;
/** How often idle flows are looked for. */
const EXPIRE_MS = 1000;
/** A member is told at most so often why its datagrams do not arrive. */
const NOTICE_MS = 10_000;
/** The largest datagram there is, its SOCKS address and our header. */
const SCRATCH_BYTES = 66_000;

/** Who asks for a forward. */
export interface ForwardMember {
  readonly id: number;
  readonly fingerprint: string;
}

export interface ForwardsOptions {
  readonly access: ForwardAccess;
  readonly counters: Counters;
  /** Seals a payload of the forward channel for a member and sends it. */
  readonly send: (member: number, payload: Uint8Array) => boolean;
  /** Largest payload that goes out to a member now. */
  readonly maxPayload: (member: number) => number;
  /** Shows a member a sentence. */
  readonly notice: (member: number, sentence: string) => void;
  readonly lookup?: Lookup | undefined;
  readonly maxFlows?: number | undefined;
  readonly maxStationFlows?: number | undefined;
}

interface MemberForwards {
  readonly byId: Map<number, UdpForward>;
  nextId: number;
  noticeAt: number;
}

/** A forward before and after it exists: closed meanwhile, it is closed as soon as it does. */
interface Place {
  readonly id: number;
  readonly host: ForwardHost;
  take(forward: UdpForward): void;
  giveUp(): void;
}

export class Forwards {
  readonly #options: ForwardsOptions;
  readonly #destinations: Destinations;
  readonly #budget: FlowBudget;
  readonly #members = new Map<number, MemberForwards>();
  readonly #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ForwardsOptions) {
    this.#options = options;
    this.#destinations = new Destinations(options.lookup);
    this.#budget = new FlowBudget(options.maxStationFlows ?? MAX_STATION_FLOWS);
  }

  /** What TCP forwards use as well, so that lookups are bounded together. */
  get destinations(): Destinations {
    return this.#destinations;
  }

  /** Opens a forward that the member begins flows of. Rejects with 'forward.refused' or 'forward.unreachable'. */
  async open(member: ForwardMember, ask: Ask<'forward.open'>): Promise<Answer<'forward.open'>> {
    const { access } = this.#options;
    return this.#placed(member, ask.idleS, async ({ id, host }) => {
      if (ask.kind === 'socks-udp') {
        if (!access.rightsOf(member.fingerprint).reach.some(({ protocol }) => protocol === 'udp')) {
          throw new VoiptermError(
            'forward.refused',
            'This station does not let you reach anything over UDP: ask its operator to allow it (serve --allow-forward HOST:PORT/udp).',
          );
        }
        const resolve = async (to: { host: string; port: number }) =>
          first(await this.#destinations.resolve(access.rightsOf(member.fingerprint), to, 'udp'));
        return { forward: new SocksForward(host, resolve), answer: { forward: id } };
      }
      const rights = access.rightsOf(member.fingerprint);
      const address = first(await this.#destinations.resolve(rights, ask, 'udp'));
      return { forward: new DestinationForward(host, address, ask.port), answer: { forward: id } };
    });
  }

  /** Listens on a UDP port of the station. Rejects with 'forward.refused' or 'forward.in-use'. */
  async listen(member: ForwardMember, ask: Ask<'forward.listen'>): Promise<Answer<'forward.listen'>> {
    return this.#placed(member, ask.idleS, async ({ id, host }) => {
      requireListen(this.#options.access.rightsOf(member.fingerprint), ask.bind, ask.port, 'udp');
      const socket = await listenUdp(ask.bind, ask.port);
      return {
        forward: new ListenForward(host, socket),
        answer: { forward: id, port: socket.address().port },
      };
    });
  }

  /** Ends a forward; one that is not there has ended. */
  close(member: number, id: number): void {
    const forwards = this.#members.get(member);
    const forward = forwards?.byId.get(id);
    if (!forwards || !forward) return;
    forwards.byId.delete(id);
    this.#end(forward);
    if (forwards.byId.size === 0) this.#forget(member);
  }

  /** Ends all forwards of a member. */
  closeMember(member: number): void {
    const forwards = this.#members.get(member);
    if (!forwards) return;
    this.#forget(member);
    for (const forward of forwards.byId.values()) this.#end(forward);
  }

  /** Takes a payload of the forward channel from a member. */
  receive(member: number, payload: Uint8Array, now: number): void {
    const { counters } = this.#options;
    counters.forwardIn += 1;
    if (!isForward(payload)) {
      counters.forwardMalformed += 1;
      return;
    }
    const forward = this.#members.get(member)?.byId.get(forwardOf(payload));
    if (forward) forward.receive(flowOf(payload), dataOf(payload), now);
    else counters.forwardUnknown += 1;
  }

  /** Adds what lives to a copy of the counters. */
  withLive(counters: Counters): Counters {
    const sum = { ...counters, liveFlows: this.#budget.used };
    for (const { byId } of this.#members.values()) {
      sum.liveForwards += byId.size;
      for (const forward of byId.values()) addFlows(sum, forward);
    }
    return sum;
  }

  /** Ends everything. */
  closeAll(): void {
    for (const member of [...this.#members.keys()]) this.closeMember(member);
  }

  async #placed<T>(
    member: ForwardMember,
    idleS: number | undefined,
    make: (place: Place) => Promise<{ forward: UdpForward; answer: T }>,
  ): Promise<T> {
    const { counters } = this.#options;
    const place = this.#place(member.id, idleS);
    try {
      const { forward, answer } = await make(place);
      place.take(forward);
      counters.forwardsOpened += 1;
      return answer;
    } catch (error) {
      place.giveUp();
      counters.forwardsRefused += 1;
      throw error;
    }
  }

  /** Reserves an id. The forward is there at once, as one that takes nothing, and is replaced when it is made. */
  #place(member: number, idleS: number | undefined): Place {
    const forwards = this.#members.get(member) ?? {
      byId: new Map(),
      nextId: 1,
      noticeAt: Number.NEGATIVE_INFINITY,
    };
    if (forwards.byId.size >= MAX_MEMBER_FORWARDS) {
      throw new VoiptermError(
        'control.limit',
        `You have ${MAX_MEMBER_FORWARDS} UDP forwards here, which is all that a member may have: remove one first.`,
      );
    }
    this.#members.set(member, forwards);
    this.#timer ??= setInterval(() => this.#expire(), EXPIRE_MS);
    while (forwards.byId.has(forwards.nextId)) forwards.nextId = (forwards.nextId % MAX_FORWARD_ID) + 1;
    const id = forwards.nextId;
    forwards.nextId = (id % MAX_FORWARD_ID) + 1;
    const pending = new PendingForward(this.#options.counters);
    forwards.byId.set(id, pending);
    const mine = (): boolean => forwards.byId.get(id) === pending && this.#members.get(member) === forwards;
    return {
      id,
      host: this.#hostOf(member, id, forwards, idleS),
      take: (forward) => {
        if (mine()) {
          forwards.byId.set(id, forward);
          this.#budget.enter(forward);
        } else {
          forward.close();
          throw new VoiptermError('control.closing', 'The forward was closed before it was open.');
        }
      },
      giveUp: () => {
        if (mine()) this.close(member, id);
      },
    };
  }

  #hostOf(member: number, id: number, forwards: MemberForwards, idleS: number | undefined): ForwardHost {
    const { counters, send, maxFlows = DEFAULT_MAX_FLOWS } = this.#options;
    const notice = (sentence: string): void => this.#notice(member, forwards, sentence);
    return {
      counters,
      limits: { idleMs: idleS === undefined ? DEFAULT_IDLE_MS : idleS * 1000, maxFlows },
      notice,
      begin: () => {
        const forward = forwards.byId.get(id);
        const begun = forward !== undefined && this.#budget.begin(forward);
        if (!begun) counters.forwardUnsent += 1;
        return begun;
      },
      ended: () => this.#budget.ended(),
      deliver: (flow, data) => {
        const payload = encodeForward(id, flow, data, this.#scratch);
        if (send(member, payload)) counters.forwardOut += 1;
        else this.#unsent(member, payload.length, notice);
      },
    };
  }

  #unsent(member: number, bytes: number, notice: (sentence: string) => void): void {
    this.#options.counters.forwardUnsent += 1;
    const most = this.#options.maxPayload(member);
    if (bytes <= most) return;
    notice(
      `A datagram of ${bytes - FORWARD_HEADER_BYTES} bytes for you does not fit into the tunnel, which takes ${most - FORWARD_HEADER_BYTES} at present: make the other program send smaller ones.`,
    );
  }

  #notice(member: number, forwards: MemberForwards, sentence: string): void {
    const now = performance.now();
    if (now - forwards.noticeAt < NOTICE_MS || this.#members.get(member) !== forwards) return;
    forwards.noticeAt = now;
    this.#options.notice(member, sentence);
  }

  #end(forward: UdpForward): void {
    forward.close();
    this.#budget.leave(forward);
    addFlows(this.#options.counters, forward);
  }

  #forget(member: number): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #expire(): void {
    const now = performance.now();
    for (const { byId } of this.#members.values()) for (const forward of byId.values()) forward.expire(now);
  }
}

/** What stands at a forward's id until it is made. */
class PendingForward implements UdpForward {
  readonly size = 0;
  readonly flowCounters = { opened: 0, expired: 0, evicted: 0 };
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  receive(): void {
    this.#counters.forwardUnknown += 1;
  }
  evictOldest(): boolean {
    return false;
  }
  expire(): void {
    // it has no flows
  }
  close(): void {
    // nor a socket
  }
}

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new VoiptermError('internal', 'an empty list of addresses');
  return item;
}

function addFlows(counters: Counters, { flowCounters }: UdpForward): void {
  counters.flowsOpened += flowCounters.opened;
  counters.flowsExpired += flowCounters.expired;
  counters.flowsEvicted += flowCounters.evicted;
}
