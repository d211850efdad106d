import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Path of the repository that a command without `--repo` means: the working directory when it is one, else
 * `OSTREE_REPO`, else the system repository below `OSTREE_SYSROOT`; null when there is none.
 */
export function findRepo(env: NodeJS.ProcessEnv, cwd: string): string | null {
  if (isRepo(cwd)) return cwd;
  if (env['OSTREE_REPO'] !== undefined) return path.resolve(cwd, env['OSTREE_REPO']);
  const system = path.join(env['OSTREE_SYSROOT'] ?? '/', 'ostree/repo');
  return fs.existsSync(system) ? system : null;
}

function isRepo(directory: string): boolean {
  return fs.existsSync(path.join(directory, 'objects')) && fs.existsSync(path.join(directory, 'config'));
}
