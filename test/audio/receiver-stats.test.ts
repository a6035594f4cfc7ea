/** Loss and jitter as RFC 3550 counts them. */
import { expect, test } from 'vitest';
import { ReceiverStats } from '../../src/audio/receiver-stats.ts';

function receive(stats: ReceiverStats, seq: number, timestamp: number, nowMs: number): void {
  const rest = { ssrc: 1, marker: false, last: false, level: 0, payload: Uint8Array.of(0) };
  stats.receive({ seq, timestamp: timestamp >>> 0, ...rest }, nowMs);
}

test('sequence numbers go on across the wrap-around, and what is missing is lost', () => {
  const stats = new ReceiverStats();
  for (const seq of [65_533, 65_534, 0, 1, 65_535, 4]) receive(stats, seq, 0, 0);
  expect(stats.extendedHighestSeq).toBe(65_536 + 4);
  expect(stats.lost).toBe(2);
});

test('a restarted sender is no loss', () => {
  const stats = new ReceiverStats();
  for (const seq of [1, 2, 4, 30_000, 30_001]) receive(stats, seq, 0, 0);
  expect(stats.lost).toBe(1);
});

test('the first packets may be reordered', () => {
  const stats = new ReceiverStats();
  for (const seq of [12, 10, 11, 13]) receive(stats, seq, 0, 0);
  expect(stats.lost).toBe(0);
});

test('jitter follows the formula of RFC 3550, also over the wrap-around of the timestamp', () => {
  const stats = new ReceiverStats();
  const start = 2 ** 32 - 960;
  const arrivals = [0, 20, 44, 60, 83];
  let expected = 0;
  arrivals.forEach((ms, i) => {
    receive(stats, i, start + i * 960, ms);
    if (i === 0) return;
    const change = Math.abs(ms - arrivals[i - 1]! - 20);
    expected += (change - expected) / 16;
  });
  expect(stats.jitterMs).toBeCloseTo(expected, 9);
});

test('a steady stream has no jitter, with silence in between too', () => {
  const stats = new ReceiverStats();
  receive(stats, 1, 0, 0);
  receive(stats, 2, 960, 20);
  receive(stats, 3, 960 * 100, 2000);
  expect(stats.jitterMs).toBe(0);
});
