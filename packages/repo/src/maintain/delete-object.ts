import * as fs from 'node:fs';
import { type Checksum, encodeTombstone, OstError } from '@ost/objects';
import { isAbsent, strerror } from '../platform/fs-errors.js';
import type { Repo } from '../repo.js';

/**
 * Deletes a commit object with its detached metadata and partial mark.
 * @throws OstError `not-found` when there is no such commit
 */
export function deleteCommit(repo: Repo, commit: Checksum, options: { readonly tombstone: boolean }): void {
  repo.writeDetachedMetadata(commit, null);
  if (options.tombstone) writeTombstone(repo, commit);
  try {
    fs.unlinkSync(repo.store.path('commit', commit));
  } catch (error) {
    const object = `${commit.slice(0, 2)}/${commit.slice(2)}.commit`;
    const what = `Deleting object ${commit}.commit: unlinkat(${object}): ${strerror(error)}`;
    throw new OstError(isAbsent(error) ? 'not-found' : 'io', what, { cause: error, data: { commit } });
  }
  // Last: without its mark, a partial commit that is still there would look complete.
  repo.clearPartial(commit);
}

function writeTombstone(repo: Repo, commit: Checksum): void {
  const file = repo.store.path('tombstone-commit', commit);
  repo.replaceFile(file, encodeTombstone(commit));
}
