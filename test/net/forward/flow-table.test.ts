import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Flow, FlowTable, type Peer, PeerFlows } from '../../../src/net/forward/flow-table.ts';
import { STATION_FLOW } from '../../../src/net/protocol/forward-packet.ts';

const IDLE = 100;
const MAX = 5;

/** What a FlowTable does, as a plain list in order of use. */
class PlainList {
  flows: { id: number; at: number }[] = [];
  ended: number[] = [];
  opened = 0;

  end(id: number): boolean {
    const known = this.flows.some((flow) => flow.id === id);
    if (known) this.ended.push(id);
    this.flows = this.flows.filter((flow) => flow.id !== id);
    return known;
  }
  use(id: number, now: number): string | undefined {
    const known = this.flows.find((flow) => flow.id === id);
    if (!known) return undefined;
    this.flows = [...this.flows.filter((flow) => flow !== known), { id, at: now }];
    return `flow ${id}`;
  }
  add(id: number, _value: string, now: number): void {
    this.end(id);
    if (this.flows.length >= MAX) this.evictOldest();
    this.flows.push({ id, at: now });
    this.opened += 1;
  }
  evictOldest(): boolean {
    return this.flows[0] !== undefined && this.end(this.flows[0].id);
  }
  expire(now: number): void {
    for (const { id, at } of this.flows) if (now - at >= IDLE) this.end(id);
  }
}

type Step = (flows: FlowTable<string> | PlainList, now: number) => unknown;
const id = fc.nat(12);
const step: fc.Arbitrary<Step> = fc.oneof(
  id.map(
    (id): Step =>
      (flows, now) =>
        void flows.add(id, `flow ${id}`, now),
  ),
  id.map(
    (id): Step =>
      (flows, now) =>
        flows.use(id, now),
  ),
  id.map(
    (id): Step =>
      (flows) =>
        flows.end(id),
  ),
  fc.constant<Step>((flows) => flows.evictOldest()),
);

describe('a flow table', () => {
  it('does what a plain list does', () => {
    const wait = fc.oneof(fc.constant(0), fc.nat(60));
    fc.assert(
      fc.property(fc.array(fc.tuple(step, wait), { maxLength: 120 }), (steps) => {
        const ended: number[] = [];
        const table = new FlowTable<string>({ idleMs: IDLE, maxFlows: MAX }, ({ id }) => ended.push(id));
        const list = new PlainList();
        let now = 0;
        for (const [act, wait] of steps) {
          now += wait;
          table.expire(now);
          list.expire(now);
          expect(act(table, now)).toEqual(act(list, now));
          const oldest = list.flows[0]?.at ?? Number.POSITIVE_INFINITY;
          expect([table.size, table.nextDeadline()]).toEqual([list.flows.length, oldest + IDLE]);
          expect(ended).toEqual(list.ended);
        }
        expect(table.counters.opened).toBe(list.opened);
        table.clear();
        expect(table.size).toBe(0);
        expect(ended).toHaveLength(list.opened);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('flows of a listener', () => {
  const flows = (maxFlows = MAX, firstId = STATION_FLOW) => {
    const ended: Flow<Peer>[] = [];
    return {
      ended,
      flows: new PeerFlows({ idleMs: IDLE, maxFlows, firstId, ended: (flow) => ended.push(flow) }),
    };
  };

  it('gives each peer a flow of its own and finds it again', () => {
    const { flows: table } = flows();
    const a = table.flowOf('127.0.0.1', 1000, 0);
    const b = table.flowOf('127.0.0.1', 1001, 0);
    const c = table.flowOf('127.0.0.2', 1000, 0);
    expect([a, b, c]).toEqual([STATION_FLOW, STATION_FLOW + 1, STATION_FLOW + 2]);
    expect(table.flowOf('127.0.0.1', 1001, 50)).toBe(b);
    expect(table.peerOf(c, 60)).toEqual({ address: '127.0.0.2', port: 1000 });
    expect(table.peerOf(99, 60)).toBeUndefined();
    expect(table.counters).toEqual({ opened: 3, expired: 0, evicted: 0 });
    table.expire(120);
    expect(table.find('127.0.0.1', 1000)).toBeUndefined();
    expect([table.size, table.counters.expired]).toEqual([2, 1]);
  });

  it('keeps a flow alive that only answers come by', () => {
    const { flows: table } = flows();
    const id = table.flowOf('::1', 7, 0);
    for (let now = 50; now <= 500; now += 50) {
      table.expire(now);
      expect(table.peerOf(id, now)).toBeDefined();
    }
    table.expire(600);
    expect(table.size).toBe(0);
  });

  it('never holds more than its bound and gives no id twice at the same time', () => {
    const peer = fc.record({ address: fc.constantFrom('a', 'b', 'c'), port: fc.nat(20), wait: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(peer, { maxLength: 200 }), (peers) => {
        const { flows: table, ended } = flows();
        let now = 0;
        const opened = new Set<number>();
        for (const { address, port, wait } of peers) {
          now += wait;
          table.expire(now);
          const id = table.flowOf(address, port, now);
          opened.add(id);
          expect(table.size).toBeLessThanOrEqual(MAX);
          expect(table.peerOf(id, now)).toEqual({ address, port });
          expect(table.find(address, port)).toBe(id);
        }
        table.clear();
        expect(ended.map(({ id }) => id).sort()).toEqual([...opened].sort());
        for (const { address, port } of peers) expect(table.find(address, port)).toBeUndefined();
      }),
      { seed: 12 },
    );
  });
});
