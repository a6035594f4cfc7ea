/** Posts that differ, and a station's store without a file. */
import { onTestFinished } from 'vitest';
import { type Post, StationStore } from '../../src/store/station.ts';

let serial = 0;

/** Each with an id, a text and a time of its own, ms: 1, 2, 3... */
export function post(values: Partial<Post> = {}): Post {
  serial++;
  return {
    room: 'lobby',
    id: `id-${serial}`,
    from: 'ann',
    fingerprint: 'k1',
    type: 'text/plain',
    body: Buffer.from(`text ${serial}`),
    at: serial,
    ...values,
  };
}

/** Closed after the test. */
export function inMemory(): StationStore {
  const store = new StationStore(':memory:');
  onTestFinished(() => store.close());
  return store;
}
