import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Time enough on a busy machine, too.
  test: { setupFiles: ['../../tools/contracts/src/seed.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
