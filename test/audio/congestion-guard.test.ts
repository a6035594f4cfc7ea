/** More bytes, more loss: when it is held back, when it is let go. */
import { expect, test } from 'vitest';
import { CongestionGuard } from '../../src/audio/congestion-guard.ts';
import { reportIntervalMs } from '../../src/audio/report-interval.ts';

/** Reports of one loss each 250 ms between two times. */
function report(guard: CongestionGuard, loss: number, from: number, to: number): void {
  for (let now = from; now < to; now += 250) guard.report(loss, now);
}

/** The loss becomes much worse after the bandwidth grew from 50,000 to 150,000 at 10 s. */
function held(): CongestionGuard {
  const guard = new CongestionGuard();
  report(guard, 0.05, 0, 10_000);
  guard.changed(50_000, 150_000, 10_000);
  report(guard, 0.6, 10_000, 13_000);
  return guard;
}

test('what made the loss much worse is taken back for 20 s, then for 40 s', () => {
  const guard = held();
  expect(guard.cap(13_000)).toBe(50_000);
  report(guard, 0.05, 13_000, 30_000);
  expect(guard.cap(31_000)).toBe(50_000);
  expect(guard.cap(34_000)).toBe(Number.POSITIVE_INFINITY);
  guard.changed(50_000, 150_000, 34_000);
  report(guard, 0.6, 34_000, 37_000);
  report(guard, 0.05, 37_000, 60_000);
  expect(guard.cap(70_000)).toBe(50_000);
  expect(guard.cap(80_000)).toBe(Number.POSITIVE_INFINITY);
});

test('where that does not help it is let go, and is not tried again for a minute', () => {
  const guard = held();
  report(guard, 0.6, 13_000, 18_000);
  expect(guard.cap(18_000)).toBe(Number.POSITIVE_INFINITY);
  guard.changed(50_000, 150_000, 20_000);
  report(guard, 0.95, 20_000, 30_000);
  expect(guard.cap(30_000)).toBe(Number.POSITIVE_INFINITY);
});

test('a little more loss, a little more bandwidth, or a loss that was there before hold nothing back', () => {
  const guard = new CongestionGuard();
  report(guard, 0.3, 0, 10_000);
  guard.changed(50_000, 150_000, 10_000);
  report(guard, 0.4, 10_000, 20_000);
  guard.changed(150_000, 160_000, 20_000);
  report(guard, 0.9, 20_000, 30_000);
  expect(guard.cap(30_000)).toBe(Number.POSITIVE_INFINITY);
});

test('reports are due in a second, sooner where much is lost or nothing was said yet', () => {
  const of = (fractionLost: number, lossRate: number) =>
    [{ fractionLost, metrics: { lossRate } }] as unknown as Parameters<typeof reportIntervalMs>[0];
  expect(reportIntervalMs([])).toBe(250);
  expect(reportIntervalMs(of(0, 0.01))).toBe(1000);
  expect(reportIntervalMs(of(0.1, 0))).toBe(250);
  expect(reportIntervalMs(of(0, 0.1))).toBe(250);
});
