import { type RepoFinder, vouchedCandidates } from './finder.js';

/** Finds refs in repositories that the caller names. */
export function overrideFinder(urls: readonly string[]): RepoFinder {
  return {
    name: 'OstreeRepoFinderOverride',
    priority: 20,
    candidates: async (repo, wanted) => urls.flatMap((url) => vouchedCandidates(repo, url, wanted)),
  };
}
