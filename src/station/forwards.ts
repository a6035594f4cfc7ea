/** The UDP forwards of a station's members: opens and closes them, bounds them all together, and hands each datagram on. */
import { VoiptermError } from '../errors.ts';
import type { Answer, Ask } from '../net/control/schema.ts';
import { DEFAULT_MAX_FLOWS } from '../net/forward/flow-table.ts';
import { dataOf, flowOf, forwardOf, isForward } from '../net/protocol/forward-packet.ts';
import type { Counters } from './counters.ts';
import { Destinations, type Lookup } from './destinations.ts';
import { FlowBudget } from './flow-budget.ts';
import { type ForwardAccess, requireListen } from './forward-access.ts';
import { listenUdp } from './listeners.ts';
import { MemberForwards, type Place } from './member-forwards.ts';
import { SocksForward } from './socks-forward.ts';
import { DestinationForward, ListenForward, type UdpForward } from './udp-forward.ts';

/** Flows of all members: each is a socket, and systems allow a process tens of thousands. */
const MAX_STATION_FLOWS = 16_384;
/** How often idle flows are looked for. */
const EXPIRE_MS = 1000;
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
    this.#members.get(member)?.close(id);
    this.#forgetIfEmpty(member);
  }

  /** Ends all forwards of a member. */
  closeMember(member: number): void {
    this.#members.get(member)?.closeAll();
    this.#forgetIfEmpty(member);
  }

  /** Takes a payload of the forward channel from a member. */
  receive(member: number, payload: Uint8Array, now: number): void {
    const { counters } = this.#options;
    counters.forwardIn += 1;
    if (!isForward(payload)) {
      counters.forwardMalformed += 1;
      return;
    }
    const forward = this.#members.get(member)?.get(forwardOf(payload));
    if (forward) forward.receive(flowOf(payload), dataOf(payload), now);
    else counters.forwardUnknown += 1;
  }

  /** Adds what lives to a copy of the counters. */
  withLive(counters: Counters): Counters {
    const sum = { ...counters, liveFlows: this.#budget.used };
    for (const forwards of this.#members.values()) forwards.addLive(sum);
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
    const place = this.#forwardsOf(member.id).place(idleS);
    try {
      const { forward, answer } = await make(place);
      place.take(forward);
      counters.forwardsOpened += 1;
      return answer;
    } catch (error) {
      place.giveUp();
      this.#forgetIfEmpty(member.id);
      counters.forwardsRefused += 1;
      throw error;
    }
  }

  #forwardsOf(member: number): MemberForwards {
    const before = this.#members.get(member);
    if (before) return before;
    const { counters, send, maxPayload, notice, maxFlows = DEFAULT_MAX_FLOWS } = this.#options;
    const forwards = new MemberForwards({
      counters,
      budget: this.#budget,
      maxFlows,
      scratch: this.#scratch,
      send: (payload) => send(member, payload),
      maxPayload: () => maxPayload(member),
      notice: (sentence) => notice(member, sentence),
    });
    this.#members.set(member, forwards);
    this.#timer ??= setInterval(() => this.#expire(), EXPIRE_MS);
    return forwards;
  }

  #forgetIfEmpty(member: number): void {
    if (this.#members.get(member)?.size === 0) this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #expire(): void {
    const now = performance.now();
    for (const forwards of this.#members.values()) forwards.expire(now);
  }
}

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new VoiptermError('internal', 'an empty list of addresses');
  return item;
}
