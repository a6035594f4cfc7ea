import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default', './test/summary-reporter.ts'],
    // Two cores: end-to-end files measure real time, so only two files run side by side.
    maxWorkers: 2,
    pool: 'forks',
  },
});
