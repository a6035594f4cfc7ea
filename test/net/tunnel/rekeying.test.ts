import { expect, test } from 'vitest';
import { Rekeying } from '../../../src/net/tunnel/rekeying.ts';

const LIMITS = { everyMs: 120_000, everyPackets: 1000 };

test('keys are renewed by time if a payload went under them, and seldom if none did', () => {
  const rekeying = new Rekeying(LIMITS, 0);
  expect(rekeying.begin({ packets: 100, payloads: 1 }, 119_999)).toBe(false);
  expect(rekeying.begin({ packets: 100, payloads: 1 }, 120_000)).toBe(true);
  rekeying.done(true, 120_000);
  expect(rekeying.begin({ packets: 200, payloads: 1 }, 240_000)).toBe(false);
  expect(rekeying.dueAt).toBe(360_000);
  expect(rekeying.begin({ packets: 201, payloads: 2 }, 359_999)).toBe(false);
  expect(rekeying.begin({ packets: 201, payloads: 2 }, 360_000)).toBe(true);
  rekeying.done(true, 360_000);
  const times = Array.from({ length: 10 }, (_, n) => 360_000 + (n + 1) * 120_000);
  const asked = times.filter((now) => {
    const asks = rekeying.begin({ packets: 202, payloads: 2 }, now);
    if (asks) rekeying.done(true, now);
    return asks;
  });
  expect(asked).toEqual([960_000, 1_560_000]);
});

test('keys are renewed by packets, one request at a time', () => {
  const rekeying = new Rekeying(LIMITS, 0);
  expect(rekeying.begin({ packets: 1000, payloads: 900 }, 5000)).toBe(true);
  expect(rekeying.begin({ packets: 2000, payloads: 1900 }, 6000)).toBe(false);
  rekeying.done(true, 6000);
  expect(rekeying.begin({ packets: 1999, payloads: 1900 }, 7000)).toBe(false);
  expect(rekeying.begin({ packets: 2000, payloads: 1900 }, 7000)).toBe(true);
});

test('what failed is tried again after five seconds, whatever went since', () => {
  for (const packets of [200, 5000]) {
    const rekeying = new Rekeying(LIMITS, 0);
    expect(rekeying.begin({ packets: 200, payloads: 100 }, 120_000)).toBe(true);
    rekeying.done(false, 120_100);
    expect(rekeying.begin({ packets, payloads: 100 }, 125_000)).toBe(false);
    expect(rekeying.begin({ packets, payloads: 100 }, 125_100)).toBe(true);
  }
});
