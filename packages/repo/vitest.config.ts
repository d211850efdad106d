import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    setupFiles: ['../../tools/contracts/src/seed.ts'],
    testTimeout: 60_000,
    // Tests start processes and worker threads of their own.
    maxWorkers: 2,
    // Built code is loaded by Node itself, as its users load it; the fault injection tests depend on that.
    server: { deps: { external: [/\/dist\//] } },
  },
});
