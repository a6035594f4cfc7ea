import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission, TokenBucket } from '../../src/station/limits.ts';

describe('TokenBucket', () => {
  it('never gives more than its burst and its rate allow, and never less', () => {
    const rate = { burst: 10, perSecond: 5 };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 4 }))), (asks) => {
        const bucket = new TokenBucket(rate, 1000);
        let now = 1000;
        let held = rate.burst;
        for (const [wait, amount] of asks) {
          now += wait;
          held = Math.min(rate.burst, held + (wait * rate.perSecond) / 1000);
          if (Math.abs(held - amount) < 1e-6) return; // rounding decides
          const given = bucket.take(amount, now);
          expect(given).toBe(held >= amount);
          if (given) held -= amount;
        }
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it('gives nothing for a clock that goes back', () => {
    const bucket = new TokenBucket({ burst: 1, perSecond: 1 }, 10_000);
    expect(bucket.take(1, 10_000)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(1, 10_500)).toBe(false);
    expect(bucket.take(1, 11_000)).toBe(true);
  });
});

describe('Admission', () => {
  const bounds = {
    unauthenticated: 4,
    unauthenticatedPerAddress: 2,
    connectionsPerAddress: 3,
    connections: 5,
  };

  it('keeps one address from taking every place', () => {
    const admission = new Admission(bounds);
    expect(admission.enter('a')).toBeDefined();
    expect(admission.enter('a')).toBeDefined();
    expect(admission.enter('a')).toBeUndefined();
    expect(admission.enter('b')).toBeDefined();
    expect(admission.enter('c')).toBeDefined();
    expect(admission.enter('d')).toBeUndefined();
  });

  it('gives places back once, however often it is told', () => {
    const admission = new Admission(bounds);
    for (let round = 0; round < 20; round += 1) {
      const places = ['a', 'a', 'b', 'b'].map((address) => admission.enter(address)!);
      expect(admission.enter('c')).toBeUndefined();
      for (const place of places) place.proved();
      expect(admission.enter('a')?.leave()).toBeUndefined();
      for (const place of places) {
        place.leave();
        place.leave();
        place.proved();
      }
    }
  });

  it('bounds those who proved a key too', () => {
    const admission = new Admission(bounds);
    const enter = (address: string) => {
      const place = admission.enter(address);
      place?.proved();
      return place;
    };
    expect(['a', 'a', 'a', 'a', 'b', 'b', 'c'].map((address) => enter(address) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});
