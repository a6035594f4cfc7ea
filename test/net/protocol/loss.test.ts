import { expect, it } from 'vitest';
import { LossWindow } from '../../../src/net/protocol/loss.ts';
import { RttEstimator } from '../../../src/net/protocol/rtt.ts';

it('knows nothing before two reports with packets between them', () => {
  const window = new LossWindow();
  expect(window.loss()).toBeNull();
  window.report(0, 0);
  window.report(0, 0);
  expect(window.loss()).toBeNull();
});

it('is the share that is missing in the window, and forgets what left it', () => {
  const window = new LossWindow();
  window.report(0, 0);
  window.report(50, 100);
  expect(window.loss()).toBeCloseTo(0.5);
  for (let n = 1; n <= 10; n++) window.report(50 + n * 10, 100 + n * 10);
  expect(window.loss()).toBe(0);
});

it('ignores a report that arrives after a newer one', () => {
  const window = new LossWindow();
  window.report(0, 0);
  window.report(90, 100);
  window.report(40, 50);
  expect(window.loss()).toBeCloseTo(0.1);
});

it('smooths round trips as RFC 6298 does', () => {
  const rtt = new RttEstimator();
  expect(rtt.smoothedMs).toBeNull();
  rtt.sample(100);
  expect([rtt.smoothedMs, rtt.variationMs]).toEqual([100, 50]);
  rtt.sample(180);
  expect([rtt.smoothedMs, rtt.variationMs]).toEqual([110, 57.5]);
});
