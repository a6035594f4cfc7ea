/** The last seconds in memory: bounded, forgotten in time, and replayed without gaps of the device's making. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_PAUSE_MS, MAX_REPLAY_SAMPLES, REPLAY_MS, ReplayMemory } from '../../src/audio/replay.ts';

const TICK = 480;
const tick = (value: number): Int16Array => new Int16Array(TICK).fill(value);

test('ticks of one voice follow one another, also when the device tells times that are off', () => {
  const memory = new ReplayMemory();
  const times = [0, 10.7, 19.2, 31, 40.1];
  for (const [n, at] of times.entries()) memory.push(1, tick(n + 1), 1000 + at);
  const heard = memory.take(5000, 1, 1060);
  expect(heard).toEqual(Int16Array.from(times.flatMap((_, n) => [...tick(n + 1)])));
});

test('voices of one tick are added up, pauses are shortened, and one voice can be had alone', () => {
  const memory = new ReplayMemory();
  memory.push(1, tick(100), 0);
  memory.push(2, tick(30_000), 0);
  memory.push(2, tick(7), 5000);
  const all = memory.take(REPLAY_MS, null, 5010, (ssrc) => (ssrc === 2 ? 1.5 : 1));
  expect(all.length).toBe(2 * TICK + 48 * MAX_PAUSE_MS);
  expect([all[0], all[TICK], all.at(-1)]).toEqual([32_767, 0, 11]);
  expect(memory.take(REPLAY_MS, 1, 5010)).toEqual(tick(100));
  expect(memory.take(1000, null, 5010)).toEqual(tick(7));
});

test('stereo is replayed side by side, and lasts as long', () => {
  const memory = new ReplayMemory(2);
  const wide = (left: number, right: number): Int16Array =>
    Int16Array.from({ length: 2 * TICK }, (_, i) => (i % 2 === 0 ? left : right));
  memory.push(1, wide(1, -1), 0);
  memory.push(1, wide(2, -2), 10.3);
  memory.push(2, wide(100, 100), 10.4);
  memory.push(1, wide(3, -3), 5000);
  const heard = memory.take(REPLAY_MS, null, 5010);
  const pause = new Int16Array(2 * 48 * MAX_PAUSE_MS);
  expect(heard).toEqual(Int16Array.from([...wide(1, -1), ...wide(102, 98), ...pause, ...wide(3, -3)]));
});

test('what is older than 30 s is gone, and all is gone when it is told to forget', () => {
  const memory = new ReplayMemory();
  memory.push(1, tick(1), 0);
  memory.push(1, tick(2), 29_000);
  expect(memory.take(REPLAY_MS, null, 30_500)).toEqual(tick(2));
  expect(memory.size).toBe(TICK);
  memory.forget();
  expect(memory.size).toBe(0);
  expect(memory.take(REPLAY_MS, null, 30_500).length).toBe(0);
});

test('however many talk, the memory is bounded and no replay is longer than what was kept', () => {
  const burst = fc.record({
    voices: fc.integer({ min: 1, max: 60 }),
    ticks: fc.nat(40),
    pause: fc.nat(3000),
  });
  fc.assert(
    fc.property(fc.array(burst, { maxLength: 12 }), (bursts) => {
      const memory = new ReplayMemory();
      let now = 0;
      for (const { voices, ticks, pause } of bursts) {
        now += pause;
        for (let n = 0; n < ticks; n++, now += 10)
          for (let ssrc = 0; ssrc < voices; ssrc++) memory.push(ssrc, tick(1), now);
        expect(memory.size).toBeLessThanOrEqual(MAX_REPLAY_SAMPLES);
        const all = memory.take(REPLAY_MS, null, now);
        expect(all.length).toBeLessThanOrEqual((REPLAY_MS + 10) * 48);
      }
    }),
    { seed: 5, numRuns: 30 },
  );
  const memory = new ReplayMemory();
  for (let n = 0; n < 400; n++) for (let ssrc = 0; ssrc < 64; ssrc++) memory.push(ssrc, tick(1), n * 10);
  expect(memory.size).toBeLessThanOrEqual(MAX_REPLAY_SAMPLES);
});
