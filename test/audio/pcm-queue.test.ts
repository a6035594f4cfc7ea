/** Samples read at a rate that is a little off: as if they had been sampled there. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PcmQueue } from '../../src/audio/pcm-queue.ts';
import { tone } from './jitter-sim.ts';
import { interleaved } from './sides.ts';

const TICK = 480;

test('at a ratio of 1 samples come out as they went in', () => {
  const queue = new PcmQueue();
  const out = new Int16Array(TICK);
  let next = 0;
  for (let at = 0; at < 100; at++) {
    queue.push(Int16Array.from({ length: 960 }, (_, i) => (at * 960 + i) % 30_000));
    while (queue.available >= TICK) {
      queue.read(out, 1);
      expect([out[0], out[TICK - 1]]).toEqual([next % 30_000, (next + TICK - 1) % 30_000]);
      next += TICK;
    }
  }
});

test('at any ratio near 1 a tone comes out as the tone of that pitch, from the first sample to the last', () => {
  const ratios = fc.double({ min: 0.998, max: 1.002, noNaN: true });
  fc.assert(
    fc.property(ratios, fc.integer({ min: 100, max: 3400 }), (ratio, hz) => {
      const queue = new PcmQueue();
      const out = new Int16Array(TICK);
      const signal = tone(hz);
      let worst = 0;
      for (let tick = 0, at = 0; tick < 50; tick++) {
        while (queue.available < queue.needed(TICK, ratio, true)) {
          queue.push(Int16Array.from({ length: 960 }, (_, i) => signal(at + i)));
          at += 960;
        }
        queue.read(out, ratio);
        for (let i = 0; i < TICK; i++) {
          worst = Math.max(worst, Math.abs(out[i]! - signal((tick * TICK + i) * ratio)));
        }
      }
      expect(worst).toBeLessThan(3 + 9000 * (hz / 15_000) ** 3);
    }),
    { seed: 20264, numRuns: 60 },
  );
});

test('a tick that lands ends on a sample, and copying goes on from there', () => {
  const queue = new PcmQueue();
  const out = new Int16Array(TICK);
  for (let n = 0; n < 4; n++) queue.push(Int16Array.from({ length: 960 }, (_, i) => (n * 960 + i) * 7));
  queue.read(out, 1.0005);
  expect(queue.between).toBe(true);
  queue.read(out, queue.landing(TICK));
  expect(queue.between).toBe(false);
  expect(queue.available).toBe(4 * 960 - 2 * TICK - 1); // one sample was gained
  queue.read(out, 1);
  expect(out[0]).toBe((2 * TICK + 1) * 7);
});

/** What may be done to a queue; `signals` are of its channels. Nothing is done where there is too little to do it with. */
type Step = (queue: PcmQueue, out: Int16Array, signals: readonly ((n: number) => number)[]) => void;

const READ = (queue: PcmQueue, out: Int16Array, ratio: number): void => {
  if (queue.available >= queue.needed(TICK, ratio, false)) queue.read(out, ratio);
};
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ length: fc.constantFrom(120, 480, 960, 2880), from: fc.nat(48_000) }).map(
    ({ length, from }): Step =>
      (queue, _out, signals) => {
        const samples = Array.from({ length }, (_, i) => signals.map((signal) => signal(from + i)));
        if (queue.available < 960) queue.push(Int16Array.from(samples.flat()));
      },
  ),
  fc.constantFrom(1, 1, 0.999, 1.001).map(
    (ratio): Step =>
      (queue, out) =>
        READ(queue, out, ratio),
  ),
  fc.constant<Step>((queue, out) => READ(queue, out, queue.landing(TICK))),
  fc.constant<Step>((queue, out) => queue.readRest(out)),
  fc.integer({ min: 120, max: 600 }).map(
    (period): Step =>
      (queue) => {
        if (queue.available >= period + 240) queue.cut(period, 240);
      },
  ),
  fc.integer({ min: 120, max: 600 }).map(
    (period): Step =>
      (queue) => {
        if (queue.available >= 240 && queue.history >= period) queue.repeat(period, 240);
      },
  ),
);

test('stereo is two voices of which the same is done at the same places', () => {
  const signals = [tone(440), tone(660, 3000)];
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 80 }), (list) => {
      const [both, left, right] = [new PcmQueue(2), new PcmQueue(), new PcmQueue()];
      const outs = [new Int16Array(2 * TICK), new Int16Array(TICK), new Int16Array(TICK)] as const;
      for (const step of list) {
        step(both, outs[0], signals);
        step(left, outs[1], signals.slice(0, 1));
        step(right, outs[2], signals.slice(1));
        expect(outs[0]).toEqual(interleaved(outs[1], outs[2]));
        expect([both.exact, both.history]).toEqual([left.exact, left.history]);
      }
    }),
    { seed: 20269, numRuns: 100 },
  );
});

test('what is left is read with silence behind it', () => {
  const queue = new PcmQueue();
  const out = new Int16Array(TICK).fill(9);
  queue.push(new Int16Array(100).fill(5));
  queue.readRest(out);
  expect([out[99], out[100], out[479], queue.available]).toEqual([5, 0, 0, 0]);
});
