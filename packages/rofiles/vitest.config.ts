import { defineConfig } from 'vitest/config';

// Each view is served by a process of its own, which takes its time to start on a busy machine.
export default defineConfig({ test: { testTimeout: 60_000 } });
