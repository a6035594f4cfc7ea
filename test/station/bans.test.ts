/** Bans and silences in memory and on disk, and which addresses they cover. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { asAddress, Bans, covers } from '../../src/station/bans.ts';
import { StationStore } from '../../src/store/station.ts';
import type { MeasureRow } from '../../src/store/station-people.ts';

let store: StationStore;
let bans: Bans;
beforeEach(() => {
  store = new StationStore(':memory:');
  bans = new Bans(store.people);
});

function measure(change: Partial<MeasureRow>): Omit<MeasureRow, 'id'> {
  const usual = { kind: 'ban', room: null, key: 'SHA256:bob', address: null, name: 'bob' } as const;
  return { ...usual, reason: '', by: 'ann', at: 0, until: null, ...change };
}

const bob = { key: 'SHA256:bob', address: '203.0.113.7' };

describe('a ban', () => {
  it('ends at its time, and one for good does not', () => {
    bans.add(measure({ until: 100 }), 0);
    expect(bans.banOf(bob, null, 99)).toMatchObject({ name: 'bob' });
    expect(bans.banOf(bob, null, 100)).toBeUndefined();
    bans.add(measure({}), 100);
    expect(bans.banOf(bob, null, Number.MAX_SAFE_INTEGER)).toBeDefined();
  });

  it('of a room is none of the station, nor of another room', () => {
    bans.add(measure({ room: 'lobby' }), 0);
    expect(bans.banOf(bob, 'lobby', 0)).toBeDefined();
    expect(bans.banOf(bob, null, 0)).toBeUndefined();
    expect(bans.banOf(bob, 'den', 0)).toBeUndefined();
  });

  it('said again replaces the first, and is lifted once', () => {
    bans.add(measure({ until: 100, reason: 'first' }), 0);
    bans.add(measure({ until: 200, reason: 'second' }), 0);
    expect(bans.list('ban', null, 0)).toMatchObject([{ reason: 'second' }]);
    expect(store.people.measures()).toHaveLength(1);
    expect(bans.lift('ban', null, { key: 'SHA256:bob', address: null })).toBe(1);
    expect(bans.lift('ban', null, { key: 'SHA256:bob', address: null })).toBe(0);
    expect(store.people.measures()).toEqual([]);
  });

  it('and a silence of the same key do not meet', () => {
    bans.add(measure({ kind: 'silence', room: 'lobby' }), 0);
    expect(bans.banOf(bob, 'lobby', 0)).toBeUndefined();
    expect(bans.silenceOf('SHA256:bob', 'lobby', 0)).toBeDefined();
    expect(bans.lift('ban', 'lobby', { key: 'SHA256:bob', address: null })).toBe(0);
  });

  it('is there after a restart', () => {
    bans.add(measure({ room: 'lobby' }), 0);
    expect(new Bans(store.people).list('ban', 'all', 0)).toEqual(bans.list('ban', 'all', 0));
  });
});

describe('addresses', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.1', false],
    ['203.0.113.7', '::ffff:203.0.113.7', true], // as a socket that takes both families says it
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::1', '2001:db8::2', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['203.0.113.7', '', false],
  ])('%s covers %s: %s', (banned, address, yes) => {
    expect(covers(asAddress(banned) ?? '', address)).toBe(yes);
  });

  it.each(['bob', '203.0.113', '203.0.113.7/33', '010.0.0.1', '@bob', 'SHA256:x'])('%s is none', (text) => {
    expect(asAddress(text)).toBeUndefined();
  });

  it('a prefix covers what begins as it does, whatever the length', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), fc.integer({ min: 0, max: 32 }), (bytes, bits) => {
        const address = bytes.join('.');
        expect(covers(asAddress(`${address}/${bits}`) ?? '', address)).toBe(true);
      }),
      { seed: 20_261_121 },
    );
  });
});
