import { findRemoteKeyring, listRemotes, remoteOption, type Repo } from '@ost/repo';
import type { CollectionRef } from '../pull/options.js';
import { readRemoteConfig } from '../remote/remote-config.js';

/** A place that may have some of the wanted refs; what it really has, its summary tells. */
export interface Candidate {
  /** URL of the repository; null for that of the remote. */
  readonly url: string | null;
  /** Configured remote whose keys its commits have to be signed with, and whose refs they become. */
  readonly remote: string;
  /** The wanted refs that it may have. */
  readonly refs: readonly CollectionRef[];
}

/** Something that knows of repositories (transfer format, "Finders"). */
export interface RepoFinder {
  /** As libostree calls it. */
  readonly name: string;
  /** The lower, the better. */
  readonly priority: number;
  candidates(repo: Repo, wanted: readonly CollectionRef[], signal?: AbortSignal): Promise<readonly Candidate[]>;
}

/**
 * The remote whose keys vouch for a collection: the first by name that is configured for it and has keys. Null when there
 * is none, so that nothing from elsewhere could be trusted.
 */
export function keyringRemote(repo: Repo, collectionId: string): string | null {
  for (let r: Repo | null = repo; r !== null; r = r.parent) {
    for (const name of listRemotes(r)) {
      if (remoteOption(r, name, 'collection-id') !== collectionId) continue;
      if (findRemoteKeyring(r, name) !== null || readRemoteConfig(r, name).signVerify !== 'off') return name;
    }
  }
  return null;
}

/** Groups the refs of one repository by the remotes that vouch for them; refs that nobody vouches for are left out. */
export function vouchedCandidates(repo: Repo, url: string, refs: readonly CollectionRef[]): Candidate[] {
  const byRemote = new Map<string, CollectionRef[]>();
  for (const ref of refs) {
    const remote = keyringRemote(repo, ref.collectionId);
    if (remote !== null) byRemote.set(remote, [...(byRemote.get(remote) ?? []), ref]);
  }
  return [...byRemote].map(([remote, some]) => ({ url, remote, refs: some }));
}
