import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    // Tests start processes and worker threads of their own.
    maxWorkers: 2,
  },
});
