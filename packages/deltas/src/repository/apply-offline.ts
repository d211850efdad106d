import { OstError } from '@ost/objects';
import type { ApplyDeltaOptions, ApplyDeltaResult } from '../apply/apply.js';
import { applyDelta, expectPair } from '../apply/apply.js';
import type { CommitDeltaStore } from '../store.js';
import type { DeltaFiles } from './open-delta.js';

/**
 * Applies a delta without any network ("Offline application" of the delta format): its source must be stored, it must
 * have no fallbacks. The commit object goes in last, after its detached metadata. Verify signatures beforehand: those of
 * the envelope, and if the caller has a policy for commits, `superblock.commitBytes` with `detachedMetadata`.
 */
export async function applyOffline(
  delta: Pick<DeltaFiles, 'superblock' | 'fetchPart'>,
  store: CommitDeltaStore,
  options: ApplyDeltaOptions = {},
): Promise<ApplyDeltaResult> {
  const { superblock, fetchPart } = delta;
  const { from, to, fallbacks, commitBytes, detachedMetadata } = superblock;
  if (options.expect !== undefined) expectPair(superblock, options.expect);
  if (from !== null && !store.hasObject('commit', from)) {
    throw new OstError('not-found', `Commit ${from}, which is the delta source, is not in repository`, {
      data: { checksum: from },
    });
  }
  if (fallbacks.length > 0) {
    throw new OstError('unsupported', 'Cannot execute delta offline: contains nonempty http fallback entries');
  }
  const result = await applyDelta(superblock, fetchPart, store, options);
  if (!store.hasObject('commit', to)) {
    if (detachedMetadata !== null) await store.writeDetachedMetadata(to, detachedMetadata);
    await store.writeMetadata('commit', commitBytes, to);
  }
  return result;
}
