import { isMainThread } from 'node:worker_threads';

// The bundle is one file: its worker threads start in it too.
if (isMainThread) void import('./command.mjs').then(({ main }) => main());
else void import('./worker.mjs').then(({ main }) => main());
