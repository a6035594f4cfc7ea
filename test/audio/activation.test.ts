/** When the microphone opens: talk key, speech with hysteresis and hold time, always; and speech while muted. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Activation } from '../../src/audio/activation.ts';
import type { TalkMode } from '../../src/audio/options.ts';

const OPTIONS = { mode: 'voice' as TalkMode, thresholdDb: -45, holdMs: 300 };
const SPEECH = { level: 25, speech: 0.95, ms: 10 };
const SILENCE = { level: 80, speech: 0.01, ms: 10 };

function ticks(activation: Activation, count: number, heard: typeof SPEECH): boolean[] {
  return Array.from({ length: count }, () => activation.tick(heard));
}

test('push: open exactly while the key is held', () => {
  const activation = new Activation({ ...OPTIONS, mode: 'push' });
  expect(activation.armed).toBe(false);
  expect(ticks(activation, 50, SPEECH)).not.toContain(true);
  activation.push(true);
  expect(activation.armed).toBe(true);
  expect(ticks(activation, 3, SILENCE)).toEqual([true, true, true]);
  activation.push(false);
  expect(activation.tick(SPEECH)).toBe(false);
});

test('continuous: always open, but not muted', () => {
  const activation = new Activation({ ...OPTIONS, mode: 'continuous' });
  expect(ticks(activation, 3, SILENCE)).toEqual([true, true, true]);
  activation.mute(true);
  expect(activation.armed).toBe(false);
  expect(activation.tick(SPEECH)).toBe(false);
});

test('voice: opens within 20 ms of speech, and closes the hold time after it', () => {
  const activation = new Activation(OPTIONS);
  expect(ticks(activation, 10, SILENCE)).not.toContain(true);
  expect(ticks(activation, 2, SPEECH)).toEqual([false, true]);
  const after = ticks(activation, 40, SILENCE);
  expect(after.lastIndexOf(true)).toBe(29);
  expect(after.slice(30)).not.toContain(true);
});

test('voice: a click, loud noise and quiet speech do not open it', () => {
  const activation = new Activation(OPTIONS);
  expect(activation.tick(SPEECH)).toBe(false);
  expect(activation.tick(SILENCE)).toBe(false);
  expect(ticks(activation, 100, { ...SPEECH, speech: 0.2 })).not.toContain(true);
  expect(ticks(activation, 100, { ...SPEECH, level: 50 })).not.toContain(true);
});

test('voice: once open, the quieter end of a word keeps it open', () => {
  const activation = new Activation(OPTIONS);
  ticks(activation, 5, SPEECH);
  expect(ticks(activation, 100, { level: 50, speech: 0.4, ms: 10 })).not.toContain(false);
});

test('voice: without noise suppression the level alone decides', () => {
  const activation = new Activation(OPTIONS);
  const loud = { level: 25, speech: null, ms: 10 };
  expect([loud, loud, loud].map((one) => activation.tick(one))).toEqual([false, true, true]);
});

test('voice: the talk key opens it too', () => {
  const activation = new Activation(OPTIONS);
  activation.push(true);
  expect(activation.startsBySpeech).toBe(false);
  expect(activation.tick(SILENCE)).toBe(true);
});

test('speech into a muted microphone is noticed once, and its end', () => {
  const activation = new Activation({ ...OPTIONS, mode: 'push' });
  activation.mute(true);
  ticks(activation, 10, SPEECH);
  expect(activation.mutedSpeech).toBe(false); // a cough
  ticks(activation, 60, SPEECH);
  expect(activation.mutedSpeech).toBe(true);
  ticks(activation, 150, SILENCE);
  expect(activation.mutedSpeech).toBe(true);
  ticks(activation, 100, SILENCE);
  expect(activation.mutedSpeech).toBe(false);
  ticks(activation, 100, SPEECH);
  activation.mute(false);
  expect(activation.mutedSpeech).toBe(false);
});

test('muted, nothing is ever sent, whatever else is done', () => {
  const step = fc.oneof(
    fc.record({ push: fc.boolean() }),
    fc.record({ mode: fc.constantFrom<TalkMode>('push', 'voice', 'continuous') }),
    fc.record({ level: fc.nat(127), speech: fc.option(fc.double({ min: 0, max: 1, noNaN: true })) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const activation = new Activation(OPTIONS);
      activation.mute(true);
      for (const one of steps) {
        if ('push' in one) activation.push(one.push);
        else if ('mode' in one) activation.configure({ mode: one.mode });
        else expect(activation.tick({ ...one, ms: 10 })).toBe(false);
      }
    }),
    { seed: 4 },
  );
});
