import { expect, test } from 'vitest';
import { RttReport } from '../../src/session/rtt-report.ts';

test('says the first round trip, then changes of some size, not too often', () => {
  const report = new RttReport();
  expect(report.take(null, 0)).toBeUndefined();
  expect(report.take(20.06, 1000)).toBe(20.1);
  expect(report.take(90, 5000)).toBeUndefined(); // too soon
  expect(report.take(22, 11_000)).toBeUndefined(); // next to nothing
  expect(report.take(30, 12_000)).toBe(30);
  report.reset();
  expect(report.take(30, 12_500)).toBe(30);
});
