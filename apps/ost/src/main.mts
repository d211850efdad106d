// The bundle is one file: its worker threads start in it too, and the pool gives them this argument.
if (process.argv[2] === '--ost-worker') void import('./worker.mjs').then(({ main }) => main());
// What a command does is done when it returns. Leaving at once saves a collection of garbage and idle connections.
else void import('./command.mjs').then(({ main }) => main()).then((code) => process.exit(code));
