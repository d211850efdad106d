import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const root = resolve(import.meta.dirname, '../../..');

export const USAGE = `usage: npm run bench -- [OPTION]...

Runs ost and the real ostree by turns on the same trees and compares medians.

  --only NAME      only this case; may be repeated (a name's beginning will do; files or files-10000 of --growth)
  --runs N         runs of each program and case (default 5; start-up takes five times as many)
  --tree DIR       measure with this tree instead of a bootstrapped Debian
  --growth         measure how cost grows with files, refs, commits and sizes instead; writes docs/growth.md;
                   with --runs 0 it only makes what is measured
  --alone          with --growth: only ost, where the other would take too long
  --slow           also the cases that take many minutes
  --fsync          leave core.fsync on (default: off on both sides)
  --write          write docs/benchmarks.md although --only or --tree was given
  --list           list the cases

Trees and repositories are kept in OST_BENCH_DIR (default .cache/bench) for the next time.`;

export function readOptions(/** @type {string[]} */ argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '5' },
      tree: { type: 'string' },
      growth: { type: 'boolean', default: false },
      alone: { type: 'boolean', default: false },
      slow: { type: 'boolean', default: false },
      fsync: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const dir = process.env['OST_BENCH_DIR'] ?? resolve(root, '.cache/bench');
  return { ...values, runs: Number(values.runs), dir: resolve(dir) };
}
