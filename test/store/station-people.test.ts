/** What a station keeps of people and of invitations. */
import { beforeEach, describe, expect, test } from 'vitest';
import { StationStore } from '../../src/store/station.ts';
import { type InviteRow, MAX_INVITES } from '../../src/store/station-invites.ts';
import { MAX_AUDIT_ENTRIES } from '../../src/store/station-people.ts';

let store: StationStore;
beforeEach(() => {
  store = new StationStore(':memory:');
});

const KEY = 'SHA256:bob';
const person = { fingerprint: KEY, admitted: 1, role: null, key: '', comment: 'bob', via: 'import', at: 1 };

test('a key is forgotten with all its roles, and no other key is', () => {
  store.people.savePeople([person, { ...person, fingerprint: 'SHA256:ann' }]);
  store.people.setRoomRole('lobby', KEY, 'moderator');
  store.people.setRoomRole('lobby', 'SHA256:ann', 'owner');
  store.people.forget(KEY);
  expect(store.people.people().map(({ fingerprint }) => fingerprint)).toEqual(['SHA256:ann']);
  expect(store.people.roomRoles()).toEqual([{ room: 'lobby', fingerprint: 'SHA256:ann', role: 'owner' }]);
});

test('the audit log keeps the newest, and a number is never given twice', () => {
  const entry = { at: 0, by: 'ann', action: 'kick', room: null, target: 'bob', detail: '' };
  const all = MAX_AUDIT_ENTRIES + 1000;
  for (let i = 1; i <= all; i += 1) store.people.audit({ ...entry, at: i });
  const kept = store.people.audits({ room: null, before: Number.MAX_SAFE_INTEGER, limit: all });
  expect(kept[0]).toMatchObject({ at: all, id: all });
  expect(kept.length).toBeLessThan(MAX_AUDIT_ENTRIES + 500);
  expect(kept.length).toBeGreaterThanOrEqual(MAX_AUDIT_ENTRIES);
});

describe('an invitation', () => {
  let serial = 0;
  const invite = (change: Partial<InviteRow> = {}): InviteRow => {
    serial += 1;
    const hash = Buffer.alloc(32);
    hash.writeUInt32BE(serial);
    const id = String(serial).padStart(8, '0');
    const usual = { room: null, role: 'member', uses: 2, by: 'ann', byKey: '', at: 0 } as const;
    return { ...usual, id, hash, left: 2, expires: null, revoked: 0, ...change };
  };

  test('is used as often as it may be, once by each key, and gives in the same commit', () => {
    const row = invite();
    store.invites.add(row, 0);
    const given: string[] = [];
    const use = (key: string, at = 0): boolean =>
      store.invites.use(row.id, key, at, () => {
        given.push(key);
        store.people.savePeople([{ ...person, fingerprint: key }]);
      });
    expect(['a', 'a', 'b', 'c'].map((key) => use(key))).toEqual([true, false, true, false]);
    expect(given).toEqual(['a', 'b']);
    expect(store.people.people()).toHaveLength(2);
    expect(store.invites.byId(row.id)?.left).toBe(0);
  });

  test('whose gift fails is not used', () => {
    const row = invite();
    store.invites.add(row, 0);
    const fail = (): never => {
      store.people.savePeople([person]);
      throw new Error('the disk is full');
    };
    expect(() => store.invites.use(row.id, KEY, 0, fail)).toThrow();
    expect(store.invites.byId(row.id)?.left).toBe(2);
    expect(store.invites.wasUsedBy(row.id, KEY)).toBe(false);
    expect(store.people.people()).toEqual([]);
  });

  test('that has expired or was revoked gives nothing', () => {
    const [old, gone] = [invite({ expires: 10 }), invite()];
    for (const row of [old, gone]) store.invites.add(row, 0);
    store.invites.revoke(gone.id);
    expect(store.invites.use(old.id, KEY, 10, () => undefined)).toBe(false);
    expect(store.invites.use(gone.id, KEY, 0, () => undefined)).toBe(false);
    expect(store.invites.use(old.id, KEY, 9, () => undefined)).toBe(true);
  });

  test('that is over makes room for a new one, and an open one does not', () => {
    for (let i = 0; i < MAX_INVITES; i += 1) store.invites.add(invite({ expires: i === 0 ? 10 : null }), 0);
    expect(store.invites.add(invite(), 9)).toBe(false);
    expect(store.invites.add(invite(), 10)).toBe(true);
    expect(store.invites.add(invite(), 10)).toBe(false);
  });

  test('is kept by its hash only', () => {
    const row = invite();
    store.invites.add(row, 0);
    expect(store.invites.byHash(row.hash)).toMatchObject({ id: row.id, left: 2 });
    expect(store.invites.byHash(Buffer.alloc(32, 9))).toBeUndefined();
  });
});
