/** Levels, mixing and percentiles: small and pure. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayHistogram } from '../../src/audio/histogram.ts';
import { audioLevel } from '../../src/audio/level.ts';
import { Mixer } from '../../src/audio/mix.ts';

const sine = (amplitude: number): Int16Array =>
  Int16Array.from({ length: 960 }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * i) / 96)));

test('levels are those of RFC 6464', () => {
  expect(audioLevel(new Int16Array(960))).toBe(127);
  expect(audioLevel(new Int16Array(0))).toBe(127);
  expect(audioLevel(new Int16Array(960).fill(-32_768))).toBe(0); // a full-scale square wave overloads
  expect(audioLevel(sine(32_767))).toBe(3); // a full-scale sine is 3.01 dB below it
  expect(audioLevel(sine(3277))).toBe(23);
  expect(audioLevel(Int16Array.from({ length: 960 }, (_, i) => (i === 0 ? 1 : 0)))).toBe(120);
});

test('a mix is the sum, held at full scale', () => {
  const frames = fc.array(
    fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 8, maxLength: 8 }),
    {
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(frames, (list) => {
      const mixer = new Mixer(8);
      mixer.begin();
      for (const [ssrc, one] of list.entries()) mixer.add(ssrc, Int16Array.from(one));
      const out = mixer.finish();
      for (let i = 0; i < 8; i++) {
        const sum = list.reduce((total, one) => total + one[i]!, 0);
        expect(out[i]).toBe(Math.min(32_767, Math.max(-32_768, sum)));
      }
    }),
    { seed: 20261 },
  );
});

test('a gain is reached within a tick, without a step, and each speaker has their own', () => {
  const mixer = new Mixer(10);
  const mix = (gain: number): number[] => {
    mixer.begin();
    mixer.add(1, new Int16Array(10).fill(1000), gain);
    mixer.add(2, new Int16Array(10).fill(100), 0.5);
    return [...mixer.finish()];
  };
  expect(mix(1)).toEqual(Array(10).fill(1050));
  expect(mix(0)).toEqual([950, 850, 750, 650, 550, 450, 350, 250, 150, 50]);
  expect(mix(0)).toEqual(Array(10).fill(50));
});

test('stereo is mixed side by side, at one gain while that changes', () => {
  const mixer = new Mixer(10, 2);
  const mix = (gain: number): number[] => {
    mixer.begin();
    mixer.add(
      1,
      Int16Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 1000 : -1000)),
      gain,
    );
    mixer.add(
      2,
      Int16Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 100 : 0)),
    );
    return [...mixer.finish()];
  };
  expect(mix(1)).toEqual(Array(10).fill([1100, -1000]).flat());
  const down = mix(0);
  expect(down).toEqual(
    Array.from({ length: 10 }, (_, i) => [1000 - 100 * i, -900 + 100 * i])
      .flat()
      .map((v) => v + 0),
  );
  expect(mix(0)).toEqual(Array(10).fill([100, 0]).flat());
});

test('percentiles are exact to half a bucket and bounded', () => {
  const histogram = new DelayHistogram();
  expect(histogram.percentile(0.5)).toBeNull();
  for (let ms = 1; ms <= 100; ms++) histogram.add(ms);
  expect(histogram.percentile(0.5)).toBe(50);
  expect(histogram.percentile(0.95)).toBe(95);
  for (let i = 0; i < 1000; i++) histogram.add(1e9);
  expect(histogram.percentile(0.95)).toBe(1000);
});
