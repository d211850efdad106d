// The bundle is one file: its worker threads start in it too, and the pool gives them this argument.
if (process.argv[2] === '--ost-worker') void import('./worker.mjs').then(({ main }) => main());
else {
  // What a command does is done when it returns. Leaving at once saves a collection of garbage and idle connections.
  void import('./command.mjs').then(({ main }) => main()).then((code) => process.exit(code));
  // Nothing is left that could ever end the command: that must not look like success.
  process.once('beforeExit', () => {
    process.stderr.write('error: The program ended before its work was done\n');
    process.exit(1);
  });
}
