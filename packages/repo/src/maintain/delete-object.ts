import * as fs from 'node:fs';
import { type Checksum, encodeTombstone, OstError } from '@ost/objects';
import { lstatIfPresent } from '../platform/files.js';
import { withIoError } from '../platform/fs-errors.js';
import type { Repo } from '../repo.js';

/**
 * Deletes a commit object with its detached metadata and partial mark.
 * @throws OstError `not-found` when there is no such commit
 */
export function deleteCommit(repo: Repo, commit: Checksum, options: { readonly tombstone: boolean }): void {
  const file = repo.store.path('commit', commit);
  const object = `${commit.slice(0, 2)}/${commit.slice(2)}.commit`;
  const deleting = `Deleting object ${commit}.commit: unlinkat(${object})`;
  // Nothing is written for a commit that was never here.
  if (lstatIfPresent(file) === null) {
    throw new OstError('not-found', `${deleting}: No such file or directory`, { data: { commit } });
  }
  repo.writeDetachedMetadata(commit, null);
  if (options.tombstone) writeTombstone(repo, commit);
  withIoError(deleting, () => fs.unlinkSync(file));
  // Last: without its mark, a partial commit that is still there would look complete.
  repo.clearPartial(commit);
}

function writeTombstone(repo: Repo, commit: Checksum): void {
  const file = repo.store.path('tombstone-commit', commit);
  repo.replaceFile(file, encodeTombstone(commit));
}
