/** What a bad network does to a TCP stream: time only. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bottleneck } from '../../src/lab/bottleneck.ts';
import { type Impairments, parseImpairments } from '../../src/lab/spec.ts';
import {
  MIN_RTO_MS,
  retransmissionTimeout,
  SEGMENT_BYTES,
  type StreamCounters,
  StreamImpairment,
  type StreamItem,
} from '../../src/lab/stream-impairment.ts';

const RTO = MIN_RTO_MS;
const MESSAGE = 100;

class Line {
  readonly counters: StreamCounters = {
    segments: 0,
    receivedBytes: 0,
    deliveredBytes: 0,
    retransmissions: 0,
  };
  readonly bottleneck: Bottleneck;
  readonly stream: StreamImpairment;
  readonly arrivals: { at: number; item: StreamItem }[] = [];

  constructor(spec: string, seed = 1, bottleneck?: Bottleneck) {
    const impairments: Impairments = parseImpairments(spec);
    this.bottleneck = bottleneck ?? new Bottleneck(impairments);
    const { counters } = this;
    this.stream = new StreamImpairment({
      seed,
      impairments,
      bottleneck: this.bottleneck,
      rtoMs: RTO,
      counters,
    });
  }

  change(spec: string, now: number): void {
    this.bottleneck.change(parseImpairments(spec));
    this.stream.change(parseImpairments(spec), RTO);
    this.#take(now);
  }

  send(now: number, item: StreamItem | Uint8Array = new Uint8Array(MESSAGE)): void {
    this.runUntil(now);
    this.stream.receive(item instanceof Uint8Array ? { kind: 'data', bytes: item } : item);
    this.#take(now);
  }

  runUntil(end: number): void {
    let now = -1;
    for (;;) {
      const at = this.stream.nextDeadline(now);
      if (at > end || at === Infinity) return;
      expect(at).toBeGreaterThan(now); // else a driver would spin
      now = at;
      this.#take(now);
    }
  }

  #take(now: number): void {
    for (let item = this.stream.poll(now); item; item = this.stream.poll(now))
      this.arrivals.push({ at: now, item });
  }

  get times(): number[] {
    return this.arrivals.map(({ at }) => at);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.arrivals.flatMap(({ item }) => (item.kind === 'data' ? [item.bytes] : [])));
  }
}

/** Messages of 100 bytes, one each `every` ms. */
function run(spec: string, count: number, every: number, seed = 1): Line {
  const line = new Line(spec, seed);
  for (let n = 0; n < count; n++) line.send(n * every);
  line.runUntil(Infinity);
  return line;
}

test('with nothing set what was read is written at once, uncut', () => {
  const line = new Line('');
  const big = new Uint8Array(65_536);
  line.send(3, big);
  expect(line.arrivals).toEqual([{ at: 3, item: { kind: 'data', bytes: big } }]);
  expect(line.stream.queuedBytes).toBe(0);
});

test('bytes, begin and end keep their order whatever happens, and none is missing', () => {
  const spec = fc.constantFrom(
    'loss=30% delay=10ms jitter=50ms',
    'loss=10% burst=5',
    'rate=1mbit queue=10ms loss=5%',
    'jitter=300ms reorder=50% duplicate=50% corrupt=50%',
    'block',
    '',
  );
  const step = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        after: fc.integer({ min: 0, max: 40 }),
        size: fc.integer({ min: 1, max: 4000 }),
      }),
    },
    { weight: 1, arbitrary: spec },
  );
  fc.assert(
    fc.property(spec, fc.array(step, { maxLength: 60 }), fc.nat(), (first, steps, seed) => {
      const line = new Line(first, seed);
      const sent: Uint8Array[] = [];
      let now = 0;
      line.send(now, { kind: 'open' });
      for (const one of steps) {
        if (typeof one === 'string') line.change(one, now);
        else {
          now += one.after;
          const bytes = new Uint8Array(one.size).map((_, n) => n + sent.length);
          sent.push(bytes);
          line.send(now, bytes);
        }
      }
      line.send(now, { kind: 'end' });
      line.change('', now);
      line.runUntil(Infinity);
      const kinds = line.arrivals.map(({ item }) => item.kind);
      expect([kinds[0], kinds.at(-1)]).toEqual(['open', 'end']);
      expect(line.bytes.equals(Buffer.concat(sent))).toBe(true);
      expect(line.times).toEqual(line.times.toSorted((a, b) => a - b));
      expect(line.counters.deliveredBytes).toBe(line.counters.receivedBytes);
      expect(line.stream.queuedBytes).toBe(0);
    }),
    { seed: 31, numRuns: 200 },
  );
});

