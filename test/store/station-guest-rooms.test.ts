/** What a station keeps of where people were who have no database of their own. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { MAX_GUEST_KEYS, MAX_GUEST_ROOMS } from '../../src/store/station-guest-rooms.ts';
import { StationStore } from '../../src/store/station.ts';
import { place } from './place.ts';

let path: string;
beforeEach(() => {
  path = join(place(), 'station.db');
});

test('the rooms of a key survive a restart, the last ones count, and nobody else has them', () => {
  let store = new StationStore(path);
  expect(store.guestRoomsOf('SHA256:a')).toEqual([]);
  store.keepGuestRooms('SHA256:a', ['lobby', 'ops'], 1);
  store.keepGuestRooms('SHA256:a', ['ops'], 2);
  store.close();
  store = new StationStore(path);
  expect(store.guestRoomsOf('SHA256:a')).toEqual(['ops']);
  expect(store.guestRoomsOf('SHA256:b')).toEqual([]);
  store.close();
});

test('rooms of a key and keys are bounded: those that came longest ago go', () => {
  const store = new StationStore(path);
  const many = Array.from({ length: MAX_GUEST_ROOMS + 5 }, (_, i) => `room-${i}`);
  store.keepGuestRooms('SHA256:first', many, 1);
  expect(store.guestRoomsOf('SHA256:first')).toEqual(many.slice(0, MAX_GUEST_ROOMS));
  for (let i = 0; i < MAX_GUEST_KEYS; i++) store.keepGuestRooms(`SHA256:${i}`, ['lobby'], i + 2);
  expect(store.guestRoomsOf('SHA256:first')).toEqual([]);
  expect(store.guestRoomsOf('SHA256:0')).toEqual(['lobby']);
  store.close();
});
