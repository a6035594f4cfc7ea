/** New keys in the middle of a call: nothing is lost, nothing repeats, old keys go. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionKeys } from '../../../src/net/protocol/epochs.ts';
import { OLD_KEYS_MS } from '../../../src/net/protocol/epochs.ts';
import { type LinkOptions, Simulation } from '../../sim/network.ts';

const clean = { seed: 9, loss: 0, duplicate: 0, delayMs: 30, jitterMs: 0 };
const number = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
const read = (b: Uint8Array): number => Buffer.from(b).readUInt32BE();

function keys(session: number): SessionKeys {
  const key = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);
  return { session, suite: 'chacha20-poly1305', clientKey: key(session), stationKey: key(session + 100) };
}

class Rekeyed extends Simulation {
  n = 0;

  talk(until: number): void {
    while (this.now < until) {
      this.n += 1;
      this.send('client', number(this.n));
      this.send('station', number(this.n));
      this.run(this.now + 10);
    }
  }

  /** The station knows first, the client a while later, as the answer comes by TCP. */
  rekey(session: number, answerMs: number): void {
    this.station.renew(keys(session), this.now);
    this.talk(this.now + answerMs);
    this.client.renew(keys(session), this.now);
  }

  heardBy(end: 'client' | 'station'): number[] {
    return this.heard[end].map(({ payload }) => read(payload));
  }

  retired(end: 'client' | 'station'): number[] {
    const sessions: number[] = [];
    for (let out = this[end].poll(); out; out = this[end].poll()) {
      if (out.kind === 'retired') sessions.push(out.session);
    }
    return sessions;
  }
}

function call(options: LinkOptions): Rekeyed {
  const sim = new Rekeyed(options);
  sim.run(500);
  return sim;
}

describe('a renewal of the keys', () => {
  it('loses and repeats nothing, whatever the delays', () => {
    const link = fc.record({
      seed: fc.integer(),
      loss: fc.constant(0),
      duplicate: fc.constantFrom(0, 0.3),
      delayMs: fc.integer({ min: 0, max: 300 }),
      jitterMs: fc.constantFrom(0, 50),
    });
    fc.assert(
      fc.property(
        link,
        fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 6 }),
        (options, answers) => {
          const sim = call(options);
          sim.talk(2000);
          for (const [at, answerMs] of answers.entries()) {
            sim.rekey(1000 + at, answerMs);
            sim.talk(sim.now + 1000);
          }
          sim.run(sim.now + 1000);
          const all = Array.from({ length: sim.n }, (_, n) => n + 1);
          for (const end of ['client', 'station'] as const) {
            expect(sim.heardBy(end).sort((a, b) => a - b)).toEqual(all);
            const { dropped, lossIn, rekeys } = sim[end].stats(sim.now);
            expect({ ...dropped, replayed: 0 }).toEqual({
              malformed: 0,
              unauthentic: 0,
              replayed: 0,
              unsent: 0,
              tooLarge: 0,
            });
            expect(lossIn).toBeLessThan(0.02);
            expect(rekeys).toBe(answers.length);
          }
        },
      ),
      { numRuns: 30, seed: 11 },
    );
  });

  it('never uses a counter twice in a direction', () => {
    const sim = call(clean);
    for (let n = 0; n < 5; n++) {
      sim.talk(sim.now + 500);
      sim.rekey(1000 + n, 100);
    }
    for (const to of ['client', 'station']) {
      const counters = sim.wire
        .filter((f) => f.to === to)
        .map((f) => Buffer.from(f.bytes).readBigUInt64BE(5));
      expect(new Set(counters).size).toBe(counters.length);
    }
  });

  it('lets the old keys go some seconds after the other end used the new ones', () => {
    const sim = call(clean);
    const old = sim.wire.findLast((f) => f.to === 'station')!;
    sim.rekey(1000, 200);
    expect(sim.client.settled).toBe(false);
    sim.talk(sim.now + 200);
    expect([sim.client.settled, sim.station.settled]).toEqual([true, true]);
    sim.talk(sim.now + OLD_KEYS_MS + 500);
    const { malformed } = sim.station.stats(sim.now).dropped;
    sim.inject('station', old.bytes, old.from);
    expect(sim.station.stats(sim.now).dropped.malformed).toBe(malformed + 1);
  });

  it('keeps the old keys while the other end does not use the new ones', () => {
    const sim = call(clean);
    sim.station.renew(keys(1000), sim.now); // the answer never comes
    sim.talk(sim.now + 20_000);
    sim.run(sim.now + 100);
    expect(sim.heardBy('station')).toHaveLength(sim.n);
    sim.rekey(1001, 100); // asked again: the first offer is void
    sim.talk(sim.now + 10_000);
    sim.run(sim.now + 100);
    expect(sim.heardBy('station')).toHaveLength(sim.n);
    expect(sim.heardBy('client')).toHaveLength(sim.n);
  });

  it('tells its driver which session indices are void', () => {
    const sim = call(clean);
    sim.station.renew(keys(1000), sim.now);
    sim.station.renew(keys(1001), sim.now);
    expect(sim.retired('station')).toEqual([1000]);
    sim.client.renew(keys(1001), sim.now);
    sim.talk(sim.now + 200);
    sim.now += OLD_KEYS_MS + 1000;
    sim.station.tick(sim.now);
    expect(sim.retired('station')).toEqual([77]);
  });

  it('survives the loss of the first packets under the new keys', () => {
    const sim = call(clean);
    sim.blocked.add('up0');
    sim.rekey(1000, 0);
    sim.talk(sim.now + 8000);
    const heard = sim.heardBy('client').length;
    sim.blocked.clear();
    sim.talk(sim.now + 3000);
    expect(sim.heardBy('client').length).toBeGreaterThan(heard + 250);
    expect(sim.client.settled).toBe(true);
  });
});
