import { defineConfig } from 'vitest/config';

// Property tests and the real ostree take their time on a busy machine.
export default defineConfig({
  test: { setupFiles: ['../../tools/contracts/src/seed.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
