/**
 * What `npm start`, `npm test` and the other root scripts run. It needs Node and npm and nothing else: it fetches the
 * pinned pnpm through npx, installs what the lock file says, builds with turbo, and then does the job.
 */
import { requireNode } from './node-version.mjs';

requireNode();
const { main } = await import('./main.mjs');
process.exitCode = await main(process.argv.slice(2));
