/** Figures of the tunnel: what is shown is looked at at once, counters seldom. */
import { expect, test } from 'vitest';
import type { TunnelStats } from '../../src/net/tunnel/messages.ts';
import { StatsPace } from '../../src/session/stats-pace.ts';

const stats: TunnelStats = {
  carrier: 'udp',
  carrierUp: 'udp',
  carrierDown: 'udp',
  carrierReason: '',
  cipher: 'chacha20-poly1305',
  rttMs: 20.2,
  lossUp: 0,
  lossDown: 0,
  heardAgoMs: 0,
  acknowledgedAgoMs: 0,
  silent: false,
  mtu: 1200,
  carriers: [],
  rekeys: 0,
  datagramsSent: 1,
  datagramsReceived: 1,
  dropped: { malformed: 0, unauthentic: 0, replayed: 0, unroutable: 0, tooLarge: 0, stale: 0 },
};

test('counters alone are looked at every ten seconds', () => {
  const pace = new StatsPace();
  const due = Array.from({ length: 121 }, (_, i) => pace.isDue({ ...stats, datagramsSent: i }, i * 250));
  expect(due.flatMap((is, i) => (is ? [i / 4] : []))).toEqual([0, 10, 20, 30]);
});

test('what is shown passes at once, and what is not fine enough to be shown does not', () => {
  const pace = new StatsPace();
  pace.isDue(stats, 0);
  expect(pace.isDue({ ...stats, rttMs: 20.4, lossUp: 0.001 }, 10)).toBe(false);
  expect(pace.isDue({ ...stats, rttMs: 21.1 }, 20)).toBe(true);
  expect(pace.isDue({ ...stats, rttMs: 21.1, carrierUp: 'stream' }, 30)).toBe(true);
  expect(pace.isDue({ ...stats, rttMs: 21.1, carrierUp: 'stream', silent: true }, 40)).toBe(true);
});

test('while nothing comes each passes, since the time is shown', () => {
  const pace = new StatsPace();
  pace.isDue(stats, 0);
  expect(pace.isDue({ ...stats, heardAgoMs: 1500 }, 10)).toBe(true);
  expect(pace.isDue({ ...stats, heardAgoMs: 1750 }, 20)).toBe(true);
  expect(pace.isDue(stats, 30)).toBe(true);
  expect(pace.isDue(stats, 40)).toBe(false);
});
