/** Sounds for the tests of cleaning: the bundled speech, kinds of noise, and how strong a sound is. */
import { readFileSync } from 'node:fs';
import { readWav } from '../../../src/audio/wav-read.ts';

const CLEAN = readWav(readFileSync(new URL('../../../assets/speech.wav', import.meta.url)));

/** The bundled speech, several times over, on the scale of 16-bit integers. */
export function speech(times = 1): Float32Array {
  const whole = Math.floor(CLEAN.length / 480) * 480;
  const samples = new Float32Array(whole * times);
  for (let n = 0; n < times; n++) samples.set(CLEAN.subarray(0, whole), n * whole);
  return samples;
}

export type Noise = 'white' | 'pink' | 'fan';

/** Noise with an RMS of 1: hiss, the spectrum of a room, or a fan with the hum of the mains. */
export function noise(kind: Noise, length: number, seed = 1): Float32Array {
  let state = seed;
  const random = (): number => {
    // mulberry32: noise of a plain congruential generator has a pattern that one can hear
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
  let low = 0;
  const samples = Float32Array.from({ length }, (_, i) => {
    const value = random() + random() + random();
    if (kind === 'white') return value;
    low = (kind === 'pink' ? 0.98 : 0.995) * low + 0.15 * value;
    if (kind === 'pink') return low + 0.1 * value;
    const hum = Math.sin((2 * Math.PI * 100 * i) / 48_000) + 0.5 * Math.sin((2 * Math.PI * 200 * i) / 48_000);
    return low + 0.4 * hum + 0.05 * value;
  });
  const rms = rmsOf(samples);
  return samples.map((sample) => sample / rms);
}

export function rmsOf(samples: Float32Array | Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return Math.sqrt(energy / samples.length);
}

/** RMS in dB of full scale. */
export function rmsDb(samples: Float32Array | Int16Array): number {
  return 20 * Math.log10(rmsOf(samples) / 32_768);
}
