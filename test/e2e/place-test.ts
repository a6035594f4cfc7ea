/** A test with a place of its own: such tests can run at the same time, and a second try of one finds nothing of the first. */
import { test as base } from 'vitest';
import { Place } from './process.ts';

export const test = base.extend<{ place: Place }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  place: async ({}, use) => {
    const place = await Place.make();
    await use(place);
    await place.dispose();
  },
});
