/** The UDP forwards of one member: their ids, which they have while they are still being made, and what reaches the member. */
import { VoiptermError } from '../errors.ts';
import { DEFAULT_IDLE_MS } from '../net/forward/flow-table.ts';
import { encodeForward, FORWARD_HEADER_BYTES, MAX_FORWARD_ID } from '../net/protocol/forward-packet.ts';
import type { Counters } from './counters.ts';
import type { FlowBudget } from './flow-budget.ts';
import type { Flows, ForwardHost, UdpForward } from './udp-forward.ts';

/** UDP forwards of one member: a person's list is short, a program's may be long. */
const MAX_MEMBER_FORWARDS = 256;
/** A member is told at most so often why its datagrams do not arrive. */
const NOTICE_MS = 10_000;

export interface MemberForwardsOptions {
  readonly counters: Counters;
  readonly budget: FlowBudget;
  readonly maxFlows: number;
  /** Where each payload is put together; sealed before the next one comes. */
  readonly scratch: Buffer;
  /** Seals a payload of the forward channel for the member and sends it. */
  readonly send: (payload: Uint8Array) => boolean;
  /** Largest payload that goes out to the member now. */
  readonly maxPayload: () => number;
  /** Shows the member a sentence. */
  readonly notice: (sentence: string) => void;
}

/** A forward before and after it exists: closed meanwhile, it is closed as soon as it does. */
export interface Place {
  readonly id: number;
  readonly host: ForwardHost;
  /** @throws VoiptermError 'control.closing' if it was closed meanwhile. */
  take(forward: UdpForward): void;
  giveUp(): void;
}

export class MemberForwards {
  readonly #options: MemberForwardsOptions;
  readonly #byId = new Map<number, UdpForward>();
  #nextId = 1;
  #noticeAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: MemberForwardsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: number): UdpForward | undefined {
    return this.#byId.get(id);
  }

  /**
   * Reserves an id. The forward is there at once, as one that takes nothing, and is replaced when it is made. `idleS` is
   * how long a flow may be silent. @throws VoiptermError 'control.limit'.
   */
  place(idleS: number | undefined): Place {
    if (this.#byId.size >= MAX_MEMBER_FORWARDS) {
      throw new VoiptermError(
        'control.limit',
        `You have ${MAX_MEMBER_FORWARDS} UDP forwards here, which is all that a member may have: remove one first.`,
      );
    }
    const id = this.#takeId();
    const pending = new PendingForward(this.#options.counters);
    this.#byId.set(id, pending);
    const waits = (): boolean => this.#byId.get(id) === pending;
    return {
      id,
      host: this.#hostOf(id, idleS),
      take: (forward) => {
        if (waits()) {
          this.#byId.set(id, forward);
          this.#options.budget.enter(forward.flows);
        } else {
          forward.close();
          throw new VoiptermError('control.closing', 'The forward was closed before it was open.');
        }
      },
      giveUp: () => {
        if (waits()) this.close(id);
      },
    };
  }

  /** Ends a forward; one that is not there has ended. */
  close(id: number): void {
    const forward = this.#byId.get(id);
    if (!forward) return;
    this.#byId.delete(id);
    forward.close();
    this.#options.budget.leave(forward.flows);
    addFlows(this.#options.counters, forward);
  }

  /** Ends all, for good. */
  closeAll(): void {
    this.#closed = true;
    for (const id of [...this.#byId.keys()]) this.close(id);
  }

  /** Ends idle flows. */
  expire(now: number): void {
    for (const forward of this.#byId.values()) forward.expire(now);
  }

  /** Adds what lives to counters. */
  addLive(counters: Counters): void {
    counters.liveForwards += this.#byId.size;
    for (const forward of this.#byId.values()) addFlows(counters, forward);
  }

  #takeId(): number {
    while (this.#byId.has(this.#nextId)) this.#nextId = (this.#nextId % MAX_FORWARD_ID) + 1;
    const id = this.#nextId;
    this.#nextId = (id % MAX_FORWARD_ID) + 1;
    return id;
  }

  #hostOf(id: number, idleS: number | undefined): ForwardHost {
    const { counters, budget, maxFlows } = this.#options;
    return {
      counters,
      limits: { idleMs: idleS === undefined ? DEFAULT_IDLE_MS : idleS * 1000, maxFlows },
      notice: (sentence) => this.#notice(sentence),
      begin: () => {
        const forward = this.#byId.get(id);
        const begun = forward !== undefined && budget.begin(forward.flows);
        if (!begun) counters.forwardUnsent += 1;
        return begun;
      },
      ended: () => budget.ended(),
      deliver: (flow, data) => this.#deliver(id, flow, data),
    };
  }

  #deliver(id: number, flow: number, data: Uint8Array): void {
    const { counters, send, maxPayload, scratch } = this.#options;
    const payload = encodeForward(id, flow, data, scratch);
    if (send(payload)) {
      counters.forwardOut += 1;
      return;
    }
    counters.forwardUnsent += 1;
    const most = maxPayload();
    if (payload.length <= most) return;
    this.#notice(
      `A datagram of ${data.length} bytes for you does not fit into the tunnel, which takes ${most - FORWARD_HEADER_BYTES} at present: make the other program send smaller ones.`,
    );
  }

  #notice(sentence: string): void {
    const now = performance.now();
    if (this.#closed || now - this.#noticeAt < NOTICE_MS) return;
    this.#noticeAt = now;
    this.#options.notice(sentence);
  }
}

const NO_FLOWS: Flows = {
  size: 0,
  counters: { opened: 0, expired: 0, evicted: 0 },
  evictOldest: () => false,
};

/** What stands at a forward's id until it is made. */
class PendingForward implements UdpForward {
  readonly flows = NO_FLOWS;
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  receive(): void {
    this.#counters.forwardUnknown += 1;
  }
  expire(): void {
    // it has no flows
  }
  close(): void {
    // nor a socket
  }
}

function addFlows(counters: Counters, { flows }: UdpForward): void {
  const { opened, expired, evicted } = flows.counters;
  counters.flowsOpened += opened;
  counters.flowsExpired += expired;
  counters.flowsEvicted += evicted;
}
