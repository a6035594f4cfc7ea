/** The fates of datagrams: shares and runs, determinism, delays, rate and queue, bounds, and that none is unaccounted for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bottleneck } from '../../src/lab/bottleneck.ts';
import { Impairment, REORDER_WAIT_MS } from '../../src/lab/impairment.ts';
import { parseImpairments } from '../../src/lab/spec.ts';

interface Arrival {
  id: number;
  /** When it was taken out at its deadline, ms. */
  at: number;
  bytes: Uint8Array;
}

class Line {
  readonly bottleneck: Bottleneck;
  readonly link: Impairment<number>;
  readonly arrivals: Arrival[] = [];
  #id = 0;

  constructor(spec: string, seed = 1) {
    const impairments = parseImpairments(spec);
    this.bottleneck = new Bottleneck(impairments);
    this.link = new Impairment({ seed, impairments, bottleneck: this.bottleneck });
  }

  change(spec: string): void {
    this.bottleneck.change(parseImpairments(spec));
    this.link.change(parseImpairments(spec));
  }

  send(now: number, bytes: Uint8Array = new Uint8Array(100)): void {
    this.runUntil(now);
    this.link.receive(bytes, this.#id++, now);
    this.#take(now);
  }

  /** Polls at every deadline up to a time. */
  runUntil(end: number): void {
    for (;;) {
      const at = this.link.nextDeadline();
      if (at > end || at === Infinity) return;
      this.#take(at);
    }
  }

  #take(now: number): void {
    for (let next = this.link.poll(now); next; next = this.link.poll(now))
      this.arrivals.push({ id: next.to, at: now, bytes: next.bytes });
  }

  get ids(): number[] {
    return this.arrivals.map(({ id }) => id);
  }
}

/** One datagram each `every` ms. */
function run(spec: string, count: number, every: number, seed = 1): Line {
  const line = new Line(spec, seed);
  for (let n = 0; n < count; n++) line.send(n * every);
  line.runUntil(Infinity);
  return line;
}

/** Lengths of the runs of missing numbers. */
function lossRuns(ids: readonly number[]): number[] {
  return ids
    .slice(1)
    .map((id, n) => id - ids[n]! - 1)
    .filter((length) => length > 0);
}

const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

describe('nothing set', () => {
  test('everything passes at once, in order, without a copy', () => {
    const line = new Line('');
    const datagrams = [new Uint8Array(0), new Uint8Array(5), new Uint8Array(65_507)];
    for (const [n, bytes] of datagrams.entries()) line.send(n, bytes);
    expect(line.arrivals.map(({ at }) => at)).toEqual([0, 1, 2]);
    for (const [n, { bytes }] of line.arrivals.entries()) expect(bytes).toBe(datagrams[n]);
    expect(line.link.nextDeadline()).toBe(Infinity);
  });
});

describe('loss', () => {
  test.each([1, 5, 10, 30, 60])('of %i percent is this share, each datagram by itself', (percent) => {
    const { ids, link } = run(`loss=${percent}%`, 100_000, 1, percent);
    const share = percent / 100;
    // Four standard deviations of a binomial share over 100,000.
    const slack = 4 * Math.sqrt((share * (1 - share)) / 100_000);
    expect(Math.abs(1 - ids.length / 100_000 - share)).toBeLessThan(slack);
    expect(link.counters().lost).toBe(100_000 - ids.length);
    expect(mean(lossRuns(ids))).toBeCloseTo(1 / (1 - share), 1);
  });

  test.each([
    [10, 4],
    [5, 10],
    [50, 3],
    [30, 1],
    [80, 6],
  ])('of %i percent in bursts of %i has both', (percent, burst) => {
    const { ids } = run(`loss=${percent}% burst=${burst}`, 300_000, 1, 7);
    expect((1 - ids.length / 300_000) * 100).toBeGreaterThan(percent * 0.95 - 0.2);
    expect((1 - ids.length / 300_000) * 100).toBeLessThan(percent * 1.05 + 0.2);
    const runs = lossRuns(ids);
    expect(mean(runs)).toBeGreaterThan(burst * 0.95);
    expect(mean(runs)).toBeLessThan(burst * 1.05);
    // Geometric: a share of 1/burst of the runs ends after one.
    expect(runs.filter((length) => length === 1).length / runs.length).toBeCloseTo(1 / burst, 1);
  });

  test('of all is all', () => {
    expect(run('loss=100%', 1000, 1).ids).toEqual([]);
  });
});

