import { join } from 'node:path';
import {
  canonicalPermissions,
  type CommitModifier,
  type CommitOptions,
  type CommitResult,
  commitTree,
  fsck,
  initRepo,
  listLooseObjects,
  openRepo,
  type Repo,
} from '@ost/repo';
import { isRoot, scratch } from './scratch.js';

/** Modes that can be written here: bare keeps owners, which takes root. */
export const MODES: readonly string[] = ['archive', 'bare-user', 'bare-user-only', ...(isRoot ? ['bare'] : [])];

/** The same with the mode that libostree only reads. It keeps owners, too. */
export const ALL_MODES: readonly string[] = [...MODES, ...(isRoot ? ['bare-split-xattrs'] : [])];

/** Leaves out what not every mode can hold. */
export const canonical: CommitModifier = { filter: canonicalPermissions, noXattrs: true, label: null };

/** The time of every commit whose checksum is compared. */
export const TIME = 1_700_000_000n;

/** A fresh repository. Flushing costs time and cannot be seen without a power cut, so it is off unless asked for. */
export async function freshRepo(
  mode: string,
  config: Readonly<Record<string, string>> = { fsync: 'false' },
): Promise<Repo> {
  const path = join(scratch(), 'repo');
  const repo = await initRepo(path, { mode });
  const file = repo.readConfig();
  for (const [key, value] of Object.entries(config)) file.set('core', key, value);
  if (mode === 'bare-split-xattrs') file.setBoolean('ex-split-xattrs', 'write', true);
  repo.saveConfig(file);
  return openRepo(path);
}

/** Commits a directory at {@link TIME}. */
export function commitDir(repo: Repo, path: string, options: Partial<CommitOptions> = {}): Promise<CommitResult> {
  return commitTree(repo, [{ type: 'dir', path }], { branch: 'main', timestamp: TIME, subject: 's', ...options });
}

/** Names of all objects. */
export function objects(repo: Repo): string[] {
  return [...listLooseObjects(repo.path)].map(({ type, checksum }) => `${checksum}.${type}`).sort();
}

/** Fails when anything is wrong with the repository. */
export async function assertSound(repo: Repo): Promise<void> {
  const { findings } = await fsck(repo, { all: true });
  if (findings.length > 0) throw new Error(findings.map((f) => f.message).join('\n'));
}
