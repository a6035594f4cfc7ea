import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

const END_TO_END = 'test/e2e/**/*.test.ts';
/** Calls whose sound or lateness is judged by the millisecond: when the rest is done, so that it does not delay them. */
const BY_THE_CLOCK = [
  'bad-networks',
  'bridge',
  'sound-settings',
  'sound-devices',
  'call',
  'loss',
  'unplugged',
  'over-ssh',
].map((name) => `test/e2e/${name}.e2e.test.ts`);

/** What is chosen when a library loads (Ink's colours) is seen only where nobody loaded it before. */
const LOADED_ANEW = 'test/ui/background.test.ts';

export default defineConfig({
  test: {
    // For a machine that is slow and busy: nothing here takes so long by itself.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/summary-reporter.ts'],
    pool: 'forks',
    // Most files take less time than a process of their own takes to start; none changes anything global.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: [END_TO_END, LOADED_ANEW],
          globalSetup: 'test/ui/build-fixture.ts',
          // One more than two cores: end-to-end files beside these wait for the clock half of their time.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'anew',
          include: [LOADED_ANEW],
          isolate: true,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      // What needs real time between real processes: where the machine itself stood still for a second it says so by failing.
      // One more try tells that from a defect, and the summary names every test that needed it.
      {
        extends: true,
        test: {
          name: 'e2e',
          include: [END_TO_END],
          exclude: BY_THE_CLOCK,
          retry: 1,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'clock',
          include: BY_THE_CLOCK,
          retry: 1,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
