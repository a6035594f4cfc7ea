/** A test with a place of its own and terminals in it. */
import { test as inPlace } from './place-test.ts';
import { Screens } from './screens.ts';

export const test = inPlace.extend<{ screens: Screens }>({
  screens: async ({ place }, use) => {
    const screens = new Screens(place);
    await use(screens);
    await screens.dispose();
  },
});
