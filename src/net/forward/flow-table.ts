/**
 * NAT's bookkeeping: flows by id, the least recently used first to go. Pure: told the time in ms, any monotonic clock.
 *
 * `FlowTable` is for the end that has a socket for each flow; `PeerFlows` for the end that has one listener and many
 * peers. Both are on the path of every datagram: finding and touching a flow makes nothing and is O(1).
 */
import { FLOW_IDS } from '../protocol/forward-packet.ts';

/** A flow without a datagram for so long is forgotten: what a NAT gives UDP at least is 30 s, mostly 60 (RFC 4787). */
export const DEFAULT_IDLE_MS = 60_000;
/** Flows of one forward: a resolver or a game server with that many at once is busy, memory stays a few MB. */
export const DEFAULT_MAX_FLOWS = 4096;

export interface FlowLimits {
  readonly idleMs: number;
  readonly maxFlows: number;
}

export interface FlowCounters {
  /** Flows that began. */
  readonly opened: number;
  /** Flows that ended because they were idle. */
  readonly expired: number;
  /** Flows that ended because another one needed their place. */
  readonly evicted: number;
}

/** One flow; a link in the list by age. */
export interface Flow<V> {
  readonly id: number;
  readonly value: V;
}

interface Entry<V> extends Flow<V> {
  usedAt: number;
  older: Entry<V> | undefined;
  newer: Entry<V> | undefined;
}

export class FlowTable<V> {
  readonly #limits: FlowLimits;
  readonly #ended: (flow: Flow<V>) => void;
  readonly #byId = new Map<number, Entry<V>>();
  #oldest: Entry<V> | undefined;
  #newest: Entry<V> | undefined;
  #opened = 0;
  #expired = 0;
  #evicted = 0;

  /** `ended` is called once for each flow that leaves the table, in whatever way. */
  constructor(limits: FlowLimits, ended: (flow: Flow<V>) => void) {
    this.#limits = limits;
    this.#ended = ended;
  }

  get size(): number {
    return this.#byId.size;
  }

  get counters(): FlowCounters {
    return { opened: this.#opened, expired: this.#expired, evicted: this.#evicted };
  }

  /** The flow's value; it counts as used now. */
  use(id: number, now: number): V | undefined {
    const entry = this.#byId.get(id);
    if (!entry) return undefined;
    this.#touch(entry, now);
    return entry.value;
  }

  /** Takes a flow in, evicting the least recently used one if the table is full; one with the same id ends. */
  add(id: number, value: V, now: number): Flow<V> {
    this.end(id);
    if (this.#byId.size >= this.#limits.maxFlows) this.evictOldest();
    const entry: Entry<V> = { id, value, usedAt: now, older: undefined, newer: undefined };
    this.#byId.set(id, entry);
    this.#append(entry);
    this.#opened += 1;
    return entry;
  }

  has(id: number): boolean {
    return this.#byId.has(id);
  }

  /** Ends one flow. False if there is none. */
  end(id: number): boolean {
    const entry = this.#byId.get(id);
    if (entry) this.#remove(entry);
    return entry !== undefined;
  }

  /** Ends the flow that was used least recently. False if there is none. */
  evictOldest(): boolean {
    if (!this.#oldest) return false;
    this.#evicted += 1;
    this.#remove(this.#oldest);
    return true;
  }

  /** Ends the flows that have been idle too long. */
  expire(now: number): void {
    while (this.#oldest && now - this.#oldest.usedAt >= this.#limits.idleMs) {
      this.#expired += 1;
      this.#remove(this.#oldest);
    }
  }

  /** When expire() has something to do at the earliest, ms; Infinity if never. */
  nextDeadline(): number {
    return this.#oldest ? this.#oldest.usedAt + this.#limits.idleMs : Number.POSITIVE_INFINITY;
  }

  /** Ends all flows. */
  clear(): void {
    while (this.#oldest) this.#remove(this.#oldest);
  }

  #touch(entry: Entry<V>, now: number): void {
    entry.usedAt = now;
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  #remove(entry: Entry<V>): void {
    this.#byId.delete(entry.id);
    this.#unlink(entry);
    this.#ended(entry);
  }

  #append(entry: Entry<V>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry<V>): void {
    if (entry.older) entry.older.newer = entry.newer;
    else this.#oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
  }
}

/** Who sends to a listener. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

export interface PeerFlowsOptions extends FlowLimits {
  /** 0 for a client's flows, STATION_FLOW for a station's. */
  readonly firstId: number;
  /** Called once for each flow that ends, as FlowTable's. */
  readonly ended?: (flow: Flow<Peer>) => void;
}

/** Flows of a listener: which flow a peer's datagrams belong to, and whose answer a flow's datagram is. */
export class PeerFlows {
  readonly #table: FlowTable<Peer>;
  readonly #firstId: number;
  /** Ids by port within each address: no key is put together for a datagram. */
  readonly #byAddress = new Map<string, Map<number, number>>();
  #nextId = 0;

  constructor({ firstId, ended, ...limits }: PeerFlowsOptions) {
    this.#firstId = firstId;
    this.#table = new FlowTable(limits, (flow) => {
      this.#forget(flow);
      ended?.(flow);
    });
  }

  get size(): number {
    return this.#table.size;
  }

  get counters(): FlowCounters {
    return this.#table.counters;
  }

  /** The flow id of a peer that just sent something; a new one if it has none. */
  flowOf(address: string, port: number, now: number): number {
    const known = this.find(address, port);
    if (known !== undefined) {
      this.#table.use(known, now);
      return known;
    }
    const id = this.#freeId();
    this.#table.add(id, { address, port }, now);
    const ports = this.#byAddress.get(address);
    if (ports) ports.set(port, id);
    else this.#byAddress.set(address, new Map([[port, id]]));
    return id;
  }

  /** The flow id of a peer, if it has one; does not count as use. */
  find(address: string, port: number): number | undefined {
    return this.#byAddress.get(address)?.get(port);
  }

  /** Where a flow's datagram goes; it counts as used now. Undefined for a flow that ended or never was. */
  peerOf(id: number, now: number): Peer | undefined {
    return this.#table.use(id, now);
  }

  evictOldest(): boolean {
    return this.#table.evictOldest();
  }

  expire(now: number): void {
    this.#table.expire(now);
  }

  nextDeadline(): number {
    return this.#table.nextDeadline();
  }

  clear(): void {
    this.#table.clear();
  }

  /** Ids go up and round, so that a late datagram of an ended flow finds nobody for a long time. */
  #freeId(): number {
    let id = this.#firstId + this.#nextId;
    while (this.#table.has(id)) {
      this.#nextId = (this.#nextId + 1) % FLOW_IDS;
      id = this.#firstId + this.#nextId;
    }
    this.#nextId = (this.#nextId + 1) % FLOW_IDS;
    return id;
  }

  #forget({ value: { address, port } }: Flow<Peer>): void {
    const ports = this.#byAddress.get(address);
    ports?.delete(port);
    if (ports?.size === 0) this.#byAddress.delete(address);
  }
}
