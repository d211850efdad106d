import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each test waits for processes that it started; two files at a time keep two processors busy.
    maxWorkers: 2,
    pool: 'forks',
  },
});
