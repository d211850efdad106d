import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe } from 'vitest';
import { scratch } from './scratch.js';

/** True when the reference implementation is installed. Continuous integration must have it. */
export const hasOstree: boolean = probe();

function probe(): boolean {
  if (spawnSync('ostree', ['--version']).status === 0) return true;
  if (process.env['CI'] !== undefined) throw new Error('The interoperability tests need the ostree program');
  console.log('ostree is not installed: interoperability tests are skipped');
  return false;
}

/** A group of tests that need the reference implementation. */
export const describeInterop: typeof describe | typeof describe.skip = hasOstree ? describe : describe.skip;

const env: NodeJS.ProcessEnv = { ...process.env, OSTREE_SUPPRESS_SYNCFS: '1', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/** Runs the reference implementation; returns what it printed. */
export function ostree(repo: string, command: string, ...args: string[]): string {
  return execFileSync('ostree', [command, `--repo=${repo}`, ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What it says when it refuses, without `error: `; null when it does not refuse. */
export function ostreeError(repo: string, command: string, ...args: string[]): string | null {
  const result = spawnSync('ostree', [command, `--repo=${repo}`, ...args], { env, encoding: 'utf8' });
  if (result.status === 0) return null;
  return /error: (.*)/s.exec(result.stderr)?.[1]?.trimEnd() ?? `exit ${result.status ?? result.signal}`;
}

/** A fresh repository of the reference implementation. */
export function ostreeRepo(mode: string, ...args: string[]): string {
  const repo = join(scratch(), 'theirs');
  ostree(repo, 'init', `--mode=${mode}`, ...args);
  return repo;
}

/** Fails with its output when the reference implementation finds the repository broken. */
export function ostreeFsck(repo: string): void {
  const error = ostreeError(repo, 'fsck', '-q');
  if (error !== null) throw new Error(`ostree fsck: ${error}`);
}
