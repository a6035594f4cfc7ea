import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
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
  },
});
