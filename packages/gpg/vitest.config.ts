import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { setupFiles: ['../../tools/contracts/src/seed.ts'] } });
