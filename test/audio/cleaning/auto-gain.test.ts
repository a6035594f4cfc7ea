/** The automatic gain: never clips, brings speech to one level, and leaves pauses alone. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AutoGain } from '../../../src/audio/cleaning/auto-gain.ts';
import { rmsDb, speech } from './sounds.ts';

test('it never lifts a sample over full scale', () => {
  const loudness = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 32_767 }), fc.boolean(), fc.integer({ min: 1, max: 200 })),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(loudness, fc.integer(), (parts, seed) => {
      const gain = new AutoGain(1);
      let state = seed;
      for (const [peak, isSpeech, count] of parts) {
        for (let n = 0; n < count; n++) {
          const tick = Float32Array.from({ length: 480 }, () => {
            state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
            return (state / 2 ** 31) * peak;
          });
          gain.process(tick, isSpeech ? 1 : 0);
          const peakOut: number = tick.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
          expect(peakOut).toBeLessThanOrEqual(32_767.01);
        }
      }
    }),
    { seed: 4, numRuns: 30 },
  );
});

function amplified(factor: number, probability: (tick: number) => number | null): Float32Array {
  const gain = new AutoGain(1);
  const clean = speech(4);
  const out = new Float32Array(clean.length);
  for (let at = 0; at + 480 <= clean.length; at += 480) {
    const tick = clean.subarray(at, at + 480).map((sample) => sample * factor);
    gain.process(tick, probability(at / 480));
    out.set(tick, at);
  }
  return out;
}

test.each([
  ['told what speech is', () => 1],
  ['by itself', () => null],
] as [string, () => number | null][])('%s, quiet and loud speech come out alike', (_, probability) => {
  const quiet = amplified(0.1, probability);
  const loud = amplified(0.9, probability);
  const from = quiet.length / 2;
  const difference = rmsDb(loud.subarray(from)) - rmsDb(quiet.subarray(from));
  expect(Math.abs(difference)).toBeLessThan(3); // 19 dB before
  expect(rmsDb(quiet.subarray(from))).toBeGreaterThan(-29);
});

test('noise in a pause is not turned up', () => {
  const gain = new AutoGain(1);
  for (let n = 0; n < 1000; n++) gain.process(new Float32Array(480).fill(n % 2 ? 100 : -100), 0.05);
  expect(gain.gainDb).toBe(0);
});

test('the gain moves without a step', () => {
  const gain = new AutoGain(1);
  let last = 1000;
  for (let n = 0; n < 300; n++) {
    const tick = new Float32Array(480).fill(1000);
    gain.process(tick, 1);
    let step = Math.abs(tick[0]! - last);
    for (let i = 1; i < 480; i++) step = Math.max(step, Math.abs(tick[i]! - tick[i - 1]!));
    expect(step).toBeLessThan(1);
    last = tick[479]!;
  }
  expect(gain.gainDb).toBeGreaterThan(3);
});
