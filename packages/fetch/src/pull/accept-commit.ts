import { type Commit, verifyBindings } from '@ost/objects';
import type { Repo } from '@ost/repo';
import type { RequestedCommit } from './commit-puller.js';
import { checkNewer } from './timestamps.js';

/** Collection that commits have to be bound to; undefined when bindings are not checked. */
export type Bindings = { readonly collectionId: string | null } | undefined;

/**
 * Checks that a commit is one for the ref that it was requested by, and not older than what is here.
 * @throws OstError `corrupt` for wrong bindings, `state` for an older commit
 */
export function acceptCommit(repo: Repo, bindings: Bindings, wanted: RequestedCommit, commit: Commit): void {
  if (bindings !== undefined) {
    const collectionId = wanted.boundTo ?? bindings.collectionId;
    verifyBindings(wanted.checksum, commit, { ref: wanted.ref, collectionId });
  }
  for (const current of wanted.notOlderThan) checkNewer(repo, current, wanted.checksum, commit);
}
