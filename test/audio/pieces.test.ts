/** The judge of what was heard, judged: speech that was delayed, has gaps, or was not heard. */
import { expect, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { joined } from '../e2e/calls.ts';
import { pieceDelays, understood, understoodSomewhere } from './pieces.ts';

const speech = await loadWav(new URL('../../assets/speech.wav', import.meta.url).pathname);
const german = await loadWav(new URL('../../assets/speech-de.wav', import.meta.url).pathname);

/** So many ms of silence before the sound, and a second behind it. */
function delayed(samples: Int16Array, ms: number): Int16Array {
  const heard = new Int16Array(samples.length + (1000 + ms) * 48);
  heard.set(samples, ms * 48);
  return heard;
}

test('a delay is found to the sample, whenever the two recordings began', () => {
  const ear = { samples: delayed(speech, 250).map((sample) => sample >> 2), beginMs: 880 };
  const delays = pieceDelays({ samples: speech, beginMs: 1000 }, ear);
  expect(delays.length).toBeGreaterThan(8);
  expect(new Set(delays)).toEqual(new Set([130]));
});

test('a gap costs the pieces that it touches, and moves the rest', () => {
  const cut = 100_000;
  const heard = delayed(speech, 100);
  const gap = new Int16Array(heard.length + 4800);
  gap.set(heard.subarray(0, cut));
  gap.set(heard.subarray(cut), cut + 4800);
  const delays = pieceDelays({ samples: speech, beginMs: 0 }, { samples: gap, beginMs: 0 });
  expect(delays[0]).toBe(100);
  expect(delays.at(-1)).toBe(200);
  expect(understood({ samples: speech, beginMs: 0 }, { samples: gap, beginMs: 0 })).toBeGreaterThan(0.8);
});

test.each([
  ['silence', new Int16Array(speech.length)],
  ['another voice', delayed(german, 100)],
])('%s is not what was said', (_, samples) => {
  expect(understood({ samples: speech, beginMs: 0 }, { samples, beginMs: 0 })).toBeLessThan(0.2);
  expect(understoodSomewhere(speech, samples)).toBeLessThan(0.2);
  const short = speech.subarray(0, 125_000);
  for (let from = 0; from + 125_000 < samples.length; from += 70_000)
    expect(understoodSomewhere(short, samples.subarray(from))).toBeLessThan(0.3);
});

test('speech is found wherever it begins in a recording, and only what is there', () => {
  const begun = joined(german.subarray(0, 60_000), speech.subarray(0, 100_000), new Int16Array(9600));
  const moved = joined(begun, speech.subarray(100_000), german);
  expect(understoodSomewhere(speech, moved)).toBeGreaterThan(0.8);
  expect(understoodSomewhere(speech, speech)).toBe(1);
  const half = understoodSomewhere(speech, speech.subarray(speech.length >> 1));
  expect(half).toBeGreaterThan(0.3);
  expect(half).toBeLessThan(0.6);
});
