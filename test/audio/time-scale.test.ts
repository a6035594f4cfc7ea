/** Splices: shorter or longer at the same pitch and without a step, on tones and on speech. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PcmQueue } from '../../src/audio/pcm-queue.ts';
import { ALIKE, findSplice, MAX_PERIOD, MIN_PERIOD, OVERLAP } from '../../src/audio/time-scale.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { tone } from './jitter-sim.ts';

const SEED = 20263;
const SPEECH = new URL('../../assets/speech.wav', import.meta.url).pathname;

const samplesOf = (signal: (n: number) => number, length: number): Int16Array =>
  Int16Array.from({ length }, (_, n) => signal(n));

/** Leaves out (1) or repeats (-1) the best stretch at the reading position, if it is alike enough; its length. */
function splice(queue: PcmQueue, direction: 1 | -1): number | undefined {
  const room = direction === 1 ? queue.available - OVERLAP : queue.history;
  const found = findSplice(queue.planes, queue.position, direction, room);
  if (!found || found.likeness < ALIKE) return undefined;
  if (direction === 1) queue.cut(found.period, OVERLAP);
  else queue.repeat(found.period, OVERLAP);
  return found.period;
}

/** Plays `sound` through a queue, with a splice every 60 ms where that is possible. */
function scaled(sound: Int16Array, direction: 1 | -1) {
  const queue = new PcmQueue();
  const heard: number[] = [];
  const out = new Int16Array(480);
  const splices: { at: number; period: number }[] = [];
  let at = 0;
  for (let tick = 0; ; tick++) {
    for (; queue.available < 2 * 960 && at + 960 <= sound.length; at += 960) {
      queue.push(sound.subarray(at, at + 960));
    }
    if (queue.available < 480 + MAX_PERIOD) return { heard: Int16Array.from(heard), splices };
    const period = tick % 6 === 5 ? splice(queue, direction) : undefined;
    if (period !== undefined) splices.push({ at: heard.length, period });
    queue.read(out, 1);
    heard.push(...out);
  }
}

/** What is left of a tone when it is taken out of itself: 0 for a tone without a step, change of pitch or noise. */
function worstResidue(samples: Int16Array, hz: number): number {
  const twoCos = 2 * Math.cos((2 * Math.PI * hz) / 48_000);
  let worst = 0;
  for (let n = 2; n < samples.length; n++) {
    worst = Math.max(worst, Math.abs(samples[n]! - twoCos * samples[n - 1]! + samples[n - 2]!));
  }
  return worst;
}

test.each([1, -1] as const)('a tone stays a tone, of the same pitch (%i)', (direction) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 90, max: 3000 }),
      fc.integer({ min: 2000, max: 20_000 }),
      (hz, amplitude) => {
        const sound = samplesOf(tone(hz, amplitude), 48_000);
        const { heard, splices } = scaled(sound, direction);
        expect(splices.length).toBeGreaterThan(5);
        const changed = splices.reduce((sum, { period }) => sum + period, 0);
        expect(heard.length).toBeGreaterThan(sound.length - direction * changed - 3 * 960);
        expect(heard.length).toBeLessThanOrEqual(sound.length - direction * changed);
        // A step of the size of the tone would leave about as much as it is loud; rounding leaves two.
        expect(worstResidue(heard, hz)).toBeLessThan(4 + amplitude * 0.004);
      },
    ),
    { seed: SEED, numRuns: 60 },
  );
});

test.each([1, -1] as const)(
  'speech keeps its sound, and nothing of it is out of place (%i)',
  async (direction) => {
    const speech = await loadWav(SPEECH);
    const { heard, splices } = scaled(speech, direction);
    expect(splices.length).toBeGreaterThan(20);
    const steepest = (samples: Int16Array): number =>
      samples.reduce((most, sample, n) => Math.max(most, Math.abs(sample - (samples[n - 1] ?? sample))), 0);
    expect(steepest(heard)).toBeLessThanOrEqual(steepest(speech) * 1.05);
    // Between two splices it is what was said, sample by sample.
    let shift = 0;
    for (const [i, { at, period }] of splices.entries()) {
      shift += direction * period;
      const from = at + (direction === 1 ? OVERLAP : Math.max(OVERLAP, period));
      const to = splices[i + 1]?.at ?? heard.length;
      for (let n = from; n < to; n++) {
        if (heard[n] !== speech[n + shift]) expect.unreachable(`sample ${n} is out of place`);
      }
    }
  },
);

test('a stretch has its bounds, and a pause takes the longest', () => {
  const silence = new Int16Array(2000);
  expect(findSplice([silence], 1000, 1, 700)).toEqual({ period: MAX_PERIOD, likeness: 1 });
  expect(findSplice([silence], 1000, -1, 300)).toEqual({ period: 300, likeness: 1 });
  expect(findSplice([silence], 1000, 1, MIN_PERIOD - 1)).toBeUndefined();
});

test('stereo is spliced where both sides are alike, and out of phase it is no pause', () => {
  const tones = [300, 450].map((hz) => samplesOf(tone(hz), 4000));
  const both = findSplice(tones, 2000, 1, MAX_PERIOD)!;
  expect(both.likeness).toBeGreaterThan(0.99);
  expect(both.period % 320).toBe(0); // 150 Hz: two periods of one and three of the other
  const one = tones[0]!;
  const alone = findSplice([one], 2000, -1, MAX_PERIOD)!;
  const opposite = one.map((sample) => -sample);
  expect(findSplice([one, opposite], 2000, -1, MAX_PERIOD)).toMatchObject({ period: alone.period });
  expect(findSplice([one, one], 2000, -1, MAX_PERIOD)).toMatchObject({ period: alone.period });
  // Nor is it one while only one side is silent.
  expect(findSplice([new Int16Array(4000), one], 2000, -1, MAX_PERIOD)).toMatchObject({
    period: alone.period,
  });
});

test('noise is not alike enough', () => {
  let state = 1;
  const noise = samplesOf(() => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return (state >> 16) / 4;
  }, 2000);
  expect(findSplice([noise], 800, 1, MAX_PERIOD)!.likeness).toBeLessThan(0.5);
});
