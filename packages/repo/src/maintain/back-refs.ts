import { type Checksum, metadataValue, OstError } from '@ost/objects';
import type { Repo } from '../repo.js';

/**
 * Checks that every ref that a commit is bound to points at it.
 * @throws OstError `state`
 */
export function checkBackRefs(repo: Repo, checksum: Checksum): void {
  const { metadata } = repo.loadCommit(checksum);
  const refs = metadataValue(metadata, 'ostree.ref-binding', 'as') ?? [];
  const collection = metadataValue(metadata, 'ostree.collection-binding', 's') ?? null;
  const foreign = collection !== null && collection !== repo.config.collectionId;
  for (const ref of refs) {
    const actual = foreign ? repo.readRef({ collection, name: ref }) : repo.resolveIfPresent(ref);
    if (actual === checksum) continue;
    const what = collection !== null ? `Collection–ref (${collection}, ${ref})` : `Ref ‘${ref}’`;
    const why = actual === null ? 'does not exist' : 'does not resolve to that commit';
    throw new OstError('state', `${what} in bindings for commit ${checksum} ${why}`, {
      data: { commit: checksum, ref },
    });
  }
}