describe('a fate', () => {
  const FULL = 'loss=20% burst=3 delay=30ms jitter=40ms reorder=10% duplicate=10% corrupt=10%';

  /** Who arrives how often, with what bytes, and how late: whatever the order. */
  const fates = ({ arrivals }: Line, every: number): string[] =>
    arrivals
      .map(({ id, at, bytes }) => `${id} ${(at - id * every).toFixed(6)} ${bytes.join()}`)
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));

  test('is the same with the same seed, and another with another', () => {
    const [one, two, three] = [run(FULL, 2000, 20, 9), run(FULL, 2000, 20, 9), run(FULL, 2000, 20, 10)];
    expect(two.arrivals).toEqual(one.arrivals);
    expect(three.ids).not.toEqual(one.ids);
  });

  test('does not depend on when datagrams come', () => {
    const calm = FULL.replace('reorder=10%', ''); // what overtakes whom is a matter of time
    expect(fates(run(calm, 2000, 3, 9), 3)).toEqual(fates(run(calm, 2000, 250, 9), 250));
    const counters = [3, 250].map((every) => run(FULL, 2000, every, 9).link.counters());
    expect(counters[1]).toEqual(counters[0]);
  });

  test('of loss at a higher share takes the same datagrams and more', () => {
    const few = new Set(run('loss=10%', 5000, 1, 3).ids);
    const many = run('loss=30%', 5000, 1, 3).ids;
    expect(many.filter((id) => !few.has(id))).toEqual([]);
    expect(many.length).toBeLessThan(few.size);
  });
});

describe('delay and jitter', () => {
  test('no datagram is earlier or later than they allow, and jitter is uniform', () => {
    const { arrivals, link } = run('delay=80ms jitter=20ms', 20_000, 25);
    const delays = arrivals.map(({ id, at }) => at - id * 25);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(80);
    expect(Math.max(...delays)).toBeLessThan(100);
    expect(mean(delays)).toBeCloseTo(90, 0);
    expect(delays.filter((delay) => delay < 85).length / delays.length).toBeCloseTo(0.25, 1);
    expect(link.counters()).toMatchObject({ received: 20_000, delivered: 20_000, queued: 0 });
  });

  test('a change holds for what comes after it', () => {
    const line = new Line('delay=50ms');
    line.send(0);
    line.change('');
    line.send(10);
    line.change('block');
    line.send(20);
    line.runUntil(Infinity);
    expect(line.arrivals.map(({ id, at }) => [id, at])).toEqual([
      [1, 10],
      [0, 50],
    ]);
    expect(line.link.counters()).toMatchObject({ delivered: 2, blocked: 1 });
  });
});

describe('rate and queue', () => {
  test('a rate lets through so many bits a second, and a queue is as long as it says', () => {
    // 4,000 datagrams of 100 bytes in 4 s offer 800 kbit/s.
    const { arrivals, link } = run('rate=256kbit queue=50ms', 4000, 1);
    const bits = arrivals.length * 800;
    expect(bits / (arrivals.at(-1)!.at / 1000)).toBeCloseTo(256_000, -3);
    const waits = arrivals.map(({ id, at }) => at - id);
    expect(Math.max(...waits)).toBeLessThanOrEqual(50 + 800 / 256);
    expect(Math.max(...waits)).toBeGreaterThan(48);
    expect(link.counters().overflowed).toBe(4000 - arrivals.length);
  });

  test('below the rate nothing waits longer than its own bits take', () => {
    const { arrivals } = run('rate=256kbit', 1000, 4);
    expect(arrivals).toHaveLength(1000);
    for (const { id, at } of arrivals) expect(at - id * 4).toBeCloseTo(3.125, 9);
  });

  test('a datagram larger than the queue still gets through an empty one', () => {
    const line = new Line('rate=8kbit queue=10ms');
    line.send(0, new Uint8Array(1000));
    line.send(500, new Uint8Array(1000));
    line.runUntil(Infinity);
    expect(line.arrivals.map(({ at }) => at)).toEqual([1000]);
    expect(line.link.counters().overflowed).toBe(1);
  });

  test('memory is bounded: with ten seconds of delay a flood is dropped', () => {
    const line = new Line('delay=10s');
    const big = new Uint8Array(60_000);
    for (let n = 0; n < 2000; n++) line.send(0, big);
    expect(line.link.counters().queued * big.length).toBeLessThan(65 * 1024 * 1024);
    for (let n = 0; n < 120_000; n++) line.send(0, new Uint8Array(0));
    expect(line.link.counters().queued).toBeLessThanOrEqual(100_000);
    line.runUntil(10_000);
    line.send(10_000);
    line.runUntil(Infinity);
    expect(line.ids).toContain(122_000);
  });
});

