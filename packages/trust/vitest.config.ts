import { defineConfig } from 'vitest/config';

// Time enough on a busy machine, too.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
