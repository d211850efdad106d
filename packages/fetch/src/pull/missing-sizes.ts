import { type Commit, COMMIT_KEYS, metadataValue, parseSizes } from '@ost/objects';
import type { Repo } from '@ost/repo';

/** Objects that a pull has to fetch. */
export interface MissingObjects {
  readonly objects: number;
  /** Compressed, as an archive has them. */
  readonly bytes: number;
  readonly unpacked: number;
}

/**
 * What is missing of a commit, as its own list of sizes tells; null when it has none.
 * @param repos where objects may be already
 * @throws OstError `corrupt`
 */
export function missingObjects(repos: readonly Repo[], commit: Commit): MissingObjects | null {
  if (metadataValue(commit.metadata, COMMIT_KEYS.sizes, 'aay') === undefined) return null;
  const sum = { objects: 0, bytes: 0, unpacked: 0 };
  for (const { type, checksum, archived, unpacked } of parseSizes(commit.metadata)) {
    if (repos.some((repo) => repo.hasObject(type, checksum))) continue;
    sum.objects++;
    sum.bytes += archived;
    sum.unpacked += unpacked;
  }
  return sum;
}
