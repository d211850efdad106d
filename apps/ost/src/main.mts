// The bundle is one file: its worker threads start in it too, and the pool gives them this argument.
if (process.argv[2] === '--ost-worker') void import('./worker.mjs').then(({ main }) => main());
else void import('./command.mjs').then(({ main }) => main());
