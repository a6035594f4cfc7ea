/** Volumes, who goes before whom, and the signs that are played. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Clips, MAX_WAITING_CLIPS } from '../../src/audio/clips.ts';
import { Gains, HOLD_TICKS } from '../../src/audio/gains.ts';
import { audioLevel } from '../../src/audio/level.ts';
import { type HeardVoice, TONES } from '../../src/audio/messages.ts';
import { toneSamples } from '../../src/audio/tones.ts';

const voice = (ssrc: number, more: Partial<HeardVoice> = {}): HeardVoice => ({
  ssrc,
  name: `v${ssrc}`,
  gainDb: 0,
  priority: false,
  ...more,
});

const ticks = (gains: Gains, count: number): void => {
  for (let i = 0; i < count; i++) gains.tick();
};

test('a volume is decibels, a muted voice is silent, and who is not named is heard as they come', () => {
  const gains = new Gains({ attenuateDb: 10, attenuateWhileTalking: false });
  gains.setVoices([voice(1, { gainDb: 6 }), voice(2, { gainDb: -20 }), voice(3, { gainDb: null })]);
  ticks(gains, 10);
  expect([1, 2, 3, 4].map((ssrc) => Number(gains.gainOf(ssrc).toFixed(3)))).toEqual([1.995, 0.1, 0, 1]);
  expect([1, 3, 4].map((ssrc) => gains.isHeard(ssrc))).toEqual([true, false, true]);
});

test('others are quieter while one with priority speaks, and come back after a pause', () => {
  const gains = new Gains({ attenuateDb: 20, attenuateWhileTalking: false });
  gains.setVoices([voice(1, { priority: true }), voice(2)]);
  gains.setSpeaking(2, true);
  ticks(gains, 50);
  expect(gains.gainOf(2)).toBe(1);
  gains.setSpeaking(1, true);
  ticks(gains, 20);
  expect(gains.gainOf(2)).toBeCloseTo(0.1, 2);
  expect(gains.gainOf(1)).toBe(1);
  gains.setSpeaking(1, false);
  ticks(gains, HOLD_TICKS - 1);
  expect(gains.gainOf(2)).toBeCloseTo(0.1, 2);
  ticks(gains, 120);
  expect(gains.gainOf(2)).toBe(1);
});

test('our own voice makes others quieter only if that is wanted, and a muted one never does', () => {
  const quiet = new Gains({ attenuateDb: 20, attenuateWhileTalking: true });
  const plain = new Gains({ attenuateDb: 20, attenuateWhileTalking: false });
  for (const gains of [quiet, plain]) {
    gains.setTalking(true);
    ticks(gains, 40);
  }
  expect(quiet.gainOf(5)).toBeCloseTo(0.1, 2);
  expect(plain.gainOf(5)).toBe(1);
  plain.setVoices([voice(1, { priority: true, gainDb: null })]);
  plain.setSpeaking(1, true);
  ticks(plain, 40);
  expect(plain.gainOf(5)).toBe(1);
});

test('no tick changes a gain by more than a step that a ramp of 10 ms hides, and it stays within its bounds', () => {
  const step = fc.record({ ssrc: fc.integer({ min: 1, max: 3 }), on: fc.boolean(), ticks: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, attenuateDb) => {
      const gains = new Gains({ attenuateDb, attenuateWhileTalking: false });
      gains.setVoices([voice(1, { priority: true }), voice(2)]);
      let before = gains.gainOf(2);
      for (const { ssrc, on, ticks: count } of steps) {
        gains.setSpeaking(ssrc, on);
        for (let i = 0; i < count; i++) {
          gains.tick();
          const now = gains.gainOf(2);
          expect(Math.abs(now - before)).toBeLessThanOrEqual(0.31);
          expect(now).toBeLessThanOrEqual(1);
          expect(now).toBeGreaterThanOrEqual(10 ** (-attenuateDb / 20) - 1e-9);
          before = now;
        }
      }
    }),
    { seed: 4, numRuns: 100 },
  );
});

test('tones are short, quiet, different, and begin and end in silence', () => {
  const all = TONES.map(toneSamples);
  for (const samples of all) {
    expect(samples.length).toBeLessThanOrEqual(48 * 200);
    expect(audioLevel(samples)).toBeGreaterThan(30);
    expect(audioLevel(samples)).toBeLessThan(45);
    expect([samples[0], samples.at(-1)]).toEqual([0, 0]);
    let jump = 0;
    for (let i = 1; i < samples.length; i++) jump = Math.max(jump, Math.abs(samples[i]! - samples[i - 1]!));
    expect(jump).toBeLessThan(100);
  }
  expect(new Set(all.map((samples) => samples.slice(800, 3000).join())).size).toBe(TONES.length);
});

test('clips are added one after the other, whatever the size of a tick, and a crowd is bounded', () => {
  const clips = new Clips();
  const mix = (length: number): number[] => {
    const sum = new Float32Array(length).fill(1);
    clips.mixInto(sum);
    return [...sum];
  };
  expect(mix(2)).toEqual([1, 1]);
  clips.play(Int16Array.of(10, 20, 30));
  clips.play(Int16Array.of(5));
  expect(clips.active).toBe(true);
  expect([...mix(2), ...mix(2), ...mix(2)]).toEqual([11, 21, 31, 6, 1, 1]);
  expect(clips.active).toBe(false);
  const played = Array.from({ length: 10 }, () => clips.play(Int16Array.of(1)));
  expect(played.filter(Boolean)).toHaveLength(MAX_WAITING_CLIPS + 1);
  clips.stop();
  expect(mix(1)).toEqual([1]);
});
