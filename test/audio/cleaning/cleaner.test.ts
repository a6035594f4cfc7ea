/** Cleaning of noisy speech, measured: what it wins, what it costs, and that each part can be turned off. */
import { expect, test } from 'vitest';
import { Cleaner } from '../../../src/audio/cleaning/cleaner.ts';
import { type Noise, noise, rmsDb, rmsOf, speech } from './sounds.ts';

/** Two seconds of nothing but noise first. */
const PAUSE = 96_000;
/** RNNoise gives what was said a tick ago. */
const DELAY = 480;

const OFF = { noiseSuppression: false, autoGain: false, limiter: false };

async function clean(
  samples: Int16Array,
  options: typeof OFF,
  channels = 1,
): Promise<{ out: Int16Array; speech: (number | null)[] }> {
  const cleaner = await Cleaner.create(channels, options);
  const out = new Int16Array(samples.length);
  const probabilities: (number | null)[] = [];
  const size = 480 * channels;
  for (let at = 0; at + size <= samples.length; at += size) {
    const tick = cleaner.process(samples.subarray(at, at + size));
    out.set(tick.samples, at);
    probabilities.push(tick.speech);
  }
  cleaner.close();
  return { out, speech: probabilities };
}

function noisy(kind: Noise, snrDb: number): { mixed: Int16Array; clean: Float32Array } {
  const said = speech(2);
  const hiss = noise(kind, said.length + PAUSE);
  const gain = rmsOf(said) / 10 ** (snrDb / 20);
  const mixed = Int16Array.from(hiss, (value, i) => value * gain + (said[i - PAUSE] ?? 0));
  return { mixed, clean: said };
}

/** Speech to everything else, dB, in what comes `DELAY` after the pause. */
function snr(said: Float32Array, out: Int16Array, delay: number): number {
  let wanted = 0;
  let rest = 0;
  for (let i = 0; i + PAUSE + delay < out.length && i < said.length; i++) {
    wanted += said[i]! ** 2;
    rest += (out[i + PAUSE + delay]! - said[i]!) ** 2;
  }
  return 10 * Math.log10(wanted / rest);
}

test.each([
  ['white', 2], // loud hiss over the whole spectrum is the weak spot of RNNoise's model
  ['pink', 20],
  ['fan', 20],
] as const)('%s noise at 5 dB: speech gains, and pauses become quiet by %i dB', async (kind, quieter) => {
  const { mixed, clean: said } = noisy(kind, 5);
  const { out } = await clean(mixed, { ...OFF, noiseSuppression: true });
  expect(snr(said, out, DELAY) - snr(said, mixed, 0)).toBeGreaterThan(4);
  const pause = (samples: Int16Array): Int16Array => samples.subarray(PAUSE / 2, PAUSE - 4800);
  expect(rmsDb(pause(mixed)) - rmsDb(pause(out))).toBeGreaterThan(quieter);
});

test.each(['pink', 'fan'] as const)('in %s noise speech is told from the pause', async (kind) => {
  const { speech: probability } = await clean(noisy(kind, 5).mixed, { ...OFF, noiseSuppression: true });
  const mean = (from: number, to?: number): number => {
    const part = probability.slice(from, to).map((one) => one ?? Number.NaN);
    return part.reduce((sum, one) => sum + one, 0) / part.length;
  };
  expect(mean(PAUSE / 480)).toBeGreaterThan(mean(50, PAUSE / 480) + 0.2);
});

test('clean speech stays what it was, a tick later', async () => {
  const said = Int16Array.from(speech(2));
  const { out } = await clean(said, { ...OFF, noiseSuppression: true });
  const late = out.subarray(DELAY);
  let product = 0;
  for (let i = 0; i < late.length; i++) product += late[i]! * said[i]!;
  expect(product / (rmsOf(said) ** 2 * late.length)).toBeGreaterThan(0.9);
});

test('with everything off it is the very same sound', async () => {
  const samples = Int16Array.from(speech());
  const { out, speech: probability } = await clean(samples, OFF);
  expect(out).toEqual(samples);
  expect(new Set(probability)).toEqual(new Set([null]));
});

test('a microphone that shouts does not clip with the limiter, and does without', async () => {
  const loud = Int16Array.from(speech(), (sample) => Math.max(-32_768, Math.min(32_767, sample * 20)));
  const { out } = await clean(loud, { noiseSuppression: true, autoGain: true, limiter: true });
  const peak = (samples: Int16Array): number =>
    samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  expect(peak(loud)).toBeGreaterThan(32_000);
  expect(peak(out)).toBeLessThanOrEqual(29_204); // -1 dB
});

test('parts can be switched while it runs', async () => {
  const cleaner = await Cleaner.create(1, OFF);
  const tick = Int16Array.from(speech().subarray(24_000, 24_480));
  expect(cleaner.process(tick).speech).toBeNull();
  cleaner.configure({ noiseSuppression: true });
  expect(cleaner.process(tick).speech).not.toBeNull();
  cleaner.close();
});

test('the channels of stereo stay apart', async () => {
  const said = speech();
  const stereo = Int16Array.from({ length: said.length * 2 }, (_, i) => (i % 2 === 0 ? said[i / 2]! : 0));
  const { out } = await clean(stereo, { ...OFF, noiseSuppression: true }, 2);
  const channel = (n: number): Int16Array => out.filter((_, i) => i % 2 === n);
  expect(rmsDb(channel(0))).toBeGreaterThan(rmsDb(Int16Array.from(said)) - 3);
  expect(rmsOf(channel(1))).toBeLessThan(2);
});
