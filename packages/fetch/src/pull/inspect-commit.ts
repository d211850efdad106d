import { type Commit, LIMITS, loosePath, parseCommit } from '@ost/objects';
import { FETCH_LIMITS } from '../limits.js';
import { getWhole, getWholeIfPresent } from '../source/helpers.js';
import { verifyCommit } from '../verify.js';
import type { EmbeddedCommit, RequestedCommit } from './commit-puller.js';
import { assertChecksum } from './metadata-fetcher.js';
import type { Session } from './session.js';

/**
 * Reads a commit, from here or from the remote, and verifies it under the remote's policy. Nothing is stored.
 * @param embedded the commit as a static delta has it
 * @throws OstError as a pull of it
 */
export async function inspectCommit(
  { repo, sources, policy }: Session,
  { checksum, size }: Pick<RequestedCommit, 'checksum' | 'size'>,
  embedded?: EmbeddedCommit,
): Promise<Commit> {
  const object = `objects/${loosePath(checksum, 'commit', 'archive')}`;
  const fetched = await getWholeIfPresent(sources.meta, `${object}meta`);
  const stored = repo.store.readMetadataIfPresent('commit', checksum);
  const limit = Math.min(size || FETCH_LIMITS.unannouncedCommit, LIMITS.metadataObject);
  const bytes = stored ?? embedded?.bytes ?? (await getWhole(sources.content, object, limit));
  assertChecksum('commit', checksum, bytes);
  const commit = parseCommit(bytes);
  const kept = stored === null ? null : repo.readDetachedMetadata(checksum);
  await verifyCommit(policy, checksum, bytes, fetched ?? kept ?? embedded?.detached ?? null);
  return commit;
}