describe('other harm', () => {
  test('duplicate: this share comes twice, no more', () => {
    const { ids, link } = run('duplicate=5%', 20_000, 1);
    expect(link.counters().duplicated / 20_000).toBeCloseTo(0.05, 2);
    expect(ids).toHaveLength(20_000 + link.counters().duplicated);
    expect(new Set(ids).size).toBe(20_000);
  });

  test('corrupt: this share has one bit flipped, in a copy', () => {
    const line = new Line('corrupt=20%');
    const sent = new Uint8Array(64).fill(0b1010_0101);
    for (let n = 0; n < 5000; n++) line.send(n, sent);
    const flipped = line.arrivals.map(({ bytes }) =>
      bytes.reduce((bits, byte, n) => bits + (byte ^ sent[n]!).toString(2).replaceAll('0', '').length, 0),
    );
    expect(new Set(flipped)).toEqual(new Set([0, 1]));
    expect(flipped.filter((bits) => bits === 1).length / 5000).toBeCloseTo(0.2, 1);
    expect(sent.every((byte) => byte === 0b1010_0101)).toBe(true);
    const places = new Set(
      line.arrivals.flatMap(({ bytes }) => bytes.findIndex((byte, n) => byte !== sent[n])),
    );
    expect(places.size).toBeGreaterThan(60); // every byte gets its turn
  });

  test('corrupt: an empty datagram has no bit to flip', () => {
    const line = new Line('corrupt=100%');
    line.send(0, new Uint8Array(0));
    expect(line.arrivals[0]?.bytes).toHaveLength(0);
  });

  test('reorder: this share goes one to three places later, and nothing else is out of order', () => {
    const { ids, link } = run('reorder=2%', 50_000, 20);
    const late = ids.filter((id, n) => ids.slice(Math.max(0, n - 6), n).some((before) => before > id));
    expect(late.length / 50_000).toBeCloseTo(0.02, 2);
    expect(link.counters().reordered).toBeGreaterThanOrEqual(late.length);
    expect(new Set(ids).size).toBe(50_000);
    expect(ids.every((id, n) => Math.abs(id - n) <= 8)).toBe(true);
    const rest = ids.filter((id) => !late.includes(id));
    expect(rest).toEqual(rest.toSorted((a, b) => a - b));
  });

  test('reorder: a datagram that nothing follows is late, not lost', () => {
    const line = new Line('reorder=100% delay=10ms');
    line.send(0);
    expect(line.link.nextDeadline()).toBe(10 + REORDER_WAIT_MS);
    line.runUntil(Infinity);
    expect(line.arrivals.map(({ at }) => at)).toEqual([10 + REORDER_WAIT_MS]);
  });

  test('block: nothing passes', () => {
    const { ids, link } = run('block delay=5ms', 100, 1);
    expect(ids).toEqual([]);
    expect(link.counters()).toMatchObject({ received: 100, blocked: 100, queued: 0 });
  });
});

test('no datagram is unaccounted for, and none overstays, whatever is done to it', () => {
  const percent = fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`);
  const ms = fc.integer({ min: 0, max: 200 }).map((n) => `${n}ms`);
  const spec = fc
    .record({
      words: fc.record({
        loss: percent,
        reorder: percent,
        duplicate: percent,
        corrupt: percent,
        delay: ms,
        jitter: ms,
      }),
      rate: fc.constantFrom('', ' rate=64kbit queue=20ms', ' rate=1mbit'),
      block: fc.constantFrom('', '', '', ' block'),
    })
    .map(
      ({ words, rate, block }) =>
        Object.entries(words)
          .map((word) => word.join('='))
          .join(' ') +
        rate +
        block,
    );
  const step = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        after: fc.integer({ min: 0, max: 30 }),
        size: fc.integer({ min: 0, max: 1500 }),
      }),
    },
    { weight: 1, arbitrary: spec },
  );
  fc.assert(
    fc.property(spec, fc.array(step, { maxLength: 300 }), fc.nat(), (first, steps, seed) => {
      const line = new Line(first, seed);
      let now = 0;
      let sent = 0;
      for (const one of steps) {
        if (typeof one === 'string') line.change(one);
        else {
          now += one.after;
          sent += 1;
          line.send(now, new Uint8Array(one.size));
        }
        const c = line.link.counters();
        expect(c.received).toBe(sent);
        expect(c.delivered).toBe(line.arrivals.length);
        expect(c.received + c.duplicated).toBe(c.delivered + c.blocked + c.lost + c.overflowed + c.queued);
        expect(line.link.nextDeadline() === Infinity).toBe(c.queued === 0);
      }
      // Slowest: 1,500 bytes at 64 kbit/s, behind a queue of 20 ms, twice delay and jitter's most, and held.
      line.runUntil(now + 188 + 208 + 400 + REORDER_WAIT_MS);
      expect(line.link.counters().queued).toBe(0);
    }),
    { seed: 77, numRuns: 150 },
  );
});
