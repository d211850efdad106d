import { defineConfig } from 'vitest/config';

// Deployments are synced to disk for real, which takes its time on a busy machine.
export default defineConfig({ test: { testTimeout: 60_000 } });
