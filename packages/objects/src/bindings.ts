import type { Checksum } from './checksum.js';
import type { Commit } from './commit.js';
import { OstError } from './errors.js';
import { metadataValue } from './metadata.js';
import { COMMIT_KEYS } from './metadata-keys.js';

/** Where a commit is found, to be compared with where it says that it belongs. */
export interface ExpectedBinding {
  /** Ref that led to the commit; null when it was asked for by checksum. */
  readonly ref: string | null;
  /** Collection of the repository or remote that it comes from. */
  readonly collectionId: string | null;
}

/**
 * Checks that a commit may be published under a ref (repository format, "Binding verification").
 * @throws OstError `state`, message prefixed with `Commit HEX: `
 */
export function verifyBindings(checksum: Checksum, commit: Pick<Commit, 'metadata'>, expected: ExpectedBinding): void {
  const fail = (message: string): never => {
    throw new OstError('state', `Commit ${checksum}: ${message}`, { data: { commit: checksum, ...expected } });
  };
  const refs = metadataValue(commit.metadata, COMMIT_KEYS.refBinding, 'as');
  const { ref, collectionId } = expected;
  if (refs === undefined) {
    if (collectionId !== null) fail('Expected commit metadata to have ref binding information, found none');
    return;
  }
  if (ref !== null && !refs.includes(ref)) {
    const list = refs.length === 0 ? 'no refs' : refs.map((r) => `‘${r}’`).join(', ');
    fail(`Commit has no requested ref ‘${ref}’ in ref binding metadata (${list})`);
  }
  if (collectionId === null) return;
  const collection = metadataValue(commit.metadata, COMMIT_KEYS.collectionBinding, 's');
  if (collection === undefined) {
    fail('Expected commit metadata to have collection ID binding information, found none');
  } else if (collection !== collectionId) {
    fail(
      `Commit has collection ID ‘${collection}’ in collection binding metadata, while the remote it came from has ` +
        `collection ID ‘${collectionId}’`,
    );
  }
}
