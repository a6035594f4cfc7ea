/** How large a datagram may be: found on paths of all sizes, and found out when a path shrinks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNEL, MAX_PAYLOAD_BYTES, MAX_PROBED_PAYLOAD_BYTES } from '../../../src/net/protocol/constants.ts';
import { MtuSearch } from '../../../src/net/protocol/mtu.ts';
import { Simulation } from '../../sim/network.ts';

const clean = { seed: 4, loss: 0, duplicate: 0, delayMs: 20, jitterMs: 0 };
/** Bytes of a packet beside its payload. */
const OVERHEAD = 30;

describe('the largest payload', () => {
  it('is found on every path within half a minute, and never above it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1200, max: 1600 }), (passes) => {
        const sim = new Simulation(clean);
        sim.maxPacket = passes + OVERHEAD;
        for (let at = 0; at < 30_000; at += 500) {
          sim.run(at);
          expect(sim.client.maxPayload()).toBeLessThanOrEqual(Math.max(passes, MAX_PAYLOAD_BYTES));
        }
        const found = sim.client.maxPayload();
        expect(found).toBeGreaterThanOrEqual(Math.min(passes, MAX_PROBED_PAYLOAD_BYTES) - 40);
        sim.run(sim.now + 1100);
        expect(sim.station.maxPayload()).toBe(found);
        expect(sim.client.stats(sim.now)).toMatchObject({ mtu: found, lossOut: 0, lossIn: 0, silent: false });
      }),
      { numRuns: 40, seed: 5 },
    );
  });

  it('is used at once: what fits passes, what does not is counted and not sent', () => {
    const sim = new Simulation(clean);
    sim.run(2500);
    expect(sim.send('client', new Uint8Array(MAX_PROBED_PAYLOAD_BYTES), CHANNEL.forward)).toBe(true);
    expect(sim.send('station', new Uint8Array(MAX_PROBED_PAYLOAD_BYTES), CHANNEL.forward)).toBe(true);
    expect(sim.send('client', new Uint8Array(MAX_PROBED_PAYLOAD_BYTES + 1), CHANNEL.forward)).toBe(false);
    sim.run(3000);
    expect([sim.heard.station.length, sim.heard.client.length]).toEqual([1, 1]);
    expect(sim.client.stats(sim.now).dropped.tooLarge).toBe(1);
  });

  it('falls back to 1,200 within 15 s when the path shrinks, and is searched anew a minute later', () => {
    const sim = new Simulation(clean);
    sim.run(20_000);
    expect(sim.client.maxPayload()).toBe(MAX_PROBED_PAYLOAD_BYTES);
    sim.maxPacket = 1350 + OVERHEAD;
    sim.run(36_000);
    expect(sim.client.maxPayload()).toBe(MAX_PAYLOAD_BYTES);
    expect(sim.client.stats(sim.now)).toMatchObject({ silent: false, lossOut: 0 });
    sim.run(120_000);
    expect(sim.client.maxPayload()).toBe(1320);
    expect(sim.station.maxPayload()).toBe(1320);
  });

  it('is not mistaken for small by a lossy path', () => {
    const sim = new Simulation({ ...clean, loss: 0.1 });
    sim.run(600_000);
    expect(sim.client.maxPayload()).toBeGreaterThan(MAX_PAYLOAD_BYTES);
  });

  it('is not asked for all the time where nothing larger passes', () => {
    const search = new MtuSearch();
    let pings = 0;
    for (let now = 0; now < 500_000; now += 1000) {
      if (search.due(now) === undefined) continue;
      search.sent(pings, now);
      pings += 1;
    }
    expect(pings).toBe(21);
  });
});
