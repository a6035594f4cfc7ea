/** Streams keep their sound at another rate, whatever the pieces that they come in. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamResampler, withChannels } from '../../src/audio/stream-resampler.ts';

function sine(hz: number, rate: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, i) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rate)),
  );
}

test.each([
  [8000, 48_000],
  [11_025, 48_000],
  [16_000, 48_000],
  [44_100, 48_000],
  [96_000, 48_000],
  [48_000, 8000],
  [48_000, 44_100],
])('a tone at %i Hz is the same tone at %i Hz', (from, to) => {
  const out = new StreamResampler(from, to, 1).push(sine(1000, from, 1));
  const wanted = sine(1000, to, 1);
  // The filter's half width is silence before the first sample, so the tone keeps its place.
  let error = 0;
  const [begin, end] = [Math.round(to / 10), Math.round(to * 0.9)];
  for (let i = begin; i < end; i++) error += (out[i]! - wanted[i]!) ** 2;
  const snr = 10 * Math.log10((10_000 ** 2 / 2) * ((end - begin) / error));
  expect(snr).toBeGreaterThan(60);
  expect(out.length).toBeGreaterThan(to * 0.98);
  expect(out.length).toBeLessThanOrEqual(to);
});

test('what the lower rate cannot hold does not fold back', () => {
  const out = new StreamResampler(48_000, 8000, 1).push(sine(6000, 48_000, 1)).subarray(400);
  const rms = Math.sqrt(out.reduce((sum, sample) => sum + sample * sample, 0) / out.length);
  expect(rms).toBeLessThan(10);
});

test('pieces of any length give the same samples as one', () => {
  const samples = sine(700, 44_100, 0.2);
  const whole = new StreamResampler(44_100, 48_000, 2).push(samples);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }), (lengths) => {
      const resampler = new StreamResampler(44_100, 48_000, 2);
      const out: number[] = [];
      let at = 0;
      for (let n = 0; at < samples.length; n++) {
        const next = at + 2 * lengths[n % lengths.length]!;
        out.push(...resampler.push(samples.subarray(at, next)));
        at = next;
      }
      expect(Int16Array.from(out)).toEqual(whole);
    }),
    { seed: 4, numRuns: 30 },
  );
});

test('equal rates change nothing', () => {
  const samples = sine(440, 48_000, 0.1);
  expect(new StreamResampler(48_000, 48_000, 1).push(samples)).toEqual(samples);
});

test('mono becomes both sides, and stereo their mean', () => {
  expect([...withChannels(Int16Array.of(1, 2), 1, 2)]).toEqual([1, 1, 2, 2]);
  expect([...withChannels(Int16Array.of(10, 20, -5, 5), 2, 1)]).toEqual([15, 0]);
  const same = Int16Array.of(1, 2);
  expect(withChannels(same, 2, 2)).toBe(same);
});
