import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

const END_TO_END = 'test/e2e/**/*.test.ts';

export default defineConfig({
  test: {
    // For a machine that is slow and busy: nothing here takes so long by itself.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/summary-reporter.ts'],
    // One more than two cores: end-to-end files wait for the clock half of their time.
    maxWorkers: 3,
    pool: 'forks',
    // Most files take less time than a process of their own takes to start; none changes anything global.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts', 'test/**/*.test.tsx'], exclude: [END_TO_END] },
      },
      {
        extends: true,
        // Calls in real time between real processes: where the machine itself stood still for a second they say so by
        // failing. One more try tells that from a defect, and the summary names every test that needed it.
        test: { name: 'e2e', include: [END_TO_END], retry: 1 },
      },
    ],
  },
});
