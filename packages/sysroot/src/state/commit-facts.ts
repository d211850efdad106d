import { type Checksum, isOstError } from '@ost/objects';
import type { Repo } from '@ost/repo';

/** A text in a commit's metadata, or `undefined`. */
export function commitText(repo: Repo, checksum: Checksum, key: string): string | undefined {
  const value = repo.loadCommit(checksum).metadata.find(([name]) => name === key)?.[1];
  return value?.type === 's' ? (value.value as string) : undefined;
}

/** The `version` of a commit. */
export function commitVersion(repo: Repo, checksum: Checksum): string | undefined {
  return commitText(repo, checksum, 'version');
}

/** Like {@link commitText}, but a commit that is not there has none. */
export function commitTextIfPresent(repo: Repo, checksum: Checksum, key: string): string | undefined {
  try {
    return commitText(repo, checksum, key);
  } catch (error) {
    if (isOstError(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}
