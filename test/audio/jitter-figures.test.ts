/**
 * The receiver on whole networks in simulated time: what share is late, how the delay follows, what copies give back,
 * and that a tone stays a tone for two hours of drifting clocks.
 */
import { describe, expect, test } from 'vitest';
import { MAX_HELD } from '../../src/audio/frame-queue.ts';
import { seededRandom } from '../../src/lab/random.ts';
import { type Arrival, packet, payloadAt, simulate, tone } from './jitter-sim.ts';

interface Call {
  readonly seconds: number;
  readonly frameMs?: number;
  /** How late a frame that is sent at `ms` is; undefined if it is lost. */
  readonly late: (ms: number) => number | undefined;
  /** Copies of so many earlier frames are in each packet. */
  readonly depth?: number;
}

/** One spurt, marked at its end, in order of arrival. */
function call({ seconds, frameMs = 20, late, depth = 0 }: Call): Arrival[] {
  const samples = frameMs * 48;
  const count = (seconds * 1000) / frameMs;
  const arrivals: Arrival[] = [];
  for (let n = 0; n < count; n++) {
    const delay = late(n * frameMs);
    if (delay === undefined && n < count - 1) continue;
    const reach = Math.min(depth, n);
    const redundant = Array.from({ length: reach }, (_, k) => ({
      offset: (reach - k) * samples,
      payload: payloadAt((n - reach + k) * samples, frameMs),
    }));
    arrivals.push({
      packet: packet(n * samples, { seq: n & 0xffff, frameMs, redundant, last: n === count - 1 }),
      // A phase that no tick is in step with.
      atMs: (n + 1) * frameMs + 3.3 + (delay ?? 0),
    });
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}

/** The delay at each tick, by second. */
function delays() {
  const bySecond: number[][] = [];
  const onTick = ({
    nowMs,
    delayMs,
    playing,
  }: {
    nowMs: number;
    delayMs: number;
    playing: boolean;
  }): void => {
    if (!playing) return;
    const second = Math.floor(nowMs / 1000);
    bySecond[second] = [...(bySecond[second] ?? []), delayMs];
  };
  return { bySecond, onTick };
}

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;

describe.each([10, 20, 40, 60])('frames of %i ms', (frameMs) => {
  test('on a quiet network the delay is a tick or two, and nothing is concealed', () => {
    const draw = seededRandom(1);
    const { bySecond, onTick } = delays();
    const { counters } = simulate(call({ seconds: 60, frameMs, late: () => draw() }), {
      untilMs: 61_000,
      onTick,
    });
    expect(counters).toMatchObject({ concealed: 0, late: 0, dropped: 0 });
    for (const second of bySecond.slice(1, 59)) expect(Math.max(...second)).toBeLessThan(20);
  });

  test('jitter of 0 to 100 ms: hardly a frame late or concealed once adapted, and back near the floor in 5 s', () => {
    const draw = seededRandom(2);
    const { bySecond, onTick } = delays();
    const late = (ms: number): number => draw() * (ms >= 10_000 && ms < 130_000 ? 100 : 1);
    const { counters } = simulate(call({ seconds: 140, frameMs, late }), { untilMs: 141_000, onTick });
    expect(counters.late).toBeLessThanOrEqual(counters.received * 0.005);
    expect(counters.concealed).toBeLessThanOrEqual(counters.received * 0.005);
    const floor = median(bySecond[8]!);
    expect(Math.max(...bySecond[135]!.slice(10))).toBeLessThan(floor + 10);
    for (const second of bySecond) expect(Math.max(...second)).toBeLessThan(180);
  });
});

test.each([
  [0.1, 3, 0.999],
  [0.3, 5, 0.99],
  [0.5, 8, 0.96],
])(
  'random loss of %d with %i copies: the share played from real data is at least %d',
  (loss, depth, share) => {
    const draw = seededRandom(3);
    const { bySecond, onTick } = delays();
    const arrivals = call({
      seconds: 60,
      frameMs: 10,
      depth,
      late: () => (draw() < loss ? undefined : draw() * 2),
    });
    const { counters, played } = simulate(arrivals, { untilMs: 61_000, onTick });
    // In the first second it is not yet known that copies are worth waiting for.
    const later = played.filter((frame) => frame.timestamp > 48_000);
    const real = later.filter((frame) => frame.source !== 'concealed').length;
    expect(real / (59 * 100)).toBeGreaterThanOrEqual(share);
    expect(counters.recovered).toBeGreaterThan(loss * 6000 * 0.9 * share);
    for (const second of bySecond.slice(2, 59)) expect(Math.max(...second)).toBeLessThan(depth * 10 + 30);
  },
);

test('talk spurts begin at their place to a tick, and lose nothing by it', () => {
  const draw = seededRandom(5);
  const arrivals: Arrival[] = [];
  for (let beginMs = 0, seq = 0; beginMs < 300_000; beginMs += 1000 + draw() * 3000) {
    const first = Math.round(beginMs / 10) * 480; // the sender's clock counts in ticks
    const count = 10 + Math.floor(draw() * 40);
    for (let n = 0; n < count; n++) {
      const sent = packet(first + n * 960, { seq: seq++ & 0xffff, marker: n === 0, last: n === count - 1 });
      arrivals.push({ packet: sent, atMs: beginMs + (n + 1) * 20 + draw() * 2 });
    }
    beginMs += count * 20;
  }
  let longest = 0;
  const { counters } = simulate(arrivals, {
    untilMs: 310_000,
    onTick: ({ nowMs, delayMs }) => {
      if (nowMs > 1000) longest = Math.max(longest, delayMs);
    },
  });
  expect(counters).toMatchObject({ received: arrivals.length, concealed: 0, late: 0, dropped: 0 });
  expect(longest).toBeLessThan(30);
});

test('a stall of seconds is over when it is over', () => {
  const { bySecond, onTick } = delays();
  const late = (ms: number): number => (ms >= 5000 && ms < 8000 ? 8000 - ms : 1);
  const { counters } = simulate(call({ seconds: 20, late }), { untilMs: 21_000, onTick });
  expect(counters.dropped).toBeGreaterThan(100); // of 150 that came all at once
  expect(counters.late).toBe(0);
  for (const second of bySecond) if (second) expect(Math.max(...second)).toBeLessThan(290);
  expect(Math.max(...bySecond[12]!)).toBeLessThan(median(bySecond[3]!) + 10);
});

test.each([
  ['an output that stops reading for ten seconds', 10_000],
  ['a machine that sleeps for a minute', 60_000],
])('%s finds what is said now, and nothing of what was said meanwhile', (_, pauseMs) => {
  const { bySecond, onTick } = delays();
  const seconds = 20 + pauseMs / 1000;
  const draw = seededRandom(6);
  const { counters, mostHeld } = simulate(call({ seconds, late: () => draw() }), {
    untilMs: seconds * 1000 + 500,
    tickAt: (n) => (n < 500 ? n * 10 : n * 10 + pauseMs),
    onTick,
  });
  expect(mostHeld).toBeLessThanOrEqual(MAX_HELD);
  expect(counters.played + counters.late + counters.dropped).toBe(counters.received);
  expect(counters.dropped).toBeGreaterThan(pauseMs / 20 - 20);
  const after = (5000 + pauseMs) / 1000;
  expect(Math.max(...bySecond[after]!)).toBeLessThan(290);
  expect(Math.max(...bySecond[after + 5]!)).toBeLessThan(20);
});

/** Takes a tone in and knows the largest thing in it that is no tone: a step, a hole, noise. */
class ToneWatch {
  worst = 0;
  #twoCos: number;
  /** The two samples before. */
  #a = 0;
  #b = 0;
  #heard = 0;

  constructor(hz: number) {
    this.#twoCos = 2 * Math.cos((2 * Math.PI * hz) / 48_000);
  }

  take(samples: Int16Array, playing: boolean): void {
    if (!playing) return;
    let [a, b, worst] = [this.#a, this.#b, this.worst];
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]!;
      const residue = Math.abs(sample - this.#twoCos * b + a);
      if (residue > worst && this.#heard + i > 1) worst = residue;
      a = b;
      b = sample;
    }
    this.#heard += samples.length;
    [this.#a, this.#b, this.worst] = [a, b, worst];
  }
}

/** A tone of 300 Hz has 160 samples a period: no need to compute any twice. */
const PERIOD = Int16Array.from({ length: 160 }, (_, n) => tone(300)(n));

test.each([200, -200])(
  'two hours of clocks that are %i ppm apart: no glitch, and no more delay',
  { timeout: 120_000 },
  (ppm) => {
    const draw = seededRandom(4);
    const seconds = 7200;
    function* sent(): Generator<Arrival> {
      const count = seconds * 50;
      for (let n = 0; n < count; n++) {
        const at = packet(n * 960, { seq: n & 0xffff, last: n === count - 1 });
        yield { packet: at, atMs: (n + 1) * 20 * (1 + ppm * 1e-6) + draw() };
      }
    }
    const watch = new ToneWatch(300);
    let longest = 0;
    const { counters } = simulate(sent(), {
      signal: (sample) => PERIOD[sample % 160]!,
      untilMs: seconds * 1000 * (1 + ppm * 1e-6) - 100,
      onSamples: (samples, playing) => watch.take(samples, playing),
      onTick: ({ delayMs }) => {
        longest = Math.max(longest, delayMs);
      },
    });
    expect(counters).toMatchObject({ concealed: 0, late: 0, dropped: 0 });
    expect(longest).toBeLessThan(25);
    expect(watch.worst).toBeLessThan(8); // rounding leaves up to 4
  },
);