describe('loss', () => {
  test('costs one retransmission timeout, then twice as much, and holds up what follows', () => {
    const { arrivals, counters } = run('loss=10% delay=40ms', 20_000, 20, 5);
    const late = arrivals.map(({ at }, n) => at - n * 20 - 40);
    expect(late.every((ms) => ms >= 0)).toBe(true);
    // The first of each held-up row is the lost one: its lateness is a whole number of timeouts, 1, 3, 7, ...
    const heads = late.filter((ms, n) => ms > 0 && (late[n - 1] === 0 || ms > late[n - 1]!));
    const costs = new Set(heads.map((ms) => ms / RTO));
    expect([...costs].sort((a, b) => a - b).slice(0, 3)).toEqual([1, 3, 7]);
    // Behind a lost one all that was sent within the timeout comes when it comes.
    const hit = arrivals[late.indexOf(RTO)]!.at;
    expect(arrivals.filter(({ at }) => at === hit).length).toBeGreaterThan(2);
    expect(counters.retransmissions / 20_000).toBeCloseTo(0.1 / 0.9, 2);
  });

  test('takes longer where the round trip is longer', () => {
    const far = parseImpairments('delay=300ms jitter=50ms');
    expect(retransmissionTimeout(far, parseImpairments('delay=100ms'))).toBe(450);
    expect(retransmissionTimeout(parseImpairments(''), parseImpairments('delay=20ms'))).toBe(MIN_RTO_MS);
  });

  test('has the same fate for the same segments, whenever they come', () => {
    const which = (every: number): boolean[] =>
      run('loss=20%', 500, every, 8).times.map((at, n) => at > n * every);
    const slow = which(100_000);
    expect(which(200_000)).toEqual(slow);
    expect(slow.filter(Boolean).length / 500).toBeCloseTo(0.2, 1);
    expect(run('loss=20%', 500, 10, 9).times).toEqual(run('loss=20%', 500, 10, 9).times);
    expect(run('loss=20%', 500, 10, 10).times).not.toEqual(run('loss=20%', 500, 10, 9).times);
  });

  test('in bursts hits segments in a row', () => {
    const calm = (burst: string): number => {
      const { times } = run(`loss=10% ${burst}`, 3000, 100_000, 6);
      return times.filter((at, n) => at > n * 100_000 && times[n + 1]! === (n + 1) * 100_000).length;
    };
    expect(calm('burst=6')).toBeLessThan(calm('') / 3); // as many losses in fewer rows
  });

  test('of all lets nothing through until it is lifted; then the next retransmission gets through', () => {
    const line = new Line('loss=100%');
    line.send(0);
    line.runUntil(3000);
    expect(line.arrivals).toEqual([]);
    line.change('', 3000);
    line.runUntil(Infinity);
    expect(line.times).toEqual([RTO * (1 + 2 + 4 + 8 + 16)]);
  });
});

describe('rate', () => {
  test('bytes come at the rate, and the sender is held back instead of losing', () => {
    const line = new Line('rate=256kbit queue=50ms');
    line.send(0, new Uint8Array(32_000));
    expect(line.stream.full).toBe(true);
    line.runUntil(Infinity);
    expect(line.times.at(-1)).toBeCloseTo(1000, 6);
    expect(line.bytes).toHaveLength(32_000);
    expect(line.stream.full).toBe(false);
    expect(line.counters.segments).toBe(Math.ceil(32_000 / SEGMENT_BYTES));
  });

  test('is shared by all connections of a direction', () => {
    const one = new Line('rate=256kbit queue=50ms');
    const two = new Line('rate=256kbit queue=50ms', 2, one.bottleneck);
    one.send(0, new Uint8Array(1000));
    two.send(0, new Uint8Array(1000));
    one.runUntil(Infinity);
    two.runUntil(Infinity);
    expect([one.times[0], two.times[0]]).toEqual([31.25, 62.5]);
  });

  test('without one the sender is held back by a large window only', () => {
    const line = new Line('delay=10s');
    for (let n = 0; n < 63; n++) line.send(0, new Uint8Array(65_536));
    expect(line.stream.full).toBe(false);
    line.send(0, new Uint8Array(65_536));
    expect(line.stream.full).toBe(true);
  });
});

test('block is a black hole; lifting it lets what was held go on', () => {
  const line = new Line('delay=20ms');
  line.send(0);
  line.change('delay=20ms block', 10);
  line.send(15, { kind: 'end' });
  line.runUntil(60_000);
  expect(line.stream.nextDeadline(60_000)).toBe(Infinity);
  expect(line.arrivals).toEqual([]);
  line.change('delay=20ms', 60_000);
  line.runUntil(Infinity);
  expect(line.arrivals.map(({ at, item }) => [at, item.kind])).toEqual([
    [60_000, 'data'],
    [60_020, 'end'],
  ]);
});
