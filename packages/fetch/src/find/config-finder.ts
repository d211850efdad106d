import { isCollectionId } from '@ost/objects';
import { listRemotes, remoteOption } from '@ost/repo';
import type { RepoFinder } from './finder.js';

/** Finds refs in the remotes that are configured with their collection. */
export function configFinder(): RepoFinder {
  return {
    name: 'OstreeRepoFinderConfig',
    priority: 100,
    async candidates(repo, wanted) {
      return listRemotes(repo).flatMap((remote) => {
        const collection = remoteOption(repo, remote, 'collection-id') ?? '';
        const refs = isCollectionId(collection) ? wanted.filter((ref) => ref.collectionId === collection) : [];
        return refs.length === 0 ? [] : [{ url: null, remote, refs }];
      });
    },
  };
}
