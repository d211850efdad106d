import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, isChecksum, OstError, parseRefspec } from '@ost/objects';
import { listIfPresent } from '../platform/files.js';
import type { Repo } from '../repo.js';
import { readRefFile } from './ref-files.js';

/** Commits of one repository whose checksum starts with `prefix`. */
function commitsWithPrefix(repo: string, prefix: string): Checksum[] {
  const objects = path.join(repo, 'objects');
  const head = prefix.slice(0, 2);
  const directories = fs
    .readdirSync(objects)
    .filter((d) => d.length === 2 && (head.length < 2 ? d.startsWith(head) : d === head));
  return directories.flatMap((directory) =>
    listIfPresent(path.join(objects, directory))
      .filter((name) => name.endsWith('.commit') && (directory + name).startsWith(prefix))
      .map((name) => (directory + name.slice(0, -'.commit'.length)) as Checksum),
  );
}

/** The commit that a partial checksum stands for; null when no commit matches. */
function resolvePartial(repo: Repo, prefix: string): Checksum | null {
  const found = new Set<Checksum>();
  for (let r: Repo | null = repo; r !== null; r = r.parent)
    for (const c of commitsWithPrefix(r.path, prefix)) found.add(c);
  if (found.size > 1) throw new OstError('not-found', `Refspec ${prefix} not unique`, { data: { rev: prefix } });
  return [...found][0] ?? null;
}

/** Where a refspec may be stored, in the order of look-up. */
function* candidates(repo: Repo, remote: string | null, ref: string): Generator<string> {
  if (remote !== null) {
    yield `refs/remotes/${remote}/${ref}`;
    return;
  }
  yield `refs/heads/${ref}`;
  yield `refs/remotes/${ref}`;
  for (const name of listIfPresent(path.join(repo.path, 'refs/remotes'))) yield `refs/remotes/${name}/${ref}`;
}

function resolveRef(repo: Repo, remote: string | null, ref: string): Checksum | null {
  const pending = repo.transaction?.pendingRef({ remote, name: ref });
  if (pending !== undefined) return pending;
  for (const candidate of candidates(repo, remote, ref)) {
    const checksum = readRefFile(repo.path, candidate);
    if (checksum !== null) return checksum;
  }
  return repo.parent === null ? null : resolveRef(repo.parent, remote, ref);
}

/**
 * Resolves a revision: a checksum, a unique prefix of a commit's checksum, a ref, or any of them followed by `^`
 * for its parent; null when it names nothing (repository format, "Resolving a revision").
 * @throws OstError `not-found` for an ambiguous prefix or a commit without parent, `invalid-name`
 */
export function resolveRevIfPresent(repo: Repo, rev: string): Checksum | null {
  if (isChecksum(rev)) return rev;
  if (/^[0-9a-f]{0,64}$/.test(rev)) {
    const commit = resolvePartial(repo, rev);
    if (commit !== null) return commit;
  }
  if (rev.endsWith('^')) {
    const child = resolveRevIfPresent(repo, rev.slice(0, -1));
    if (child === null) return null;
    const { parent } = repo.loadCommit(child);
    if (parent === null) throw new OstError('not-found', `Commit ${child} has no parent`, { data: { commit: child } });
    return parent;
  }
  const { remote, ref } = parseRefspec(rev);
  return resolveRef(repo, remote, ref);
}

/**
 * Resolves a revision that must exist.
 * @throws OstError `not-found` (`Refspec 'X' not found`), or as {@link resolveRevIfPresent}
 */
export function resolveRev(repo: Repo, rev: string): Checksum {
  const checksum = resolveRevIfPresent(repo, rev);
  if (checksum === null)
    throw new OstError('not-found', `Refspec '${rev.replace(/\^+$/, '')}' not found`, { data: { rev } });
  return checksum;
}
