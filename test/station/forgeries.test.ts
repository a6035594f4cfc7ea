import { expect, it } from 'vitest';
import { Forgeries } from '../../src/station/forgeries.ts';

it('bounds how often an address may fail, and no other address pays for it', () => {
  const forgeries = new Forgeries();
  let tried = 0;
  for (let n = 0; n < 100_000; n++) {
    const now = n / 10; // 10,000 a second for 10 s
    if (!forgeries.admits('203.0.113.9', now)) continue;
    tried += 1;
    forgeries.failed('203.0.113.9', now);
  }
  expect(tried).toBeGreaterThan(4000);
  expect(tried).toBeLessThan(14_100);
  expect(forgeries.admits('198.51.100.1', 10_000)).toBe(true);
});

it('lets an address in again that stopped', () => {
  const forgeries = new Forgeries();
  for (let n = 0; n < 5000; n++) forgeries.failed('2001:db8::1', 0);
  expect(forgeries.admits('2001:db8::1', 0)).toBe(false);
  expect(forgeries.admits('2001:db8::1', 100)).toBe(true);
});
