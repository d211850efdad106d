import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** When every summary and delta of the vectors was made. */
export const NOW = 1700000500;

const here = dirname(fileURLToPath(import.meta.url));

/** The reference program with a clock that stands still. */
export class Oracle {
  /** @type {NodeJS.ProcessEnv} */
  #env;

  /** @param {string} scratch directory for the preloaded clock */
  constructor(scratch) {
    const clock = join(scratch, 'clock.so');
    execFileSync('cc', ['-shared', '-fPIC', '-o', clock, join(here, 'clock.c')]);
    this.#env = {
      PATH: '/usr/bin:/bin',
      HOME: scratch,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      LD_PRELOAD: clock,
      VECTORS_TIME: String(NOW),
    };
  }

  /**
   * Runs `ostree` and returns what it prints.
   *
   * @param {readonly string[]} args
   */
  run(args) {
    return execFileSync('ostree', args, { env: this.#env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** The program's version, as in `2022.7`. */
  version() {
    return /Version: '(.*)'/.exec(this.run(['--version']))?.[1] ?? 'unknown';
  }

  /**
   * @param {string} repo
   * @param {...string} options
   */
  init(repo, ...options) {
    this.run([`--repo=${repo}`, 'init', ...options]);
  }

  /**
   * Commits and returns the checksum.
   *
   * @param {string} repo
   * @param {readonly string[]} args
   */
  commit(repo, args) {
    return this.run([`--repo=${repo}`, 'commit', ...args]);
  }

  /**
   * Checksums of a path: a file's one, or a directory's contents and metadata.
   *
   * @param {string} repo
   * @param {string} commit
   * @param {string} path
   * @returns {string[]}
   */
  checksums(repo, commit, path) {
    const line = this.run([`--repo=${repo}`, 'ls', '-d', '-C', commit, path]);
    return line.match(/(?<= )[0-9a-f]{64}(?= )/g) ?? [];
  }
}
