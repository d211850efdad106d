import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, ost, reference } from './programs.js';
import { attempt, run, sh } from './run.js';
import { isRoot } from './scratch.js';

/** The kinds of repository that both programs write; bare ones hold the real owners and so need root. */
export const MODES: readonly string[] = isRoot
  ? ['archive', 'bare-user', 'bare', 'bare-user-only']
  : ['archive', 'bare-user', 'bare-user-only'];

/** Arguments without which a repository of this mode refuses odd trees. */
export const tame = (mode: string): readonly string[] =>
  mode === 'bare-user-only' ? ['--canonical-permissions', '--no-xattrs'] : [];

/** Makes a repository. */
export function init(program: Program, path: string, mode: string, ...more: readonly string[]): string {
  run(program, ['init', `--repo=${path}`, `--mode=${mode}`, ...more]);
  // The tests do not depend on a power failure, and flushing files takes most of the time.
  run(reference, ['config', `--repo=${path}`, 'set', 'core.fsync', 'false']);
  return path;
}

/** A time that every commit has unless it says otherwise. */
export const TIMESTAMP = '--timestamp=2022-03-04 05:06:07 +0000';

/** Commits and returns the checksum. */
export function commit(program: Program, repo: string, ...args: readonly string[]): string {
  return run(program, ['commit', `--repo=${repo}`, TIMESTAMP, ...args]).trim();
}

/** What is wrong with a repository in the eyes of either program; empty if nothing. */
export function complaints(repo: string): readonly string[] {
  return [ost, reference].flatMap((program) => {
    const { code, stdout, stderr } = attempt(program, ['fsck', `--repo=${repo}`, '--quiet']);
    return code === 0 ? [] : [`${program.name}: exit ${code}: ${stdout}${stderr}`];
  });
}

/** Names of all objects, refs and deltas, and the configuration: what a failed command must leave as it was. */
export function state(repo: string): string {
  if (!existsSync(repo)) return 'absent';
  const names = sh(['sh', '-c', 'find objects refs deltas ! -type d -printf "%P %y %l\\n" 2>/dev/null | sort'], {
    cwd: repo,
  });
  const config = existsSync(join(repo, 'config')) ? readFileSync(join(repo, 'config'), 'utf8') : '';
  const hash = createHash('sha256').update(names).update(refFiles(repo).join('\n')).update(config).digest('hex');
  return `${names.split('\n').length} names, ${hash}`;
}

/** Object files, by their names, that a repository holds. */
export function objects(repo: string): readonly string[] {
  return sh(['find', 'objects', '-type', 'f', '-o', '-type', 'l'], { cwd: repo }).trim().split('\n').sort();
}

/** Path of a loose object. */
export const objectPath = (repo: string, checksum: string, extension: string): string =>
  join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.${extension}`);

/** All refs as lines of `PATH:CHECKSUM`. */
export function refFiles(repo: string): readonly string[] {
  return sh(['sh', '-c', 'find refs -type f -exec grep -H . {} + || :'], { cwd: repo }).trim().split('\n').sort();
}
