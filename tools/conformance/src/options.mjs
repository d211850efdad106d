import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run conformance -- [OPTION]... [SCRIPT]...

Runs libostree's shell tests, as Debian's package ostree-tests installs them, with ost in the place of ostree.
Without a SCRIPT it runs those that are expected to pass: what is about one repository as root and as an ordinary
user, and the others as root. 'all' stands for every script.

  --oracle         run them with the real ostree instead, and expect nothing
  --as WHO         'root', 'user' or 'both' (default: both for a SCRIPT, if root runs this; else user)
  --jobs N         scripts at a time (default 3: they often wait)
  --timeout SEC    for each script (default 300)
  --keep           keep the logs of scripts that passed, too
  --json FILE      write the results there as well
  --tests DIR      where the scripts are`;

/**
 * @param {string[]} argv
 */
export function readOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      oracle: { type: 'boolean', default: false },
      as: { type: 'string' },
      jobs: { type: 'string', default: '3' },
      timeout: { type: 'string', default: '300' },
      keep: { type: 'boolean', default: false },
      json: { type: 'string' },
      tests: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const root = process.getuid?.() === 0;
  const as = values.as ?? (root ? 'both' : 'user');
  if (!['root', 'user', 'both'].includes(as)) throw new Error(`--as: '${as}' is none of root, user, both`);
  if (!root && as !== 'user') throw new Error(`--as ${as} needs root`);
  return {
    ...values,
    who: /** @type {Who[]} */ (as === 'both' ? ['root', 'user'] : [as]),
    jobs: Number(values.jobs),
    timeout: Number(values.timeout) * 1000,
    scripts: positionals.map((name) => name.replace(/\.sh$/, '')),
  };
}

/** @typedef {'root' | 'user'} Who */
